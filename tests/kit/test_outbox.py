"""From a commit to the broker: rolled back is never told, each aggregate in order and one at a time, whoever leads, whatever fails."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from services.contracts.envelope import Header
from services.contracts.events import ChannelConnected
from services.contracts.ids import ChannelId, WorkspaceId
from services.kit import dead_letters, outbox
from services.kit.bus import Bus, BusUnavailableError, EventTooLargeError
from services.kit.clock import SystemClock
from services.kit.db import Database
from services.kit.relay import Relay, oldest_unpublished_day, publish_again
from tests.engagement.waiting import until

WORKSPACE = WorkspaceId(uuid4())
SERVICE = "engagement"


@dataclass
class Courier(Bus):
    """A broker that remembers in which order it was given what, and how much at once; some events it refuses for a while."""

    told: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    under_way: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most_of_one: int = 0
    most_at_once: int = 0
    refuses: dict[int, int] = field(default_factory=dict)
    too_large: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__("nats://127.0.0.1:1", name="courier")

    async def ensure_stream(self, service: str) -> datetime:
        """Always there."""
        assert service == SERVICE
        return datetime(2026, 1, 1, tzinfo=UTC)

    async def publish(self, header: Header, data: bytes) -> None:
        """Take a little while, as a broker does."""
        assert data
        self.under_way[header.subject] += 1
        self.most_of_one = max(self.most_of_one, self.under_way[header.subject])
        self.most_at_once = max(self.most_at_once, sum(self.under_way.values()))
        try:
            await asyncio.sleep(0)
            if header.sequence in self.too_large:
                raise EventTooLargeError("too large")
            if self.refuses.get(header.sequence, 0) > 0:
                self.refuses[header.sequence] -= 1
                raise BusUnavailableError("not now")
            self.told[header.subject].append(header.sequence)
        finally:
            self.under_way[header.subject] -= 1

    def count(self) -> int:
        """How many events it took."""
        return sum(map(len, self.told.values()))


@asynccontextmanager
async def relaying(worker: Database, bus: Bus) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(Relay(SERVICE, database=worker, bus=bus).run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def announce(app: Database, channels: Sequence[ChannelId]) -> None:
    events = [ChannelConnected(channel_id=channel, platform="inlet") for channel in channels]
    async with app.transaction(WORKSPACE) as connection:
        await outbox.append(connection, WORKSPACE, events, now=datetime.now(UTC))


async def unpublished(worker: Database) -> int:
    async with worker.transaction() as connection:
        found: int = await connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
        return found


async def all_published(worker: Database) -> None:
    async def none_left() -> bool:
        return await unpublished(worker) == 0

    await until(none_left)


async def test_each_aggregate_in_order_and_one_at_a_time_and_all_aggregates_at_once(app: Database, worker: Database) -> None:
    channels = [ChannelId(uuid4()) for _ in range(5)]
    for _ in range(10):
        await announce(app, channels * 2)
    courier = Courier()
    async with relaying(worker, courier):
        await all_published(worker)
    assert {len(each) for each in courier.told.values()} == {20}
    assert all(each == sorted(each) for each in courier.told.values())
    assert (courier.most_of_one, courier.most_at_once) == (1, 5)


async def test_what_is_rolled_back_is_never_told(app: Database, worker: Database) -> None:
    async def fail() -> None:
        async with app.transaction(WORKSPACE) as connection:
            event = ChannelConnected(channel_id=ChannelId(uuid4()), platform="inlet")
            await outbox.append(connection, WORKSPACE, [event], now=datetime.now(UTC))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    await announce(app, [ChannelId(uuid4())])
    courier = Courier()
    async with relaying(worker, courier):
        await all_published(worker)
    assert courier.count() == 1


async def test_a_refused_event_holds_back_its_aggregate_and_no_other(app: Database, worker: Database) -> None:
    first, second = ChannelId(uuid4()), ChannelId(uuid4())
    await announce(app, [first, second, first, second, first])
    async with worker.transaction() as connection:
        ids = [row["id"] for row in await connection.fetch("SELECT id FROM outbox WHERE subject = $1 ORDER BY id", str(first))]
    courier = Courier(refuses={ids[1]: 3})

    async def others_through() -> bool:
        return len(courier.told[str(second)]) == 2

    async with relaying(worker, courier):
        await until(others_through)
        await all_published(worker)
    assert courier.told[str(first)] == ids


async def test_an_event_that_no_broker_takes_becomes_a_dead_letter(app: Database, worker: Database) -> None:
    channel = ChannelId(uuid4())
    await announce(app, [channel] * 3)
    async with worker.transaction() as connection:
        ids = [row["id"] for row in await connection.fetch("SELECT id FROM outbox ORDER BY id")]
    courier = Courier(too_large={ids[1]})
    async with relaying(worker, courier):
        await all_published(worker)
    assert courier.told[str(channel)] == [ids[0], ids[2]]
    async with app.transaction(WORKSPACE) as connection:
        (letter,) = await dead_letters.list_dead_letters(connection, WORKSPACE, after=None, limit=10)
    assert (letter.consumer, letter.event_id) == ("engagement-relay", f"engagement-{ids[1]}")


async def test_a_broker_says_itself_what_is_too_large(bus: Bus) -> None:
    await bus.ensure_stream(SERVICE)
    now = SystemClock().now()
    header = Header(id="x", type=ChannelConnected.type, version=1, workspace=WORKSPACE, time=now, subject="s", sequence=1)
    with pytest.raises(EventTooLargeError):
        await bus.publish(header, b'"' + b"x" * (9 * 1024 * 1024) + b'"')


async def test_another_leads_when_the_leader_is_gone_and_nothing_is_lost(app: Database, worker: Database, database_url: str) -> None:
    leader, follower = Courier(), Courier()
    admin = await asyncpg.connect(database_url, timeout=5)

    async def told() -> bool:
        return await unpublished(worker) == 0

    try:
        async with relaying(worker, leader) as leading:
            await announce(app, [ChannelId(uuid4())] * 3)
            await until(told)
            async with relaying(worker, follower):
                await announce(app, [ChannelId(uuid4())] * 3)
                await until(told)
                assert (leader.count(), follower.count()) == (6, 0)
                leading.cancel()
                await asyncio.gather(leading, return_exceptions=True)
                await announce(app, [ChannelId(uuid4())] * 3)
                await until(told)
                assert (leader.count(), follower.count()) == (6, 3)
                await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'test-worker'")
                await announce(app, [ChannelId(uuid4())] * 3)

                async def told_again() -> bool:
                    return follower.count() == 6

                await until(told_again)
    finally:
        await admin.close()


async def test_days_can_be_published_again_and_an_unpublished_day_is_known(app: Database, worker: Database) -> None:
    await announce(app, [ChannelId(uuid4())] * 3)
    today = datetime.now(UTC).date()
    async with worker.transaction() as connection:
        assert await oldest_unpublished_day(connection) == today
    courier = Courier()
    async with relaying(worker, courier):
        await all_published(worker)
        async with worker.transaction() as connection:
            assert await oldest_unpublished_day(connection) is None
            assert await publish_again(connection, since=datetime.now(UTC) + timedelta(hours=1)) == 0
            assert await publish_again(connection, since=datetime.now(UTC) - timedelta(hours=1)) == 3
        await all_published(worker)
    assert courier.count() == 6
