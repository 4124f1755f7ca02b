"""The inbound worker: reads the journal, channel by channel, and writes the history. Woken by the webhook route, swept behind it.

One transaction per batch: claim the channel, read rows in order, parse, record, publish through the outbox, settle the rows.
Round-robin over channels, so that one noisy workspace does not starve the others.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
import structlog

from services.contracts.ids import ChannelId
from services.engagement.protocol import Delivery
from services.engagement.reading import Reader
from services.engagement.recording import Item, record
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.engagement.statements import journal
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Connection, Database, DatabaseUnavailableError
from services.kit.telemetry import Metrics

BATCH = 200
WORKERS = 2
SWEEP_SECONDS = 0.5
WORKSPACES_A_SWEEP = 50
TRIES = 3

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Read:
    """A journal row and what its connector made of it."""

    key: bytes
    items: Sequence[Item]
    state: str
    reason: str


class InboundWorker:
    """Reads every channel's journal. `database` is of the role `app`."""

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        registry: ChannelRegistry,
        database: Database,
        *,
        deployment_key: bytes,
        historic_after: timedelta,
        published: Callable[[], None],
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._registry = registry
        self._database = database
        self._deployment_key = deployment_key
        self._historic_after = historic_after
        self._published = published
        self._clock = clock
        self._queue: deque[ChannelId] = deque()
        self._queued: set[ChannelId] = set()
        self._arrived = asyncio.Event()
        self._sweep_from = 0
        self._rows = metrics.counter("journal_rows", "Journal rows read, by platform and outcome", labels=("platform", "outcome"))

    def wake(self, channel: ChannelId) -> None:
        """Say that a channel has something to read."""
        if channel not in self._queued:
            self._queued.add(channel)
            self._queue.append(channel)
        self._arrived.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(self._keep_reading())
            group.create_task(self._keep_sweeping())

    async def _keep_reading(self) -> None:
        while True:
            channel_id = await self._next()
            channel = self._registry.find(channel_id)
            if channel is None:
                continue
            try:
                more = await self._read_with_retries(channel)
            except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                log.warning("inbound_interrupted", channel_id=str(channel_id), error=type(error).__name__)
                await asyncio.sleep(0.2)
                more = True
            if more:
                self.wake(channel_id)

    async def _next(self) -> ChannelId:
        while not self._queue:
            self._arrived.clear()
            await self._arrived.wait()
        channel = self._queue.popleft()
        self._queued.discard(channel)
        return channel

    async def _read_with_retries(self, channel: ConnectedChannel) -> bool:
        """A batch; where the database refuses it, row by row, so that one bad row parks itself and not its neighbours."""
        try:
            return await self._read_batch(channel, limit=BATCH)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
            log.warning("batch_refused", channel_id=str(channel.id), error=type(error).__name__, column=error.column_name)
        for _ in range(BATCH):
            if not await self._read_alone(channel):
                return False
        return True

    async def _read_alone(self, channel: ConnectedChannel) -> bool:
        try:
            return await self._read_batch(channel, limit=1)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
            await self._fail_first(channel, reason=f"refused by the database: {type(error).__name__} {error.column_name or ''}")
            return True

    async def _fail_first(self, channel: ConnectedChannel, *, reason: str) -> None:
        async with self._database.transaction(channel.workspace_id) as connection:
            if not await journal.claim_channel(connection, channel.id):
                return
            rows = await journal.waiting_items(connection, channel.workspace_id, channel.id, limit=1)
            await self._settle(connection, channel, [_Read(row["key"], (), "failed", reason) for row in rows], waits_for={})

    async def _read_batch(self, channel: ConnectedChannel, *, limit: int) -> bool:
        """Read up to `limit` rows; True where there may be more."""
        now = self._clock.now()
        async with self._database.transaction(channel.workspace_id) as connection:
            if not await journal.claim_channel(connection, channel.id):
                return False
            rows = await journal.waiting_items(connection, channel.workspace_id, channel.id, limit=limit)
            if not rows:
                return False
            reads = [_parse(channel, row) for row in rows]
            items = [item for read in reads for item in read.items]
            reader = Reader(channel.workspace_id, self._deployment_key, self._historic_after)
            recorded = await record(connection, channel, items, reader=reader, now=now)
            await self._settle(connection, channel, reads, waits_for=recorded.waits_for)
            unparked = 0
            if recorded.arrived:
                unparked = await journal.unpark_items(connection, channel.workspace_id, channel.id, recorded.arrived)
            await outbox.append(connection, channel.workspace_id, recorded.events, now=now)
        self._published()
        return unparked > 0 or len(rows) == limit

    async def _settle(
        self, connection: Connection, channel: ConnectedChannel, reads: Sequence[_Read], *, waits_for: dict[bytes, str]
    ) -> None:
        if not reads:
            return
        states = ["parked" if read.key in waits_for else read.state for read in reads]
        await journal.settle_items(
            connection,
            channel.workspace_id,
            channel.id,
            keys=[read.key for read in reads],
            states=states,
            reasons=[read.reason[:500].replace("\x00", "") for read in reads],
            waits_for=[waits_for.get(read.key) for read in reads],
        )
        for state in states:
            self._rows.labels(channel.platform, state).inc()

    async def _keep_sweeping(self) -> None:
        """Find what nobody said: rows left by a crash, by another process, or set to be read again."""
        while True:
            try:
                await self._sweep()
            except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                log.info("sweep_interrupted", error=type(error).__name__)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _sweep(self) -> None:
        workspaces = sorted(self._registry.by_workspace().items())
        if self._sweep_from >= len(workspaces):
            self._sweep_from = 0
        part = workspaces[self._sweep_from : self._sweep_from + WORKSPACES_A_SWEEP]
        self._sweep_from += WORKSPACES_A_SWEEP
        for workspace, channels in part:
            async with self._database.transaction(workspace) as connection:
                waiting = await journal.channels_with_waiting(connection, workspace, channels)
            for channel in waiting:
                self.wake(channel)


def _parse(channel: ConnectedChannel, row: asyncpg.Record) -> _Read:
    """Parsing never stops the rest: what is not understood is kept with its reason and can be replayed after a fix."""
    received_at: datetime = row["received_at"]
    if row["body"] is None:
        return _Read(row["key"], (), "failed", "its body is past retention")
    headers = {"content-type": row["headers"]} if row["headers"] else {}
    delivery = Delivery(channel=channel.facts, key=row["key"].hex(), body=row["body"], received_at=received_at, headers=headers)
    try:
        parsed = channel.connector.parse(delivery)
    except Exception as error:  # noqa: BLE001 - the edge to a connector: whatever it raises parks this row only
        log.warning("parse_failed", channel_id=str(channel.id), error=type(error).__name__)
        return _Read(row["key"], (), "failed", f"the connector failed: {type(error).__name__}")
    if parsed.unknown is not None:
        return _Read(row["key"], (), "unknown", parsed.unknown)
    if parsed.ignored is not None:
        return _Read(row["key"], (), "ignored", parsed.ignored)
    return _Read(row["key"], [Item(row["key"], event, received_at) for event in parsed.events], "done", "")
