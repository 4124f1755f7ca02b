"""Durable subscriptions on a real NATS: acknowledged after the commit, retried alone, buried after eight tries, in nobody's way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID, uuid4

import pytest

from services.contracts.envelope import Header, stream_of, subject_of
from services.contracts.events import ChannelConnected
from services.contracts.ids import ChannelId, WorkspaceId
from services.kit import dead_letters, inbox
from services.kit.bus import Bus, Received
from services.kit.clock import SystemClock
from services.kit.db import Database, DatabaseUnavailableError
from services.kit.dead_letters import DeadLetter
from services.kit.subscriptions import MAX_ATTEMPTS, Handler, RedriveFailedError, Subscriber, Subscription, redrive
from tests.engagement.waiting import until

SERVICE = "engagement"
WORKSPACE = WorkspaceId(uuid4())
POISON = "poison"

# How long a poisonous message may hold up what came with it and after it.
LONGEST_WAIT_SECONDS = 1.0


@dataclass
class Seen:
    """What a handler was given: platforms of single events, in order, the sizes of its batches, and when one went through."""

    platforms: list[str] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    through_at: list[float] = field(default_factory=list)
    healed: bool = False

    async def handle(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Refuse every batch with poison in it, until healed."""
        assert workspace == WORKSPACE
        self.batches.append(len(batch))
        platforms = [each.event.platform for each in batch if isinstance(each.event, ChannelConnected)]
        if POISON in platforms and not self.healed:
            raise LookupError("\ud800 cannot be handled\x00")
        self.platforms.extend(platforms)
        self.through_at.append(asyncio.get_running_loop().time())

    def longest_wait_seconds(self) -> float:
        """The longest time in which nothing went through."""
        return max(later - earlier for earlier, later in pairwise(self.through_at))


def subscription(handler: Handler) -> Subscription:
    return Subscription(
        durable="test", service=SERVICE, events=(ChannelConnected,), handler=handler, back_off_seconds=(0.02,) * (MAX_ATTEMPTS - 1)
    )


@asynccontextmanager
async def subscribed(bus: Bus, database: Database, handler: Handler) -> AsyncIterator[Subscription]:
    made = subscription(handler)
    task = asyncio.create_task(Subscriber(bus, database, made, clock=SystemClock()).run())
    try:
        yield made
    finally:
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def publish(bus: Bus, *platforms: str) -> None:
    await bus.ensure_stream(SERVICE)
    for platform in platforms:
        header = Header(
            id=str(uuid4()),
            type=ChannelConnected.type,
            version=1,
            workspace=WORKSPACE,
            time=datetime.now(UTC),
            subject="an aggregate",
            sequence=1,
        )
        await bus.publish(header, b'{"channel_id":"%s","platform":"%s"}' % (str(ChannelId(uuid4())).encode(), platform.encode()))


async def letters(database: Database) -> Sequence[DeadLetter]:
    async with database.transaction(WORKSPACE) as connection:
        return await dead_letters.list_dead_letters(connection, WORKSPACE, after=None, limit=10)


async def in_hand(bus: Bus) -> int:
    """How many events are delivered and not acknowledged."""
    info = await bus.jetstream.consumer_info(stream_of(SERVICE), "test")
    return info.num_ack_pending or 0


async def test_an_event_is_acknowledged_only_after_its_handler(bus: Bus, app: Database) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def handle(_: WorkspaceId, __: Sequence[Received]) -> None:
        begun.set()
        await may_end.wait()

    await publish(bus, "one")
    async with subscribed(bus, app, handle):
        await begun.wait()
        assert await in_hand(bus) == 1
        may_end.set()

        async def acknowledged() -> bool:
            return await in_hand(bus) == 0

        await until(acknowledged)


async def test_poison_among_a_thousand_is_buried_and_holds_up_nobody(bus: Bus, app: Database) -> None:
    seen = Seen()
    await publish(bus, *(POISON if number == 500 else f"n{number}" for number in range(1000)))

    async def through() -> bool:
        return len(set(seen.platforms)) == 999

    async def buried() -> bool:
        return len(await letters(app)) == 1

    async with subscribed(bus, app, seen.handle) as made:
        await until(through)
        # Its neighbours wait for some halvings at each of its eight tries, and not for two hundred transactions.
        assert len(seen.batches) < 200
        assert seen.longest_wait_seconds() <= LONGEST_WAIT_SECONDS
        await until(buried)
        assert sorted(seen.platforms) == sorted(set(seen.platforms))
        (letter,) = await letters(app)
        assert (letter.consumer, letter.type, letter.attempts) == ("test", ChannelConnected.type, MAX_ATTEMPTS)
        assert letter.reason.startswith("LookupError")

        with pytest.raises(RedriveFailedError):
            await redrive(app, [made], WORKSPACE, letter.id, clock=SystemClock())
        assert (await letters(app))[0].redriven_at is None
        assert not await redrive(app, [made], WorkspaceId(uuid4()), letter.id, clock=SystemClock())
        assert not await redrive(app, [], WORKSPACE, letter.id, clock=SystemClock())
        assert (await letters(app))[0].redriven_at is None, "nobody took it"
        seen.healed = True
        assert await redrive(app, [made], WORKSPACE, letter.id, clock=SystemClock())
    assert len(set(seen.platforms)) == 1000
    assert (await letters(app))[0].redriven_at is not None


async def test_what_is_no_event_is_buried_at_once(bus: Bus, app: Database) -> None:
    seen = Seen()
    await publish(bus, "before")
    for body in (b"{", b"[" * 100_000, b"\xff\x00", b'{"specversion":"1.0"}'):
        await bus.jetstream.publish(subject_of(ChannelConnected.type, version=1, workspace=WORKSPACE), body)
    await publish(bus, "after")

    async def all_buried() -> bool:
        return len(await letters(app)) == 4 and len(seen.platforms) == 2

    async with subscribed(bus, app, seen.handle):
        await until(all_buried)
    assert {letter.attempts for letter in await letters(app)} == {1}


async def test_a_database_that_is_away_is_waited_out_and_costs_no_try(bus: Bus, app: Database) -> None:
    calls = 0

    async def handle(_: WorkspaceId, __: Sequence[Received]) -> None:
        nonlocal calls
        calls += 1
        if calls < 4:
            raise DatabaseUnavailableError

    async def handled() -> bool:
        return calls == 4 and await in_hand(bus) == 0

    await publish(bus, "one")
    async with subscribed(bus, app, handle):
        await until(handled)
    assert await letters(app) == []


async def test_what_cannot_be_buried_now_is_buried_later(bus: Bus, app: Database) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none", name="away", acquire_timeout_seconds=1)
    await away.open()
    seen = Seen()
    await publish(bus, "one")
    await bus.jetstream.publish(subject_of(ChannelConnected.type, version=1, workspace=WORKSPACE), b"{")
    interrupted = asyncio.create_task(Subscriber(bus, away, subscription(seen.handle), clock=SystemClock()).run())

    async def begun() -> bool:
        info = await bus.jetstream.stream_info(stream_of(SERVICE))
        return (info.state.consumer_count or 0) == 1 and await in_hand(bus) == 2

    await until(begun)
    await asyncio.wait([interrupted], timeout=1)
    assert not interrupted.done()
    interrupted.cancel()
    await asyncio.gather(interrupted, return_exceptions=True)
    await away.close()


async def test_a_lost_stream_is_noticed_and_consumed_again(bus: Bus, app: Database) -> None:
    seen = Seen()
    await publish(bus, "one")

    async def first() -> bool:
        return seen.platforms == ["one"]

    async def second() -> bool:
        return seen.platforms == ["one", "two"]

    async with subscribed(bus, app, seen.handle):
        await until(first)
        await bus.jetstream.delete_stream(stream_of(SERVICE))
        await publish(bus, "two")
        await until(second)


async def test_the_inbox_lets_an_event_through_once(app: Database) -> None:
    received = [Received(header_of(number), ChannelConnected(channel_id=ChannelId(uuid4()), platform="x")) for number in (1, 2, 2, 3)]
    fresh: list[str] = []
    for batch in (received, received[:2], [], [*received, Received(header_of(4), received[0].event)]):
        async with app.transaction(WORKSPACE) as connection:
            fresh += [each.header.id for each in await inbox.unprocessed(connection, "test", batch)]
    assert fresh == ["e-1", "e-2", "e-3", "e-4"]


def header_of(number: int) -> Header:
    moment = datetime.now(UTC)
    return Header(id=f"e-{number}", type=ChannelConnected.type, version=1, workspace=WORKSPACE, time=moment, subject="s", sequence=number)


async def test_letters_are_paged_and_belong_to_one_workspace(app: Database) -> None:
    for number in range(3):
        await dead_letters.bury(
            app,
            consumer="test",
            payload=b'{"id":"%d"}' % number,
            subject=subject_of(ChannelConnected.type, version=1, workspace=WORKSPACE),
            reason="because",
            attempts=8,
            now=datetime.now(UTC),
        )
    found = await letters(app)
    assert [letter.event_id for letter in found] == ["2", "1", "0"]
    async with app.transaction(WORKSPACE) as connection:
        rest = await dead_letters.list_dead_letters(connection, WORKSPACE, after=found[0].id, limit=1)
    assert [letter.id for letter in rest] == [found[1].id]
    async with app.transaction(WorkspaceId(UUID(int=7))) as connection:
        assert await dead_letters.list_dead_letters(connection, WORKSPACE, after=None, limit=10) == []
