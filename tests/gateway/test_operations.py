"""What administrators see of deliveries and events that failed, and how they set them going again."""

from typing import Any
from uuid import UUID

import pytest

from gateway.relay import global_id
from services.kit.port import Answer
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING, RECONCILED
from tests.gateway.simulated import World, answer, problem

LETTERS = """query($first: Int!) { deadLetters(first: $first) {
    nodes { key service consumer type reason attempts failedAt redrivenAt } pageInfo { hasNextPage endCursor } } }"""
REDRIVE = """mutation($key: ID!) { redriveDeadLetter(input: {key: $key}) { __typename
    ... on DeadLetterRedriven { key } ... on Problem { code message } } }"""
JOURNAL = '{ journal(first: 5, state: "failed") { nodes { key state reason attempts channel { name } } pageInfo { hasNextPage } } }'
REPLAY = """mutation($key: ID) { replayDelivery(input: {key: $key}) { __typename
    ... on DeliveryReplayed { count } ... on Problem { code } } }"""
BACKFILL = """mutation($channel: ID!, $since: DateTime!) { backfillChannel(input: {channelId: $channel, since: $since}) { __typename
    ... on ChannelBackfilling { reconciliation { found } } ... on Problem { code } } }"""


@pytest.fixture
def admin(graphql: GraphqlClient, world: World) -> GraphqlClient:
    """The same member as an administrator; nothing is asked of the services yet."""
    graphql.token = world.token(role="admin", scp=["operations:write", "channels:read"])
    return graphql


def letter(number: int, consumer: str) -> dict[str, Any]:
    return {
        "id": UUID(int=number),
        "consumer": consumer,
        "event_id": f"e-{number}",
        "type": "engagement.interaction.received",
        "reason": "LookupError",
        "attempts": 8,
        "failed_at": MORNING,
        "redriven_at": None,
    }


def row(world: World, number: int) -> dict[str, Any]:
    parts = {"state": "failed", "reason": "it cannot be written", "attempts": 1, "waits_for": None}
    return {"id": UUID(int=number), "channel_id": world.channel.id, "received_at": MORNING, **parts}


async def test_letters_of_all_services_are_one_list_newest_first(admin: GraphqlClient, world: World) -> None:
    world.letters["identity"] = [letter(3, "identity-profiles"), letter(1, "identity-profiles")]
    world.letters["routing"] = [letter(2, "routing-triage")]
    page = (await admin.ask(LETTERS, first=2))["deadLetters"]
    assert [(node["service"], node["consumer"]) for node in page["nodes"]] == [
        ("identity", "identity-profiles"),
        ("routing", "routing-triage"),
    ]
    assert page["pageInfo"]["hasNextPage"]
    assert sorted(world.asked()) == [
        "engagement GET /v1/engagement/dead-letters?limit=2",
        "identity GET /v1/identity/dead-letters?limit=2",
        "routing GET /v1/routing/dead-letters?limit=2",
    ]


async def test_a_letter_goes_back_to_the_service_that_failed(admin: GraphqlClient, world: World) -> None:
    world.letters["routing"] = [letter(2, "routing-triage")]
    key = (await admin.ask(LETTERS, first=2))["deadLetters"]["nodes"][0]["key"]
    path = f"/v1/routing/dead-letters/{UUID(int=2)}/redrive"
    world.routing.responders["POST", path] = lambda _: Answer(202, {}, b"")
    assert (await admin.ask(REDRIVE, key=key))["redriveDeadLetter"] == {"__typename": "DeadLetterRedriven", "key": key}
    world.routing.responders["POST", path] = lambda _: problem(409, "redrive_failed", "It failed again: LookupError.")
    told = (await admin.ask(REDRIVE, key=key))["redriveDeadLetter"]
    assert told == {"__typename": "Conflict", "code": "REDRIVE_FAILED", "message": "It failed again: LookupError."}
    for wrong in ("x", global_id("Task", UUID(int=2))):
        assert (await admin.ask(REDRIVE, key=wrong))["redriveDeadLetter"]["__typename"] == "InvalidInput"


async def test_all_letters_go_back_at_once(admin: GraphqlClient, world: World) -> None:
    for name, counts in (("identity", (0, 0)), ("engagement", (2, 1)), ("routing", (3, 0))):
        service = getattr(world, name)
        taken, failed = counts
        service.responders["POST", f"/v1/{name}/dead-letters/redrive"] = lambda _, told=(taken, failed): {
            "redriven": told[0],
            "failed": told[1],
        }
    ask = "mutation { redriveDeadLetters { ... on DeadLettersRedriven { redriven failed } ... on Problem { code message } } }"
    assert (await admin.ask(ask))["redriveDeadLetters"] == {"redriven": 5, "failed": 1}
    world.routing.responders["POST", "/v1/routing/dead-letters/redrive"] = lambda _: problem(422, "x", "Give `letter_id` or `all`.")
    assert (await admin.ask(ask))["redriveDeadLetters"] == {"code": "X", "message": "Give `letterId` or `all`."}


async def test_the_journal_is_listed_and_read_again(admin: GraphqlClient, world: World) -> None:
    world.journal = [row(world, 7), row(world, 6)]
    nodes = (await admin.ask(JOURNAL))["journal"]["nodes"]
    assert [(node["state"], node["channel"]["name"]) for node in nodes] == [("failed", world.channel.name)] * 2
    world.engagement.responders["POST", f"/v1/journal/{UUID(int=7)}/replay"] = lambda _: Answer(202, {}, b"")
    assert (await admin.ask(REPLAY, key=nodes[0]["key"]))["replayDelivery"]["count"] == 1
    assert (await admin.ask(REPLAY, key=None))["replayDelivery"]["count"] == 2
    assert (await admin.ask(REPLAY, key=nodes[1]["key"]))["replayDelivery"] == {"__typename": "NotFound", "code": "NOT_FOUND"}


async def test_agents_see_neither(graphql: GraphqlClient, world: World) -> None:
    assert await graphql.codes(LETTERS, first=1) == ["FORBIDDEN"]
    assert await graphql.codes(JOURNAL) == ["FORBIDDEN"]
    assert world.asked() == []


async def test_a_channel_shows_its_gaps_and_is_back_filled_on_demand(admin: GraphqlClient, world: World) -> None:
    admin.token = world.token(role="admin", scp=["channels:read", "channels:write"])
    (shown,) = (await admin.ask("{ channels { reconciliation { possible found gaps { first last filledAt } } } }"))["channels"]
    gap = {"first": "5000000001", "last": "5000000002", "filledAt": None}
    assert shown["reconciliation"] == {"possible": True, "found": 2, "gaps": [gap]}
    path = f"/v1/channels/{world.channel.id}/backfill"
    world.engagement.responders["POST", path] = lambda asked: answer(RECONCILED, status=202) if "since" in asked else None
    parts = {"channel": global_id("Channel", world.channel.id), "since": "2026-05-04T12:00:00+02:00"}
    told = (await admin.ask(BACKFILL, **parts))["backfillChannel"]
    assert told == {"__typename": "ChannelBackfilling", "reconciliation": {"found": 2}}
    world.engagement.responders["POST", path] = lambda _: problem(
        409, "not_backfillable", "telegram shows nothing of what happened before."
    )
    assert (await admin.ask(BACKFILL, **parts))["backfillChannel"]["code"] == "NOT_BACKFILLABLE"
