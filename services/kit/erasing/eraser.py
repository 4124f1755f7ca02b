"""The job that erases a subject from one service, a pass after the other until one finds nothing. Run by each service's `compose`.

A crash at any moment leaves the job due; every step may be done again. What is under way (a delivery being read, an event being
published) is waited for by the next pass. At the end the service says what it removed, in the transaction that ends the job.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec
import orjson
import structlog

from services.contracts.envelope import Event
from services.contracts.ids import WorkspaceId
from services.kit import outbox
from services.kit.bus import Bus
from services.kit.clock import Clock
from services.kit.crypto import SealBrokenError, Vault
from services.kit.db import Connection, Database
from services.kit.erasing import jobs, streams, traces
from services.kit.erasing.subject import Subject, open_subject
from services.kit.erasing.tombstones import remember_erased
from services.kit.errors import UnavailableError

LOOK_SECONDS = 0.5
LEASE = timedelta(minutes=5)
# The first passes follow one another closely; what is waited for longer is looked at more seldom.
AGAIN = (*(timedelta(seconds=seconds) for seconds in (1, 1, 1, 2, 5, 15)), timedelta(minutes=1))
CLEAN_PASSES = 2
# What was being written when the job began is told of a moment later, and of the time before it all the same.
UNDER_WAY = timedelta(seconds=2)

log = structlog.get_logger()


@dataclass(slots=True)
class Removed:
    """What a service's own step removed: counts by kind, ids by which kept answers name it, and whether something must be waited for."""

    counts: Counter[str] = field(default_factory=Counter)
    named: set[str] = field(default_factory=set)
    waits: bool = False


Remove = Callable[[WorkspaceId, Subject, datetime], Awaitable[Removed]]
Ending = Callable[[Connection, WorkspaceId, UUID, dict[str, int], datetime], Awaitable[Sequence[Event]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """A job to be begun: which erasure, the sealed subject, and what was removed already."""

    id: UUID
    sealed: str
    removed: Mapping[str, int] = field(default_factory=dict)


async def begin_erasing(connection: Connection, workspace: WorkspaceId, asked: Begin, *, vault: Vault, now: datetime) -> None:
    """From this transaction on nothing of that time is written about the subject; the job follows. A second time changes nothing."""
    subject = open_subject(vault, workspace, asked.id, asked.sealed)
    profiles = sorted(subject.profiles)
    versions = [subject.profiles[each] for each in profiles]
    await remember_erased(connection, workspace, subjects=profiles, versions=versions, at=subject.at)
    await jobs.begun(connection, workspace, asked.id, sealed=asked.sealed, counts=_json(Counter(asked.removed)), now=now)


class Eraser:
    """The jobs of one service. `remove` takes the subject out of its own tables, `ending` writes down the end and gives its events.

    `app` is the role under row-level security, `worker` sees where a job is due.
    """

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        service: str,
        *,
        app: Database,
        worker: Database,
        bus: Bus,
        vault: Vault,
        clock: Clock,
        published: Callable[[], None],
        remove: Remove,
        ending: Ending,
    ) -> None:
        self._service = service
        self._app = app
        self._worker = worker
        self._bus = bus
        self._vault = vault
        self._clock = clock
        self._published = published
        self._remove = remove
        self._ending = ending

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self.round()
            except (UnavailableError, asyncpg.PostgresError) as error:
                log.info("erasing_interrupted", service=self._service, error=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def round(self) -> None:
        """One pass of every job that is due."""
        async with self._worker.transaction() as connection:
            due = await jobs.due(connection, now=self._clock.now())
        for workspace, erasure in due:
            try:
                await self._pass(workspace, erasure)
            except (UnavailableError, asyncpg.PostgresError, SealBrokenError, msgspec.DecodeError) as error:
                log.warning("erasing_not_done", service=self._service, erasure_id=str(erasure), error=type(error).__name__)

    async def _pass(self, workspace: WorkspaceId, erasure: UUID) -> None:
        now = self._clock.now()
        async with self._app.transaction(workspace) as connection:
            job = await jobs.claimed(connection, workspace, erasure, now=now, until=now + LEASE)
        if job is None:
            return
        subject = open_subject(self._vault, workspace, erasure, job["sealed"])
        until = job["begun_at"] + UNDER_WAY
        removed = await self._remove(workspace, subject, until)
        await self._sweep(workspace, subject, removed, until=until)
        counts = Counter(orjson.loads(job["counts"])) + removed.counts
        clean = 0 if removed.waits or removed.counts.total() else job["clean"] + 1
        async with self._app.transaction(workspace) as connection:
            if clean >= CLEAN_PASSES:
                await self._end(connection, workspace, erasure, counts=counts)
            else:
                due_at = self._clock.now() + AGAIN[min(job["passes"], len(AGAIN) - 1)]
                await jobs.postponed(connection, workspace, erasure, counts=_json(counts), clean=clean, due_at=due_at)
        self._published()

    async def _sweep(self, workspace: WorkspaceId, subject: Subject, removed: Removed, *, until: datetime) -> None:
        removed.counts += await traces.sweep_outbox(self._app, workspace, subject, until=until)
        removed.counts += await traces.sweep_dead_letters(self._app, workspace, subject, until=until)
        removed.counts += await traces.sweep_answers(self._app, workspace, subject, named=removed.named, until=until)
        gone, waits = await streams.sweep_stream(self._bus, self._service, workspace, subject, until=until)
        removed.counts += Counter(stream_messages=gone)
        removed.waits |= waits

    async def _end(self, connection: Connection, workspace: WorkspaceId, erasure: UUID, *, counts: Counter[str]) -> None:
        now = self._clock.now()
        await jobs.ended(connection, workspace, erasure, counts=_json(counts), now=now)
        events = await self._ending(connection, workspace, erasure, {kind: count for kind, count in sorted(counts.items()) if count}, now)
        await outbox.append(connection, workspace, events, now=now)
        log.info("erased", service=self._service, erasure_id=str(erasure), removed=counts.total())


def _json(counts: Counter[str]) -> str:
    return orjson.dumps(counts).decode()
