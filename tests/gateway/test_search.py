"""E16 through GraphQL: what is found, why, and what narrows it; in one call to engagement."""

import pytest

from gateway.relay import global_id
from services.contracts.views import PageView
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import hit_of
from tests.gateway.simulated import World, problem
from tests.moments import EDGES

SEARCH = """
query Search($words: String!, $filter: SearchFilter, $first: Int! = 20, $after: String) {
  search(query: $words, filter: $filter, first: $first, after: $after) {
    edges { cursor node { excerpt highlights { start end } interaction { id text channel { name } } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


async def test_a_search_shows_rows_with_why_they_were_found(graphql: GraphqlClient, world: World) -> None:
    world.add_contact(messages=2)
    data = await graphql.ask(SEARCH, words="order", first=1)
    (edge,) = data["search"]["edges"]
    assert edge["node"]["highlights"] == [{"start": 0, "end": 5}]
    assert edge["node"]["interaction"]["channel"] == {"name": "Acme on Telegram"}
    assert data["search"]["pageInfo"] == {"hasNextPage": True, "endCursor": "0"}
    assert world.asked() == ["engagement POST /internal/search", "engagement POST /internal/channels/by-ids"]


async def test_what_narrows_a_search_reaches_the_service(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    narrowed = {
        "contactId": global_id("Contact", contact.id),
        "channelId": global_id("Channel", world.channel.id),
        "venue": {"network": "telegram", "externalId": "bot"},
        "kinds": ["DIRECT", "COMMENT"],
        "direction": "INBOUND",
        "discipline": "SERVICE",
        "since": "2026-01-01T00:00:00+01:00",
        "until": "2026-02-01T00:00:00",
    }
    await graphql.ask(SEARCH, words="order -kettle", filter=narrowed)
    (call,) = [call for call in world.calls if call.path == "/internal/search"]
    assert {name: value for name, value in call.payload().items() if value is not None} == {
        "query": "order -kettle",
        "limit": 20,
        "contact_id": str(contact.id),
        "channel_id": str(world.channel.id),
        "venue": ["telegram", "", "bot"],
        "kinds": ["direct", "comment"],
        "direction": "inbound",
        "discipline": "service",
        "since": "2026-01-01T00:00:00+01:00",
        "until": "2026-02-01T00:00:00Z",
    }


async def test_an_empty_page_may_have_a_next_one(graphql: GraphqlClient, world: World) -> None:
    world.engagement.responders["POST", "/internal/search"] = lambda _: PageView(items=(), cursors=(), has_next=True, resume="further")
    data = await graphql.ask(SEARCH, words="order")
    assert data["search"] == {"edges": [], "pageInfo": {"hasNextPage": True, "endCursor": "further"}}


async def test_a_search_for_nothing_is_told_so(graphql: GraphqlClient, world: World) -> None:
    refusal = problem(422, "nothing_to_search", "Give at least one word to search for.")
    world.engagement.responders["POST", "/internal/search"] = lambda _: refusal
    assert await graphql.codes(SEARCH, words="--") == ["NOTHING_TO_SEARCH"]


@pytest.mark.parametrize(
    ("query", "narrowed"),
    [
        ("a" * 501, {}),
        ("a", {"contactId": global_id("Channel", World().channel.id)}),
        ("a", {"kinds": ["DIRECT"] * 21}),
        ("a", {"venue": {"network": "n", "externalId": "x" * 501}}),
    ],
)
async def test_odd_searches_reach_no_service(graphql: GraphqlClient, world: World, query: str, narrowed: dict[str, object]) -> None:
    assert await graphql.codes(SEARCH, words=query, filter=narrowed) == ["BAD_USER_INPUT"]
    assert world.asked() == []


async def test_hits_are_the_rows_of_the_history(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    (row,) = world.interactions[contact.id]
    assert hit_of(row).interaction is row
    data = await graphql.ask('{ search(query: "order") { nodes { interaction { id } } } }')
    assert data["search"]["nodes"] == [{"interaction": {"id": global_id("Interaction", row.id)}}]


@pytest.mark.parametrize("edge", EDGES)
async def test_a_time_at_the_calendar_s_end_is_bad_input(graphql: GraphqlClient, edge: str) -> None:
    """As a variable, and written in the document."""
    inline = f'{{ search(query: "order", filter: {{since: "{edge}"}}) {{ nodes {{ excerpt }} }} }}'
    for errors in (
        await graphql.errors(SEARCH, words="order", filter={"since": edge}),
        await graphql.errors(inline),
    ):
        assert {each["extensions"]["code"] for each in errors} <= {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "MALFORMED"}, errors
        assert "between the years" in str(errors)
