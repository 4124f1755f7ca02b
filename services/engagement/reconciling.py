"""The reconciler: asks platforms hourly for what they never delivered, and looks for gaps in what they number. Started by `main`.

One lease per channel; what is found enters the journal under the keys that live items have, so what was delivered stays as it is.
It never parses: that is the inbound worker's.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import asyncpg
import structlog

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.intake import journal_items
from services.engagement.protocol import Backfills, Heard, Net
from services.engagement.reading import text_of
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.engagement.statements import due, journal
from services.engagement.statements import reconciling as statements
from services.kit.clock import Clock
from services.kit.db import UNREACHABLE, Connection, Database, DatabaseUnavailableError
from services.kit.foundation import Foundation
from services.kit.ids import new_id
from services.kit.rounds import NOBODY
from services.kit.telemetry import Metrics

LOOK_SECONDS = 3.0
CHANNELS_A_LOOK = 1000
# After a start nothing is known; what is new then is noted some workspaces at a time.
BEGINNINGS_A_LOOK = 50
AT_ONCE = 4
EVERY = timedelta(hours=1)
AGAIN_AFTER = timedelta(minutes=5)
# Platforms show what happened a little later than they date it.
OVERLAP = timedelta(minutes=15)
LEASE = timedelta(minutes=5)
PAGE_SECONDS = 60.0
# Platforms deliver side by side: a number that is missing may be on its way.
GAP_SETTLES = timedelta(seconds=60)
GAP_ROWS = 2_000
# Who counts from somewhere else (Telegram after a quiet week) has left no gap.
LARGEST_GAP = 10_000
GAPS_WATCHED_FOR = timedelta(days=7)
REASON_LIMIT_CHARS = 500
_OUTAGE = (DatabaseUnavailableError, asyncpg.PostgresError, *UNREACHABLE)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Claim:
    """A channel that this process reconciles now."""

    channel: ConnectedChannel
    lease: UUID
    reconciled_until: datetime
    demanded_since: datetime | None

    @property
    def since(self) -> datetime:
        """From when to ask."""
        usual = self.reconciled_until - OVERLAP
        return usual if self.demanded_since is None else min(usual, self.demanded_since)


class Reconciler:
    """Compares channels with their platforms. `database` is of the role `app`, `worker` sees which channels are due.

    Any number of processes may run one.
    """

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        registry: ChannelRegistry,
        database: Database,
        *,
        worker: Database,
        net: Net,
        wake: Callable[[ChannelId], None],
        clock: Clock,
        metrics: Metrics,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._registry = registry
        self._database = database
        self._worker = worker
        self._net = net
        self._wake = wake
        self._clock = clock
        self._look_seconds = look_seconds
        self._known: set[ChannelId] = set()
        self._after: tuple[UUID, UUID] = (NOBODY, NOBODY)
        self._running = 0
        self._missing = metrics.counter("reconcile_missing", "Items that only reconciliation found, by platform", labels=("platform",))
        self._gaps = metrics.counter("journal_gaps", "Gaps in what a platform numbers, by platform", labels=("platform",))

    @classmethod
    def of(cls, foundation: Foundation, registry: ChannelRegistry, *, net: Net, wake: Callable[[ChannelId], None]) -> "Reconciler":
        """With the parts of a running service."""
        worker, clock, metrics = foundation.worker, foundation.clock, foundation.metrics
        return cls(registry, foundation.app, worker=worker, net=net, wake=wake, clock=clock, metrics=metrics)

    async def run(self) -> None:
        """Look until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self.look(group)
                await asyncio.sleep(self._look_seconds)

    async def look(self, group: asyncio.TaskGroup) -> None:
        """Note the channels that are new, look for gaps, and begin in `group` what is due, the longest due first."""
        try:
            await self._begin_new()
            rows = await self._next_rows()
        except _OUTAGE as error:
            log.info("reconciler_interrupted", error=type(error).__name__)
            return
        for row in sorted(rows, key=lambda row: cast("datetime", row["due_at"])):
            channel = self._registry.find(row["channel_id"])
            if channel is None or not _is_concerned(channel):
                continue
            try:
                await self._attend_to(channel, row, group)
            except _OUTAGE as error:
                log.info("reconciler_interrupted", channel_id=str(channel.id), error=type(error).__name__)

    async def _attend_to(self, channel: ConnectedChannel, row: asyncpg.Record, group: asyncio.TaskGroup) -> None:
        if row["is_numbered"] and channel.connector.declaration.numbers_events:
            async with self._database.transaction(channel.workspace_id) as connection:
                await self._look_for_gaps(connection, channel)
        if row["is_due"] and self._running < AT_ONCE and isinstance(channel.connector, Backfills):
            await self._begin(channel, group)

    async def _next_rows(self) -> Sequence[asyncpg.Record]:
        now = self._clock.now()
        async with self._worker.transaction() as connection:
            rows = await due.channels_to_reconcile(
                connection,
                after=self._after,
                limit=CHANNELS_A_LOOK,
                now=now,
                settled_before=now - GAP_SETTLES,
                gaps_since=now - GAPS_WATCHED_FOR,
            )
        more = bool(rows) and rows[-1]["place"] == CHANNELS_A_LOOK
        self._after = (rows[-1]["workspace_id"], rows[-1]["channel_id"]) if more else (NOBODY, NOBODY)
        return rows

    async def _begin_new(self) -> None:
        """Count channels that this process has not met as reconciled until now, unless that was said already."""
        new: dict[WorkspaceId, list[ChannelId]] = {}
        for workspace, ids in self._registry.by_workspace().items():
            unmet = [id_ for id_ in ids if id_ not in self._known]
            channels = [channel for channel in map(self._registry.find, unmet) if channel is not None and _is_concerned(channel)]
            if channels:
                new[workspace] = [channel.id for channel in channels]
        for workspace, begun in list(new.items())[:BEGINNINGS_A_LOOK]:
            now = self._clock.now()
            async with self._database.transaction(workspace) as connection:
                await statements.begin(connection, workspace, begun, now=now, due_at=now + EVERY)
            self._known.update(begun)

    async def _begin(self, channel: ConnectedChannel, group: asyncio.TaskGroup) -> None:
        """Reconcile a channel, unless another process has taken it meanwhile."""
        lease, now = new_id(), self._clock.now()
        async with self._database.transaction(channel.workspace_id) as connection:
            rows = await statements.claim_due(
                connection, channel.workspace_id, [channel.id], now=now, lease=lease, lease_until=now + LEASE, limit=1
            )
        for row in rows:
            self._running += 1
            group.create_task(self._reconcile(_Claim(channel, lease, row["reconciled_until"], row["demanded_since"])))

    async def _reconcile(self, claim: _Claim) -> None:
        """One channel to its end; where it breaks it is tried again soon, from the same moment."""
        began, channel, counted = self._clock.now(), claim.channel, [0]
        reason: str | None = None
        try:
            await self._ask(claim, counted)
        except Exception as error:  # noqa: BLE001 - the edge to a connector, and to the database: it is tried again
            log.warning("reconciliation_failed", channel_id=str(channel.id), error=type(error).__name__)
            reason = (text_of(str(error)) or type(error).__name__)[:REASON_LIMIT_CHARS]
        finally:
            self._running -= 1
        if counted[0]:
            log.warning("deliveries_were_missing", channel_id=str(channel.id), count=counted[0])
        self._missing.labels(channel.platform).inc(counted[0])
        await self._finish(claim, found=counted[0], reason=reason, began=began)

    async def _finish(self, claim: _Claim, *, found: int, reason: str | None, began: datetime) -> None:
        """Where this cannot be written the lease ends by itself, and the channel is asked once more."""
        now = self._clock.now()
        workspace = claim.channel.workspace_id
        try:
            async with self._database.transaction(workspace) as connection:
                await statements.finish(
                    connection,
                    workspace,
                    claim.channel.id,
                    lease=claim.lease,
                    reconciled_until=began if reason is None else None,
                    demanded_since=claim.demanded_since,
                    found=found,
                    reason=reason or "",
                    due_at=now + (EVERY if reason is None else AGAIN_AFTER),
                    now=now,
                )
        except _OUTAGE as error:
            log.info("reconciler_interrupted", error=type(error).__name__)

    async def _ask(self, claim: _Claim, counted: list[int]) -> None:
        """Put what is missing into the journal, page by page; `counted` is told how much it was, also where this raises."""
        channel = claim.channel
        stream = cast("Backfills", channel.connector).backfill(channel=channel.access, since=claim.since, net=self._net)
        async with aclosing(cast("AsyncGenerator[Heard, None]", stream)) as pages:  # every back-fill is a generator: it must be closable
            while True:
                async with asyncio.timeout(PAGE_SECONDS):
                    page = await anext(pages, None)
                if page is None:
                    return
                counted[0] += await self._admit(claim, page)

    async def _admit(self, claim: _Claim, page: Heard) -> int:
        channel, now = claim.channel, self._clock.now()
        # A connector may show items of other accounts; those have a channel, and a reconciliation, of their own.
        rows = [row for row in journal_items(self._registry, channel, page.items, headers="") if row.channel_id == channel.id]
        rows.sort(key=lambda row: row.key)
        async with self._database.transaction(channel.workspace_id) as connection:
            if not await statements.renew_lease(connection, channel.workspace_id, channel.id, lease=claim.lease, until=now + LEASE):
                raise LeaseLostError
            found = await journal.admit_missing(connection, rows, received_at=now) if rows else 0
        if found:
            self._wake(channel.id)
        return found

    async def _look_for_gaps(self, connection: Connection, channel: ConnectedChannel) -> None:
        """Numbers that did not come although a later one came a while ago; where the platform can be asked, it is asked at once."""
        workspace, now = channel.workspace_id, self._clock.now()
        (state,) = await statements.reconciliations_of(connection, workspace, [channel.id])
        rows = await statements.numbered_rows(connection, workspace, channel.id, beyond=state["checked_sequence"], limit=GAP_ROWS)
        gaps, checked = find_gaps([(row["sequence"], row["received_at"]) for row in rows], settled_before=now - GAP_SETTLES)
        if checked is not None and checked != state["checked_sequence"]:
            noticed = await statements.note_gaps(connection, workspace, channel.id, gaps=gaps, checked=checked, now=now)
            if noticed:
                log.warning("gap_noticed", channel_id=str(channel.id), gaps=noticed, events=sum(last - first + 1 for first, last in gaps))
                self._gaps.labels(channel.platform).inc(noticed)
                if isinstance(channel.connector, Backfills):
                    await statements.demand(connection, workspace, channel.id, since=rows[0]["received_at"] - OVERLAP, now=now)
        await statements.fill_gaps(connection, workspace, channel.id, now=now, since=now - GAPS_WATCHED_FOR)


class LeaseLostError(Exception):
    """Another process has taken the channel: it took us for dead."""


def find_gaps(rows: Sequence[tuple[int, datetime]], *, settled_before: datetime) -> tuple[list[tuple[int, int]], int | None]:
    """The missing numbers between these, in their order, as first and last; and the number up to which was looked.

    Nothing beyond the first row that came only lately is judged: its predecessors may be on their way.
    """
    gaps: list[tuple[int, int]] = []
    checked: int | None = None
    for number, received_at in rows:
        if checked is not None and received_at >= settled_before:
            break
        if checked is not None and 1 < number - checked <= LARGEST_GAP:
            gaps.append((checked + 1, number - 1))
        checked = number
    return gaps, checked


def _is_concerned(channel: ConnectedChannel) -> bool:
    return channel.active and (isinstance(channel.connector, Backfills) or channel.connector.declaration.numbers_events)
