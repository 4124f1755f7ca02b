"""E7, scenario B: one day's post, sorted by routing; with the clock three hours on, the report of walls is the unanswered, and only they.

Engagement and routing run whole, on one clock that the test moves, and meet over a real bus.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from services.engagement.settings import EngagementSettings
from services.kit.clock import Clock
from services.routing.main import compose as compose_routing
from services.routing.settings import RoutingSettings
from tests.engagement.clocks import MovedClock, running
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner
from tests.engagement.waiting import until
from tests.routing.triage_phrases import Phrase, read_phrases

POST = [phrase for phrase in read_phrases("scenario_b.jsonl") if phrase.message.id.startswith("a") and not phrase.message.answers_us]
LATER = timedelta(hours=3)


@asynccontextmanager
async def both(engagement: EngagementSettings, routing: RoutingSettings, clock: Clock) -> AsyncIterator[Service]:
    async with running(engagement, clock=clock) as service, compose_routing(routing, ports={"identity": service.issuer}, clock=clock):
        yield service


def delivered(phrase: Phrase, *, at: datetime) -> dict[str, Any]:
    """A line of the script as the inlet takes it: each by a person of its own."""
    said, name = phrase.message, phrase.message.id
    peer = {"external_id": "theirs", "author": {"network": "shop", "external_id": "peer"}}
    return {
        "id": name,
        "kind": said.kind.value,
        "public": said.public,
        "occurred_at": at.isoformat(),
        "author": {"network": "shop", "external_id": name, "name": name},
        "venue": {"network": "shop", "external_id": "page", "control": said.control.value},
        "text": said.text,
        "rating": said.rating,
        "addressed": said.addressed.value,
        "mentions": [{"network": "shop", "external_id": f"friend-{number}"} for number in range(said.mentions)],
        "in_reply_to": peer if said.answers_peer else None,
        "root": f"post-{name}" if said.public else None,
    }


async def whole(service: Service, path: str) -> list[dict[str, Any]]:
    """A list, page by page, four at a time."""
    items: list[dict[str, Any]] = []
    after = ""
    while True:
        answer = await service.get(f"{path}limit=4{after}")
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            return items
        after = f"&after={answer.json()['next_cursor']}"


async def sums(service: Service, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = (await service.get(f"/v1/walls/totals?{query}")).json()
    return found


async def test_e7_three_hours_on_the_unanswered_and_only_they_are_in_the_report_of_walls(
    database_url: str, nats_url: str, secret_key: str
) -> None:
    clock = MovedClock()
    places = {"database_url": database_url, "nats_url": nats_url, "secret_key": secret_key}
    async with both(EngagementSettings(**places), RoutingSettings(**places), clock) as service:
        partner = await Partner.connected(service)
        at = clock.now() - timedelta(minutes=1)
        await partner.deliver(*[delivered(phrase, at=at) for phrase in POST])

        async def sorted_out() -> dict[str, dict[str, Any]] | None:
            counts = (await service.get("/v1/ledger")).json()
            owed = await whole(service, "/v1/walls/interactions?older_than_minutes=1&")
            ready = counts["inbound"] == len(POST) and all(each["due_at"] for each in owed)
            return {each["author_name"]: each for each in owed} if ready else None

        owed = await until(sorted_out, within_seconds=30)
        assert set(owed) == {phrase.message.id for phrase in POST if phrase.deserves_answer}
        assert (await service.get("/v1/walls")).json() == {"items": [], "next_cursor": None}

        native = {"kind": "direct", "direction": "outbound", "recipient": {"network": "shop", "external_id": "a4"}}
        author = {"network": "shop", "external_id": "us"}
        await partner.deliver({"id": "n-4", "occurred_at": clock.now().isoformat(), "text": "Try again", "author": author, **native})
        for name, act, body in (("a5", "answered-elsewhere", {"where": "by telephone"}), ("a9", "decline", {"reason": "no comment"})):
            answer = await service.post(f"/v1/interactions/{owed[name]['id']}/{act}", body)
            assert answer.status_code < 300, answer.text

        async def settled() -> bool:
            counts = (await service.get("/v1/ledger")).json()
            return bool((counts["answered"], counts["declined"]) == (2, 1))

        await until(settled, within_seconds=30)
        clock.off += LATER
        left = set(owed) - {"a4", "a5", "a9"}
        people = await whole(service, "/v1/walls?older_than_minutes=170&")
        assert sorted(each["oldest_id"] for each in people) == sorted(owed[name]["id"] for name in left)
        assert all(each["count"] == 1 and each["discipline"] for each in people)
        assert [each["since"] for each in people] == sorted(each["since"] for each in people)

        late = await sums(service)
        assert 0 < late["interactions"] == (await service.get("/v1/ledger")).json()["alarm"] <= len(left)
        by_length = await sums(service, "older_than_minutes=170")
        assert (by_length["people"], by_length["interactions"]) == (len(left), len(left))
        for each in by_length["by_discipline"]:
            rows = await whole(service, f"/v1/walls/interactions?older_than_minutes=170&discipline={each['discipline']}&")
            assert len(rows) == each["interactions"]
        assert sum(each["interactions"] for each in by_length["by_discipline"]) == len(left)
