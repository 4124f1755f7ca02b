"""Ratings in GraphQL: what people said, and averages of a time."""

from datetime import timedelta
from uuid import uuid4

from services.contracts.ids import RatingId, ReplyId
from services.contracts.rating_views import RatingView
from services.contracts.vocabulary import Discipline
from services.kit.pagination import encode_cursor
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World

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
