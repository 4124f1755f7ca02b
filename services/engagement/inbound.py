"""The inbound worker: reads the journal, channel by channel, and writes the history. Woken by the webhook route, swept behind it.

One transaction per batch: claim the channel, read rows in order, parse, record, publish through the outbox, settle the rows.
Round-robin over channels, so that one noisy workspace does not starve the others. A row that cannot be read, for whatever reason,
fails alone; an outage fails nothing.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from services.contracts.ids import ChannelId, WorkspaceId
from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import Source
from services.engagement.composing.notices import give_notices
from services.engagement.erasing.late import since_erasure
from services.engagement.protocol import Delivery
from services.engagement.reading import Reader
from services.engagement.recording import Item, record
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.engagement.statements import due, gates, journal, receiving
from services.engagement.subscriptions import note_lease
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Connection, Database, DatabaseUnavailableError
from services.kit.ids import first_id_at
from services.kit.rounds import NOBODY, Rounds
from services.kit.telemetry import Metrics

BATCH = 200
WORKERS = 2
SWEEP_SECONDS = 2.0
TEND_SECONDS = 5.0
FORGET_BATCH = 1000
CHANNELS_A_SWEEP = 2000
# A rest after each batch, in proportion to its work: where much arrives, the next batch is larger and costs less per row.
REST_FACTOR = 2.0
REST_SECONDS = 0.05
# While deliveries queue up, reading waits, and then little is read: all that a message causes here and in other services would keep
# platforms waiting. A burst is taken whole; a flood without end is still worked off, a little at a time.
BATCH_UNDER_PRESSURE = 50
STEP_BACK_SECONDS = 2.0
LOOK_FOR_PRESSURE_SECONDS = 0.1
CLAIMED_ELSEWHERE_SECONDS = 0.05
OUTAGE_SECONDS = 0.2
# What waits for another message is looked at again after 5, 20, 80... seconds, and given up after a week.
PARKED_FOR = timedelta(days=7)
REASON_LIMIT_CHARS = 500

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Read:
    """A journal row and what its connector made of it."""

    key: bytes
    items: Sequence[Item]
    state: str
    reason: str
    granted: tuple[timedelta, datetime] | None = None
    look: bool = False


class InboundWorker:
    """Reads every channel's journal, and keeps its rows for `kept`. `database` is of the role `app`, `worker` sees where rows wait.

    While `pressed` it leaves the processor to the webhooks, for `step_back_seconds` before each batch.
    """

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        registry: ChannelRegistry,
        database: Database,
        *,
        worker: Database,
        deployment_key: bytes,
        historic_after: timedelta,
        kept: timedelta,
        published: Callable[[], None],
        pressed: Callable[[], bool],
        clock: Clock,
        metrics: Metrics,
        step_back_seconds: float = STEP_BACK_SECONDS,
    ) -> None:
        self._registry = registry
        self._database = database
        self._worker = worker
        self._pressed = pressed
        self._step_back_seconds = step_back_seconds
        self._deployment_key = deployment_key
        self._historic_after = historic_after
        self._kept = kept
        self._published = published
        self._clock = clock
        self._queue: deque[ChannelId] = deque()
        self._queued: set[ChannelId] = set()
        self._reading: set[ChannelId] = set()
        self._again: set[ChannelId] = set()
        self._arrived = asyncio.Event()
        self._swept: tuple[UUID, UUID] = (NOBODY, NOBODY)
        self._parked = Rounds(
            "parked", worker, lambda connection, after: due.workspaces_with_parked_items(connection, after=after, now=clock.now())
        )
        self._old = Rounds(
            "journal", worker, lambda connection, after: due.workspaces_with_old_items(connection, after=after, before=self._oldest())
        )
        self._rows = metrics.counter("journal_rows", "Journal rows read, by platform and outcome", labels=("platform", "outcome"))

    def wake(self, channel: ChannelId) -> None:
        """Say that a channel has something to read. One that is being read is read once more afterwards."""
        if channel in self._reading:
            self._again.add(channel)
        elif channel not in self._queued:
            self._queued.add(channel)
            self._queue.append(channel)
            self._arrived.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(self._keep_reading())
            group.create_task(self._keep_sweeping())
            group.create_task(self._parked.keep_going(self._return_parked, every_seconds=TEND_SECONDS))
            group.create_task(self._old.keep_going(self._forget_read, every_seconds=TEND_SECONDS))

    async def _keep_reading(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            channel = await self._next()
            await self._step_back()
            began = loop.time()
            self._reading.add(channel)
            try:
                more = await self._read(channel)
            finally:
                self._reading.discard(channel)
            if more or channel in self._again:
                self._again.discard(channel)
                self.wake(channel)
            await asyncio.sleep(min(REST_FACTOR * (loop.time() - began), REST_SECONDS))

    async def _step_back(self) -> None:
        """Leave the processor to the webhooks while they queue up, but not for ever."""
        for _ in range(round(self._step_back_seconds / LOOK_FOR_PRESSURE_SECONDS)):
            if not self._pressed():
                return
            await asyncio.sleep(LOOK_FOR_PRESSURE_SECONDS)

    async def _next(self) -> ChannelId:
        while not self._queue:
            self._arrived.clear()
            await self._arrived.wait()
        channel = self._queue.popleft()
        self._queued.discard(channel)
        return channel

    async def _read(self, channel_id: ChannelId) -> bool:
        """A batch; where it cannot be read, less and less of it. True where there may be more."""
        channel = self._registry.find(channel_id)
        if channel is None:
            return False
        try:
            return await self._read_batch(channel, limit=BATCH_UNDER_PRESSURE if self._pressed() else BATCH)
        except Exception as error:  # noqa: BLE001 - the edge: an outage is waited out, anything else is some row's fault
            if _is_outage(error):
                return await self._wait_out(channel, error)
            log.warning("batch_refused", channel_id=str(channel.id), error=type(error).__name__)
        return await self._read_around(channel)

    async def _read_around(self, channel: ConnectedChannel) -> bool:
        """Half as many after each refusal, twice as many after each success: one row holds up its neighbours for a moment."""
        limit = BATCH // 2
        for _ in range(BATCH):
            taken: list[bytes] = []
            try:
                if not await self._read_batch(channel, limit=limit, taken=taken):
                    return False
                limit = min(2 * limit, BATCH)
            except Exception as error:  # noqa: BLE001 - the edge: this row fails, its neighbours do not
                if _is_outage(error) or not taken:
                    return await self._wait_out(channel, error)
                if len(taken) == 1:
                    log.warning("row_refused", channel_id=str(channel.id), error=type(error).__name__)
                    await self._fail(channel, taken, reason=f"it cannot be written: {type(error).__name__}")
                limit = max(1, min(limit, len(taken)) // 2)
        return True

    async def _wait_out(self, channel: ConnectedChannel, error: Exception) -> bool:
        log.warning("inbound_interrupted", channel_id=str(channel.id), error=type(error).__name__)
        await asyncio.sleep(OUTAGE_SECONDS)
        return True

    async def _fail(self, channel: ConnectedChannel, keys: Sequence[bytes], *, reason: str) -> None:
        """Where this does not succeed the rows are still waiting, and found again."""
        try:
            async with self._database.transaction(channel.workspace_id) as connection:
                await self._settle(connection, channel, [_Read(key, (), "failed", reason) for key in keys], waits_for={})
        except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
            await self._wait_out(channel, error)

    async def _read_batch(self, channel: ConnectedChannel, *, limit: int, taken: list[bytes] | None = None) -> bool:
        """Read up to `limit` rows; True where there may be more. `taken` is told their keys, also where this raises."""
        now = self._clock.now()
        async with self._database.transaction(channel.workspace_id) as connection:
            if not await journal.claim_channel(connection, channel.workspace_id, channel.id):
                # Another process reads it, and may be past what was just said here.
                asyncio.get_running_loop().call_later(CLAIMED_ELSEWHERE_SECONDS, self.wake, channel.id)
                return False
            rows = await journal.waiting_items(connection, channel.workspace_id, channel.id, limit=limit)
            if not rows:
                return False
            if taken is not None:
                taken.extend(row["key"] for row in rows)
            unparked = await self._record(connection, channel, [_parse(channel, row) for row in rows], now=now)
        self._published()
        return unparked > 0 or len(rows) == limit

    async def _record(self, connection: Connection, channel: ConnectedChannel, reads: Sequence[_Read], *, now: datetime) -> int:
        """Write what was read; gives how many rows had waited for it."""
        items: Sequence[Item] = [item for read in reads for item in read.items]
        reader = Reader(channel.workspace_id, self._deployment_key, self._historic_after)
        items = await since_erasure(connection, channel, items, reader=reader)
        recorded = await record(connection, channel, items, reader=reader, now=now)
        await self._settle(connection, channel, reads, waits_for=recorded.waits_for)
        granted = [read.granted for read in reads if read.granted is not None]
        if granted:
            await note_lease(connection, channel.workspace_id, channel.id, lease=granted[-1][0], told_at=granted[-1][1])
        unparked = 0
        if recorded.arrived:
            unparked = await journal.unpark_items(connection, channel.workspace_id, channel.id, recorded.arrived)
        told = await give_notices(connection, channel, [*recorded.events, *recorded.held], now=now) if channel.hours is not None else []
        await outbox.append(connection, channel.workspace_id, [*recorded.events, *told], now=now)
        if channel.listens is not None and any(read.look for read in reads):
            await receiving.nudge_listener(connection, channel.workspace_id, channel.id, now=now)
        # Last, because senders lock a channel's state after replies and conversations.
        await gates.note_heard(connection, channel.workspace_id, channel.id, at=now)
        return unparked

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
            reasons=[_storable(read.reason) for read in reads],
            waits_for=[waits_for.get(read.key) for read in reads],
        )
        for state in states:
            self._rows.labels(channel.platform, state).inc()

    async def _keep_sweeping(self) -> None:
        while True:
            try:
                await self.sweep()
            except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                log.info("sweep_interrupted", sweep="waiting", error=type(error).__name__)
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Find what nobody said: rows left by a crash, by another process, or set to be read again. Raises DatabaseUnavailableError."""
        async with self._worker.transaction() as connection:
            waiting = await due.channels_with_waiting(connection, after=self._swept, limit=CHANNELS_A_SWEEP)
        self._swept = waiting[-1] if len(waiting) == CHANNELS_A_SWEEP else (NOBODY, NOBODY)
        for _, channel in waiting:
            self.wake(channel)

    async def tend(self) -> None:
        """One round of each: what is parked, what is old."""
        await self._parked.go(self._return_parked)
        await self._old.go(self._forget_read)

    async def _return_parked(self, workspace: WorkspaceId) -> None:
        """Read parked rows again now and then, for what they wait for may have come in the moment they were parked, or never will."""
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            await journal.return_parked(connection, workspace, now=now, given_up_before=now - PARKED_FOR)

    async def _forget_read(self, workspace: WorkspaceId) -> None:
        """Delete rows whose bodies are past retention, a few at a time; until then they are what tells a repeated delivery."""
        async with self._database.transaction(workspace) as connection:
            await journal.forget_read(connection, workspace, before=self._oldest(), limit=FORGET_BATCH)

    def _oldest(self) -> UUID:
        """Rows born before this are not kept."""
        return first_id_at(self._clock.now() - self._kept)


def _is_outage(error: Exception) -> bool:
    """Whether the same rows may be written a little later: the database is away, busy, or not yet migrated."""
    if isinstance(error, asyncpg.PostgresError):
        return not isinstance(error, (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError))
    return isinstance(error, DatabaseUnavailableError)


def _storable(reason: str) -> str:
    return reason[:REASON_LIMIT_CHARS].replace("\x00", "").encode("utf-8", "replace").decode()


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
        granted = None if parsed.lease is None else (parsed.lease, received_at)
        return _Read(row["key"], (), "ignored", parsed.ignored, granted, parsed.look)
    events = [_marked(event) for event in parsed.events] if row["backfilled"] else parsed.events
    return _Read(row["key"], [Item(row["key"], event, received_at) for event in events], "done", "", look=parsed.look)


def _marked(event: NeutralEvent) -> NeutralEvent:
    """What the platform did not deliver itself says so."""
    return replace(event, source=Source.BACKFILL) if event.source is Source.LIVE else event
