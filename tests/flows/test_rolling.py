"""SIGTERM to each process in turn, under load: it drains, starts again, and nobody at the gateway sees a 5xx."""

import asyncio
import itertools
import os
import secrets
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from rapport.processes import ServiceProcess
from tests.flows.product import Connected, Desk, Product
from tests.flows.waiting import until

pytestmark = [pytest.mark.flow, pytest.mark.timeout(300)]

PEOPLE = 20
RATE_PER_SECOND = 20.0
CROWD = 600
PAUSE_SECONDS = 0.03
READS = ("/v1/conversations", "/v1/contacts", "/v1/tasks", "/v1/inbox")
QUERY = "{ conversations(first: 5) { nodes { id contact { displayName } messages(first: 2) { nodes { text } } } } }"
BACK_SECONDS = 60.0


@dataclass
class Seen:
    """The answers of the gateway to a member at work; 0 where the connection broke."""

    statuses: Counter[int] = field(default_factory=Counter)
    posted: list[str] = field(default_factory=list)

    def note(self, answer: httpx.Response | None) -> None:
        """Count one."""
        self.statuses[answer.status_code if answer is not None else 0] += 1


async def test_each_process_restarts_in_turn_and_nobody_sees_a_5xx(
    desk: Desk, everything: Product, capsys: pytest.CaptureFixture[str]
) -> None:
    assert everything.running is not None
    partner = await desk.connect_inlet()
    await everything.platforms.inlet_crowd(partner.account, count=CROWD, rate_per_second=RATE_PER_SECOND, people=PEOPLE, seed=12)
    threads = await desk.conversations(PEOPLE, seconds=60)
    async with at_work(desk, threads) as seen:
        for process in everything.running.processes.values():
            before = seen.statuses.total()
            await restart(process)
            await until(lambda before=before: more(seen, than=before + 50), seconds=BACK_SECONDS)
    await everything.platforms.drained(within_seconds=90)
    webhooks = Counter(entry["status"] for entry in entries(desk, partner))
    with capsys.disabled():
        print(f"\n{len(everything.running.processes)} restarts: webhooks {dict(webhooks)}, members {dict(seen.statuses)}")  # noqa: T201 - the figures are its point
    assert [status for status in (webhooks | seen.statuses) if status >= 500] == []
    assert webhooks[200] == CROWD
    found = [message["external_id"] for message in await history(desk)]
    assert sorted(found) == sorted(entry["key"] for entry in entries(desk, partner) if entry["acked"])
    assert {(await desk.settled(reply))["attempt"] for reply in seen.posted} == {1}


async def restart(process: ServiceProcess) -> None:
    """Send SIGTERM, and wait until the supervisor has started the process again and it serves."""
    before = process.pid
    assert before is not None
    os.kill(before, signal.SIGTERM)

    async def again() -> bool:
        return process.pid not in {None, before} and await process.answers()

    await until(again, seconds=BACK_SECONDS)


@asynccontextmanager
async def at_work(desk: Desk, threads: list[dict[str, Any]]) -> AsyncIterator[Seen]:
    """A member who reads, asks and answers without a rest, for the length of the block."""
    seen, leaving = Seen(), asyncio.Event()
    await desk.headers()

    async def until_leaving(act: "itertools.cycle[Any]") -> None:
        while not leaving.is_set():
            await next(act)()
            with suppress(TimeoutError):
                await asyncio.wait_for(leaving.wait(), PAUSE_SECONDS)

    reading = itertools.cycle([lambda path=path: call(desk, seen, "GET", path) for path in READS])
    asking = itertools.cycle([lambda: call(desk, seen, "POST", "/graphql", {"query": QUERY})])
    answering = itertools.cycle([lambda thread=thread: answer(desk, seen, thread) for thread in threads])
    async with asyncio.TaskGroup() as group:
        for act in (reading, asking, answering):
            group.create_task(until_leaving(act))
        try:
            yield seen
        finally:
            leaving.set()


async def call(desk: Desk, seen: Seen, method: str, path: str, body: object = None, **named: str) -> httpx.Response | None:
    """One call, counted."""
    try:
        told = await desk.request(method, path, body, **named)
    except httpx.TransportError:
        told = None
    seen.note(told)
    return told


async def answer(desk: Desk, seen: Seen, thread: dict[str, Any]) -> None:
    """One reply, as a front-end posts it: with a key."""
    key = secrets.token_hex(8)
    told = await call(desk, seen, "POST", f"/v1/conversations/{thread['id']}/replies", {"text": f"Soon. ({key})"}, idempotency_key=key)
    if told is not None and told.status_code == 201:
        seen.posted.append(told.json()["reply"]["id"])


async def more(seen: Seen, *, than: int) -> bool:
    """Whether the member had so many answers."""
    return seen.statuses.total() > than


async def history(desk: Desk) -> list[dict[str, Any]]:
    """What people wrote, as it is shown."""

    async def complete() -> list[dict[str, Any]] | None:
        found = [message for message in await desk.messages() if message["direction"] == "inbound"]
        return found if len(found) >= CROWD else None

    return await until(complete, seconds=90) or []


def entries(desk: Desk, channel: Connected) -> list[dict[str, Any]]:
    """Every attempt of the partner's to deliver."""
    return [entry for entry in desk.product.platforms.ledger() if entry["entry"] == "event" and entry["channel"] == channel.account]
