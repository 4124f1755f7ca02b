"""Ratings in GraphQL: what people said, and averages of a time."""

from datetime import timedelta
from uuid import uuid4

from gateway.relay import global_id
from services.contracts.ids import RatingId, ReplyId
from services.contracts.views.ratings import RatingView, SatisfactionView
from services.contracts.vocabulary import Discipline
from services.kit.pagination import encode_cursor
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, problem

LIST = """query($after: String, $since: DateTime) { ratings(first: 1, after: $after, since: $since) {
  nodes { stars comment discipline member { name } channel { name } conversation { platform } }
  pageInfo { hasNextPage endCursor } } }"""
AVERAGES = """query($since: DateTime!, $until: DateTime!) {
  ratingAverages(by: MEMBER, since: $since, until: $until) { key count average low } }"""


async def test_ratings_are_listed_with_whom_and_what_they_are_about(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    rating = RatingView(
        id=RatingId(uuid4()),
        conversation_id=world.conversation_of(contact).id,
        channel_id=world.channel.id,
        reply_id=ReplyId(uuid4()),
        member_id=world.member.id,
        discipline=Discipline.SERVICE,
        stars=4,
        comment="Fast",
        rated_at=MORNING,
    )
    world.engagement.responders["GET", "/v1/ratings"] = lambda _: {"items": [rating], "next_cursor": "more"}
    data = await graphql.ask(LIST, since=MORNING.isoformat())
    assert data["ratings"] == {
        "nodes": [
            {
                "stars": 4,
                "comment": "Fast",
                "discipline": "SERVICE",
                "member": {"name": "Sol"},
                "channel": {"name": "Acme on Telegram"},
                "conversation": {"platform": "telegram"},
            }
        ],
        "pageInfo": {"hasNextPage": True, "endCursor": encode_cursor(rating.rated_at, rating.id)},
    }
    call = next(call for call in world.calls if call.path.startswith("/v1/ratings"))
    assert "limit=1&since=" in call.path


async def test_averages_are_told_by_member(graphql: GraphqlClient, world: World) -> None:
    group = {"key": str(world.member.id), "count": 3, "average": 4.33, "low": 1}
    world.engagement.responders["GET", "/v1/ratings/averages"] = lambda _: [group]
    data = await graphql.ask(AVERAGES, since=MORNING.isoformat(), until=(MORNING + timedelta(days=1)).isoformat())
    assert data == {"ratingAverages": [group]}


async def test_e21_a_channel_is_told_to_ask_and_where_the_happy_go_and_shows_whether_it_does(graphql: GraphqlClient, world: World) -> None:
    asked: list[object] = []
    world.engagement.responders["POST", "/internal/satisfaction/by-channel-ids"] = lambda given: [None for _ in given["ids"]]

    def change(given: object) -> SatisfactionView:
        asked.append(given)
        return SatisfactionView(asks=True, delay_minutes=5, review_url="https://reviews.example")

    world.engagement.responders["PUT", f"/v1/channels/{world.channel.id}/satisfaction"] = change
    assert (await graphql.ask("{ channels { satisfaction { asks delayMinutes } } }"))["channels"] == [
        {"satisfaction": {"asks": False, "delayMinutes": 60}}
    ]
    mutation = """mutation($id: ID!) { setSatisfaction(input: {channelId: $id, asks: true, delayMinutes: 5,
      reviewUrl: "https://reviews.example", reviewText: "Why not?"}) {
      ... on SatisfactionSet { satisfaction { asks delayMinutes reviewUrl reviewText } } } }"""
    data = await graphql.ask(mutation, id=global_id("Channel", world.channel.id))
    assert data["setSatisfaction"] == {
        "satisfaction": {"asks": True, "delayMinutes": 5, "reviewUrl": "https://reviews.example", "reviewText": ""}
    }
    assert asked == [{"asks": True, "delay_minutes": 5, "review_url": "https://reviews.example", "review_text": "Why not?"}]


async def test_what_a_channel_cannot_do_is_a_problem(graphql: GraphqlClient, world: World) -> None:
    path = f"/v1/channels/{world.channel.id}/satisfaction"
    world.engagement.responders["PUT", path] = lambda _: problem(422, "malformed", "At most 10,080 minutes.")
    mutation = """mutation($id: ID!) { setSatisfaction(input: {channelId: $id, asks: true, delayMinutes: 99999}) {
      __typename } }"""
    data = await graphql.ask(mutation, id=global_id("Channel", world.channel.id))
    assert data["setSatisfaction"] == {"__typename": "InvalidInput"}
