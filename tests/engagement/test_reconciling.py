"""The reconciler with a scripted platform: due by the clock, one lease per channel, what is there stays, gaps are noticed and filled."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.connectors import connectors
from services.engagement.protocol import ChannelAccess, ChannelFacts, Heard, Net, NotSentError, RawItem, Secrets
from services.engagement.reconciling import EVERY, GAP_SETTLES, OVERLAP, Reconciler, find_gaps
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.engagement.settings import EngagementSettings
from services.engagement.statements import journal, reconciling
from services.engagement.statements.journal import JournalItem
from services.kit.clock import FixedClock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.telemetry import Metrics
from tests.engagement.waiting import until

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PATIENCE = 20.0


@dataclass
class Archive:
    """A platform that shows pages of what happened; each back-fill is noted. It declares and says nothing else of its own."""

    pages: list[Sequence[str]] = field(default_factory=list)
    asked: list[datetime] = field(default_factory=list)
    trouble: Exception | None = None
    open: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def declaration(self) -> Any:
        """That of a platform which numbers its events."""
        return connectors()["telegram"].declaration

    async def backfill(self, *, channel: ChannelAccess, since: datetime, net: Net) -> AsyncIterator[Heard]:
        """Keep protocol.Backfills."""
        del channel, net
        self.asked.append(since)
        for page in self.pages:
            yield Heard(items=tuple(RawItem(key=name, body=name.encode(), sequence=_number(name)) for name in page))
        if self.trouble is not None:
            raise self.trouble
        await self.open.wait()


def _number(name: str) -> int | None:
    return int(name) if name.isdigit() else None


@dataclass
class Place:
    """A database with one channel to an archive, and a clock that tests move."""

    app: Database
    worker: Database
    clock: FixedClock
    archive: Archive
    channel: ConnectedChannel
    metrics: Metrics = field(default_factory=lambda: Metrics("engagement"))
    woken: list[ChannelId] = field(default_factory=list)

    def by_workspace(self) -> Mapping[WorkspaceId, Sequence[ChannelId]]:
        """As the registry."""
        return {self.channel.workspace_id: [self.channel.id]}

    def find(self, channel: ChannelId) -> ConnectedChannel | None:
        """As the registry."""
        return self.channel if channel == self.channel.id else None

    @asynccontextmanager
    async def reconcilers(self, count: int = 1) -> AsyncIterator[None]:
        """So many processes, each with a reconciler."""
        tasks = [asyncio.create_task(self._reconciler().run()) for _ in range(count)]
        try:
            yield
        finally:
            assert not any(task.done() for task in tasks)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=PATIENCE)

    def _reconciler(self) -> Reconciler:
        return Reconciler(
            cast("ChannelRegistry", self),
            self.app,
            worker=self.worker,
            net=cast("Net", None),
            wake=self.woken.append,
            clock=self.clock,
            metrics=Metrics("engagement"),
            look_seconds=0.05,
        )

    async def deliver(self, *names: str) -> None:
        """What the platform delivers by itself, now."""
        now = self.clock.now()
        rows = [
            JournalItem(
                workspace_id=self.channel.workspace_id,
                channel_id=self.channel.id,
                key=hashlib.sha256(name.encode()).digest(),
                id=new_id(),
                headers="",
                body=name.encode(),
                sequence=_number(name),
            )
            for name in names
        ]
        async with self.app.transaction(self.channel.workspace_id) as connection:
            await journal.admit_items(connection, rows, received_at=now)

    async def journaled(self) -> dict[bytes, bool]:
        """Bodies in the journal, and whether they came by back-fill."""
        async with self.app.transaction(self.channel.workspace_id) as connection:
            rows = await journal.waiting_items(connection, self.channel.workspace_id, self.channel.id, limit=100)
        return {row["body"]: row["backfilled"] for row in rows}

    async def state(self) -> Any:
        """The channel's reconciliation; None before it is known."""
        async with self.app.transaction(self.channel.workspace_id) as connection:
            rows = await reconciling.reconciliations_of(connection, self.channel.workspace_id, [self.channel.id])
        return rows[0] if rows else None

    async def gaps(self) -> list[tuple[int, int, bool]]:
        """First, last, filled."""
        async with self.app.transaction(self.channel.workspace_id) as connection:
            rows = await reconciling.gaps_of(connection, self.channel.workspace_id, [self.channel.id], limit=10)
        return [(row["first"], row["last"], row["filled_at"] is not None) for row in rows]

    async def finished(self, count: int) -> Any:
        """The state once so many items were found and nobody works on it."""

        async def done() -> Any:
            state = await self.state()
            return state if state and state["finished_at"] and state["found"] == count and state["lease_until"] is None else None

        return await until(done, within_seconds=PATIENCE)


@pytest.fixture
async def place(settings: EngagementSettings) -> AsyncIterator[Place]:
    app = Database(settings.role_url("engagement", role="app"), name="test", size=4)
    worker = Database(settings.role_url("engagement", role="worker"), name="test", size=2)
    await app.open()
    await worker.open()
    archive = Archive()
    archive.open.set()
    channel = ConnectedChannel(
        workspace_id=WorkspaceId(uuid4()),
        id=ChannelId(uuid4()),
        platform="archive",
        version=1,
        path_token=uuid4().hex,
        active=True,
        connector=cast("Any", archive),
        acknowledges=None,
        listens=None,
        facts=ChannelFacts(platform="archive"),
        secrets=Secrets(current=""),
        access=ChannelAccess(platform="archive"),
    )
    yield Place(app, worker, FixedClock(NOON), archive, channel)
    await worker.close()
    await app.close()


async def test_an_hour_later_what_was_never_delivered_is_in_the_journal_and_the_rest_as_it_was(place: Place) -> None:
    await place.deliver("a", "b")
    place.archive.pages = [("a", "lost"), ("b", "lost too")]
    async with place.reconcilers():
        known = await until(place.state)
        assert (known["due_at"], place.archive.asked) == (NOON + EVERY, [])
        place.clock.advance(EVERY)
        state = await place.finished(2)
    assert await place.journaled() == {b"a": False, b"b": False, b"lost": True, b"lost too": True}
    assert place.archive.asked == [NOON - OVERLAP]
    assert (state["reconciled_until"], state["due_at"]) == (NOON + EVERY, NOON + 2 * EVERY)
    assert set(place.woken) == {place.channel.id}


async def test_several_processes_ask_once_an_hour(place: Place) -> None:
    place.archive.pages = [("lost",)]
    place.archive.open.clear()
    async with place.reconcilers(3):
        await until(place.state)
        place.clock.advance(EVERY)
        await until(lambda: _is(len(place.archive.asked) > 0))
        place.archive.open.set()
        await place.finished(1)
    assert len(place.archive.asked) == 1


async def test_a_platform_that_refuses_is_asked_again_from_the_same_moment(place: Place) -> None:
    place.archive.pages, place.archive.trouble = [("lost",)], NotSentError("the archive is closed")
    async with place.reconcilers():
        await until(place.state)
        place.clock.advance(EVERY)
        state = await place.finished(1)
        assert (state["reason"], state["reconciled_until"]) == ("the archive is closed", NOON)
        place.archive.trouble = None
        place.clock.advance(EVERY)

        async def healed() -> bool:
            return (await place.state())["reason"] == ""

        await until(healed, within_seconds=PATIENCE)
    assert place.archive.asked == [NOON - OVERLAP] * 2
    assert await place.journaled() == {b"lost": True}


async def test_back_fill_on_demand_asks_as_far_back_as_wanted(place: Place) -> None:
    long_ago = NOON - timedelta(days=30)
    place.archive.pages = [("old",)]
    async with place.reconcilers():
        await until(place.state)
        async with place.app.transaction(place.channel.workspace_id) as connection:
            await reconciling.demand(connection, place.channel.workspace_id, place.channel.id, since=long_ago, now=NOON)
        state = await place.finished(1)
    assert place.archive.asked == [long_ago]
    assert (state["demanded_since"], state["due_at"]) == (None, NOON + EVERY)


async def test_e2_a_gap_in_the_numbers_is_noticed_and_back_filled_and_what_is_on_its_way_is_none(place: Place) -> None:
    await place.deliver("7", "8", "11")
    async with place.reconcilers():

        async def checked() -> bool:
            state = await place.state()
            return bool(state) and state["checked_sequence"] == 7

        await until(checked, within_seconds=PATIENCE)
        assert await place.gaps() == []
        place.archive.pages = [("8", "9", "10", "11")]
        place.clock.advance(GAP_SETTLES + timedelta(seconds=1))

        async def filled() -> bool:
            return await place.gaps() == [(9, 10, True)]

        await until(filled, within_seconds=PATIENCE)
    assert await place.journaled() == {b"7": False, b"8": False, b"9": True, b"10": True, b"11": False}


@given(st.sets(st.integers(0, 300), min_size=1))
def test_gaps_are_exactly_the_numbers_that_are_missing(numbers: set[int]) -> None:
    found, checked = find_gaps([(number, NOON) for number in sorted(numbers)], settled_before=NOON + timedelta(seconds=1))
    missing = {number for first, last in found for number in range(first, last + 1)}
    assert missing == set(range(min(numbers), max(numbers))) - numbers
    assert checked == max(numbers)


async def _is(found: bool) -> bool:
    return found
