"""E7 in GraphQL: who is left unanswered, the sums, and the messages behind them; each list is one call to engagement."""

from typing import Any

from gateway.relay import global_id
from services.contracts.ids import ContactId
from services.contracts.views import ContactView, InteractionView
from services.contracts.views.walls import ChannelWallsView, DisciplineWallsView, MemberWallsView, WallTotalsView, WallView
from services.contracts.vocabulary import Discipline
from tests.gateway.conftest import GraphqlClient
from tests.gateway.simulated import World, page, problem

WALLS = """query($filter: WallFilter, $after: String) { walls(first: 1, filter: $filter, after: $after) {
  nodes { since dueAt count platform discipline venue { title } oldest { text } contact { id } profile { network }
    conversation { platform } channel { name } member { name } }
  pageInfo { hasNextPage endCursor } } }"""
TOTALS = """{ wallTotals { people interactions since capped byChannel { people interactions channel { name } }
  byDiscipline { discipline people interactions } byMember { people interactions member { name } } } }"""
UNANSWERED = "query($filter: WallFilter) { unanswered(filter: $filter) { nodes { id text } } }"


def wall_of(world: World, contact: ContactView) -> WallView:
    """That nobody answered what this person said first."""
    oldest = first_of(world, contact)
    return WallView(
        oldest_id=oldest.id,
        contact_id=ContactId(contact.id),
        profile_id=oldest.profile_id,
        conversation_id=oldest.conversation_id,
        channel_id=world.channel.id,
        platform=oldest.platform,
        venue=oldest.venue,
        discipline=Discipline.SERVICE,
        member_id=world.member.id,
        since=oldest.occurred_at,
        due_at=None,
        count=3,
    )


def first_of(world: World, contact: ContactView) -> InteractionView:
    """The newest row, which stands for the oldest."""
    return world.interactions[contact.id][0]


async def test_a_wall_shows_whom_what_and_whose_job(graphql: GraphqlClient, world: World) -> None:
    people = [world.add_contact(), world.add_contact()]
    rows = [wall_of(world, each) for each in people]
    world.engagement.responders["POST", "/internal/walls/page"] = lambda asked: page(rows, asked)
    data = await graphql.ask(WALLS)
    (node,) = data["walls"]["nodes"]
    assert (node["count"], node["discipline"], node["member"], node["channel"]) == (
        3,
        "SERVICE",
        {"name": "Sol"},
        {"name": "Acme on Telegram"},
    )
    assert node["oldest"] == {"text": first_of(world, people[0]).text}
    assert node["contact"] == {"id": global_id("Contact", people[0].id)}
    assert data["walls"]["pageInfo"] == {"hasNextPage": True, "endCursor": "0"}
    asked = world.asked()
    assert len(asked) == len(set(asked)), "each list and each kind of thing is asked for once"


async def test_what_narrows_walls_reaches_the_service_for_people_sums_and_messages(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    given: list[Any] = []

    def totals(asked: Any) -> WallTotalsView:
        given.append(asked)
        return WallTotalsView(
            people=2,
            interactions=3,
            since=None,
            capped=False,
            by_channel=(ChannelWallsView(channel_id=world.channel.id, people=2, interactions=3),),
            by_discipline=(DisciplineWallsView(discipline=None, people=2, interactions=3),),
            by_member=(MemberWallsView(member_id=world.member.id, people=1, interactions=1),),
        )

    def rows(asked: Any) -> object:
        given.append(asked)
        return page([first_of(world, contact)], asked)

    world.engagement.responders["POST", "/internal/walls/totals"] = totals
    world.engagement.responders["POST", "/internal/walls/interactions"] = rows
    assert (await graphql.ask(TOTALS))["wallTotals"] == {
        "people": 2,
        "interactions": 3,
        "since": None,
        "capped": False,
        "byChannel": [{"people": 2, "interactions": 3, "channel": {"name": "Acme on Telegram"}}],
        "byDiscipline": [{"discipline": None, "people": 2, "interactions": 3}],
        "byMember": [{"people": 1, "interactions": 1, "member": {"name": "Sol"}}],
    }
    narrowed = {
        "olderThanMinutes": 180,
        "contactId": global_id("Contact", contact.id),
        "channelId": global_id("Channel", world.channel.id),
        "discipline": "PR",
        "memberId": global_id("Member", world.member.id),
        "unassigned": False,
    }
    data = await graphql.ask(UNANSWERED, filter=narrowed)
    assert [each["text"] for each in data["unanswered"]["nodes"]] == [first_of(world, contact).text]
    assert {name: value for name, value in given[-1].items() if value} == {
        "limit": 20,
        "older_than_minutes": 180,
        "contact_id": str(contact.id),
        "channel_id": str(world.channel.id),
        "discipline": "pr",
        "member_id": str(world.member.id),
    }


async def test_a_length_that_is_none_and_a_refusal_are_errors(graphql: GraphqlClient, world: World) -> None:
    world.engagement.responders["POST", "/internal/walls/page"] = lambda _: problem(403, "forbidden", "You lack conversations:read.")
    for narrowed in ({"olderThanMinutes": 0}, {"memberId": global_id("Channel", world.channel.id)}, None):
        assert await graphql.errors(WALLS, filter=narrowed)
