"""The database and the broker die under load: nothing is acknowledged that is not stored, and everything arrives in the end."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from migrations import SERVICES
from rapport.supervisor import Member
from tests.flows.product import Connected, Desk, Product
from tests.flows.waiting import until

pytestmark = [pytest.mark.flow]

CROWD = 200
RECOVERED_WITHIN_SECONDS = 10.0


async def test_killed_database_is_answered_with_503_and_loses_nothing(desk: Desk, everything: Product) -> None:
    assert everything.running is not None
    postgres = everything.running.postgres
    assert postgres is not None
    partner = await desk.connect_inlet()
    await everything.platforms.inlet_crowd(partner.account, count=CROWD, rate_per_second=50, people=20)
    await until(lambda: acknowledged(desk, partner, at_least=40))
    died_at = time.monotonic()
    await kill(postgres)
    await until(lambda: acknowledged(desk, partner, at_least=CROWD // 2))
    assert time.monotonic() - died_at < RECOVERED_WITHIN_SECONDS
    await everything.platforms.drained(within_seconds=30)
    statuses = [entry["status"] for entry in entries(desk, partner)]
    assert statuses.count(200) == CROWD
    assert set(statuses) == {200, 503}
    await all_there(desk)


async def test_lost_broker_store_is_filled_again_from_the_outbox(desk: Desk, everything: Product) -> None:
    running = everything.running
    assert running is not None
    assert running.nats is not None
    partner = await desk.connect_inlet()
    store = running.deployment.folder / "nats" / "data"
    with stopped(running.processes["identity"]), stopped(running.processes["routing"]):
        await everything.platforms.inlet_crowd(partner.account, count=CROWD, rate_per_second=100, people=20)
        await everything.platforms.drained(within_seconds=30)
        await until(lambda: published(desk))
        # Everything is in the stream and marked as published; nobody has read it; now the stream is gone.
        await kill(running.nats, meanwhile=store)
        sent = await everything.platforms.inlet_events(partner.account, events=[event("after the loss")])
        assert sent["acked"]
    await all_there(desk, CROWD + 1)


async def all_there(desk: Desk, count: int = CROWD) -> None:
    """Every message is in the history once, has a contact (identity), a verdict and, where it is owed, a task (routing)."""

    async def complete() -> bool:
        messages = await desk.messages()
        return len(messages) == count and all(message["discipline"] for message in messages)

    await until(complete, seconds=45)
    assert len({message["external_id"] for message in await desk.messages()}) == count
    contacts = await desk.list_all("/v1/contacts")
    shown = []
    for contact in contacts:
        shown += await desk.list_all(f"/v1/contacts/{contact['id']}/timeline")
    assert len(shown) == count
    ledger = await desk.read("/v1/ledger")
    assert ledger["inbound"] == count

    async def assigned() -> bool:
        tasks = await desk.list_all("/v1/tasks")
        caused = {interaction for task in tasks for interaction in task["interaction_ids"]}
        return len(caused) >= ledger["owed"]

    await until(assigned)
    for service in SERVICES:
        assert (await desk.read(f"/v1/{service}/dead-letters"))["items"] == []


async def acknowledged(desk: Desk, channel: Connected, *, at_least: int) -> bool:
    """Whether so many deliveries are acknowledged."""
    return sum(entry["acked"] for entry in entries(desk, channel)) >= at_least


async def published(desk: Desk) -> bool:
    """Whether all messages are in the history, so that their events are on their way."""
    return len(await desk.messages()) == CROWD and await relayed(desk)


async def relayed(desk: Desk) -> bool:
    """Whether the outbox holds nothing that is not published."""
    owner = await asyncpg.connect(desk.product.environment["DATABASE_URL_ENGAGEMENT"], timeout=10)
    try:
        return not await owner.fetchval("SELECT EXISTS (SELECT FROM engagement.outbox WHERE published_at IS NULL)")
    finally:
        await owner.close()


async def kill(server: Member, *, meanwhile: Path | None = None) -> None:
    """Send SIGKILL, remove a folder if told, and wait until the supervisor has started the server again."""
    before = server.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    if meanwhile is not None:
        shutil.rmtree(meanwhile)

    async def again() -> bool:
        return server.pid not in {None, before}

    await until(again)


@contextmanager
def stopped(process: Member) -> Iterator[None]:
    """A process that stands still for the length of the block."""
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


def entries(desk: Desk, channel: Connected) -> list[dict[str, Any]]:
    """Every attempt of the partner's to deliver."""
    return [entry for entry in desk.product.platforms.ledger() if entry["entry"] == "event" and entry["channel"] == channel.account]


def event(text: str) -> dict[str, Any]:
    """A message of another person's."""
    author = {"network": "crm", "external_id": "late", "name": "Late"}
    return {"id": text, "kind": "direct", "occurred_at": datetime.now(UTC).isoformat(), "author": author, "text": text}
