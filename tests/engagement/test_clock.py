"""A clock that is wrong, or is set right: what is signed elsewhere is refused and counted, ids stay apart, and nothing stands still."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.engagement.settings import EngagementSettings
from services.kit.clock import FixedClock
from services.kit.ids import new_id
from tests.engagement.bot import BotDesk
from tests.engagement.clocks import MovedClock, running
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.shop import Desk
from tests.engagement.waiting import conversations, until

HOUR = timedelta(hours=1)
PATIENCE = 40.0


@pytest.mark.parametrize("minutes", [10, -10])
async def test_with_a_clock_that_is_off_signatures_are_refused_and_counted(settings: EngagementSettings, minutes: int) -> None:
    clock = MovedClock()
    async with running(settings, clock=clock) as service:
        partner = await Partner.connected(service)
        clock.off = timedelta(minutes=minutes)
        assert (await partner.deliver(event(1))).status_code == 401
        assert await refused(service) == 1
        clock.off = timedelta()
        assert (await partner.deliver(event(1))).status_code == 200


async def test_a_clock_set_back_an_hour_leaves_nothing_standing(settings: EngagementSettings, database_url: str) -> None:
    clock = MovedClock()
    quick = settings.model_copy(update={"send_timeout_seconds": 2.0})
    async with running(quick, clock=clock) as service, BotDesk.opened(service, people=2) as desk:
        first, second = [thread["id"] for thread in await conversations(service)]
        # An hour ahead: the thread's token is spent there, a retry is due, a doubt is fresh, and a token of a worker begins.
        clock.off = HOUR
        sent = await desk.sent("ahead", thread=first)
        desk.bot.wrong = lambda _: (502, {"ok": False})
        doubted = await desk.posted("unknown", thread=second)
        desk.bot.wrong = lambda _: (429, {"ok": False, "error_code": 429, "description": "slow", "parameters": {"retry_after": 5}})
        held = await posted(desk, first, "held")
        await until(lambda: attempted(desk, held), within_seconds=PATIENCE)
        desk.bot.wrong = lambda _: None
        clock.off = timedelta()
        await desk.once(held, lambda reply: reply["state"] == "sent")
        after = await posted(desk, second, "after")
        await settle(service, doubted["id"])
        await desk.once(after, lambda reply: reply["state"] == "sent")
        assert (await desk.edit(sent["id"], "again")).status_code == 202
        await desk.changed(sent["id"], "done")
        # What people wrote before and after is there once, and told of.
        await desk.hear(3)
        await until(lambda: told_of(database_url, people=3), within_seconds=PATIENCE)


async def test_a_lease_from_the_future_is_no_lease_for_an_hour(settings: EngagementSettings, database_url: str) -> None:
    clock = FixedClock(datetime.now(UTC) + HOUR)
    quick = settings.model_copy(update={"send_timeout_seconds": 1.0})
    async with hour_ahead(quick, clock) as desk:
        owner = await asyncpg.connect(database_url, timeout=10)
        # As a sender leaves it that dies while it sends.
        reply = await desk.reply(delay_seconds=30)
        await owner.execute(
            "UPDATE engagement.reply SET state = 'sending', attempt = 1, lease_id = $2, lease_until = $3, due_at = $4 WHERE id = $1",
            reply,
            new_id(),
            clock.now() + timedelta(seconds=3),
            clock.now(),
        )
        clock.advance(-HOUR)

        async def brought_back() -> bool:
            lease: datetime = await owner.fetchval("SELECT lease_until FROM engagement.reply WHERE id = $1", reply)
            return lease <= clock.now() + timedelta(seconds=3)

        await until(brought_back, within_seconds=PATIENCE)
        await owner.close()
        clock.advance(timedelta(seconds=4))
        await desk.state(reply, "unknown", "sent", within_seconds=PATIENCE)


async def test_deliveries_around_a_step_of_an_hour_are_there_once(settings: EngagementSettings, database_url: str) -> None:
    clock = MovedClock()
    async with running(settings, clock=clock) as service:
        partner = await Partner.connected(service)
        for number in range(5):
            assert (await partner.deliver(event(number))).status_code == 200
        clock.off = -HOUR
        assert {(await partner.deliver(event(number))).status_code for number in range(10)} == {401}
        assert await refused(service) == 10
        clock.off = timedelta()
        assert {(await partner.deliver(event(number))).status_code for number in range(10)} == {200}
        await until(lambda: told_of(database_url, people=1, messages=10), within_seconds=PATIENCE)


async def test_a_thread_snoozed_before_a_step_back_wakes_at_its_time(settings: EngagementSettings) -> None:
    clock = FixedClock(datetime.now(UTC) + HOUR)
    async with hour_ahead(settings, clock) as desk:
        service = desk.service
        (thread,) = await desk.threads()
        wakes = clock.now() + timedelta(minutes=10)
        version = (await service.get(f"/v1/conversations/{thread}")).json()["version"]
        body = {"snoozed_until": wakes.isoformat(), "version": version}
        snoozed = await service.http.patch(f"/v1/conversations/{thread}", json=body, headers=service.headers(member=uuid4()))
        assert snoozed.status_code == 200, snoozed.text
        clock.advance(-HOUR)
        await desk.state(await desk.reply(thread=thread), "sent", within_seconds=PATIENCE)
        clock.advance(HOUR + timedelta(minutes=10))

        async def awake() -> bool:
            return bool((await service.get(f"/v1/conversations/{thread}")).json()["status"] == "open")

        await until(awake, within_seconds=PATIENCE)


def test_ids_of_the_same_moment_stay_apart_and_in_order() -> None:
    ids = [new_id() for _ in range(100_000)]
    assert ids == sorted(set(ids))


@asynccontextmanager
async def hour_ahead(settings: EngagementSettings, clock: FixedClock) -> AsyncIterator[Desk]:
    """A desk to which one person has written, while platforms went by the same clock."""
    async with running(settings, clock=clock) as service:
        service.clock = clock
        async with Desk.opened(service, people=1) as desk:
            yield desk


async def refused(service: Service) -> float:
    """How many deliveries the service says it has refused."""
    figures = (await service.http.get("/metrics")).text
    (line,) = [each for each in figures.splitlines() if each.startswith('rapport_webhook_deliveries_total{outcome="refused"')]
    return float(line.rpartition(" ")[2])


async def posted(desk: BotDesk, thread: str, text: str) -> str:
    """A reply that is on its way."""
    answer = await desk.service.post(f"/v1/conversations/{thread}/replies", {"text": text})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["reply"]["id"])


async def attempted(desk: BotDesk, reply: str) -> bool:
    """Whether it was tried, and waits for the next time."""
    found: dict[str, Any] = (await desk.service.get(f"/v1/replies/{reply}")).json()
    return (found["state"], found["attempt"]) == ("queued", 1)


async def settle(service: Service, reply: str) -> None:
    """What a person does who has looked at the platform."""
    answer = await service.post(f"/v1/replies/{reply}/settle", {"sent": True})
    assert answer.status_code == 200, answer.text


async def told_of(database_url: str, *, people: int, messages: int | None = None) -> bool:
    """Whether so many people's messages are in the history once, and every event is published."""
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        row = await owner.fetchrow(
            "SELECT count(*), count(DISTINCT (channel_id, external_id)), count(DISTINCT profile_id) FROM engagement.interaction "
            "WHERE direction = 'inbound'"
        )
        assert row is not None
        waiting = await owner.fetchval("SELECT count(*) FROM engagement.outbox WHERE published_at IS NULL")
    finally:
        await owner.close()
    expected = messages or people
    return tuple(row) == (expected, expected, people) and waiting == 0
