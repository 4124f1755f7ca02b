"""Does imports, a chunk a transaction, one workspace after another. Started by `main` and by a command; woken by REST, swept behind that.

Any number of processes may work: a job is held until its chunk's commit, and a crash leaves it where it was.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass

import asyncpg
import msgspec
import structlog

from services.contracts.ids import ImportId, WorkspaceId
from services.contracts.vocabulary import ImportState
from services.identity.statements import imports as statements
from services.identity.transfer.jobs import advance_import, claim_import, end_import
from services.identity.transfer.preparing import Chunk, Place, Prepared, prepare_rows, read_chunk
from services.identity.transfer.rows import Reading
from services.kit.clock import Clock
from services.kit.db import UNREACHABLE, Connection, Database, DatabaseUnavailableError

SWEEP_SECONDS = 1.0
MOST_ATTEMPTS = 6
GIVEN_UP = "It failed several times in a row at one place; see the service's log."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A chunk that is read before its turn."""

    place: Place
    prepared: asyncio.Task[Prepared]


class ImportWorker:
    """The worker. `database` is of the role `app`, `worker` sees where there are imports; `published` wakes the relay."""

    def __init__(self, database: Database, *, worker: Database, deployment_key: bytes, published: Callable[[], None], clock: Clock) -> None:
        self._database = database
        self._worker = worker
        self._deployment_key = deployment_key
        self._published = published
        self._clock = clock
        self._woken: set[WorkspaceId] = set()
        self._next: _Ahead | None = None
        self._arrived = asyncio.Event()

    def wake(self, workspace: WorkspaceId) -> None:
        """Say that a workspace has an import."""
        self._woken.add(workspace)
        self._arrived.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._arrived.wait()
            self._arrived.clear()
            await self.round()

    async def round(self) -> None:
        """A chunk in each workspace that was woken or has an import that nobody works on."""
        woken, self._woken = self._woken, set()
        try:
            async with self._worker.transaction() as connection:
                woken.update(await statements.workspaces_with_imports(connection, now=self._clock.now()))
        except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
            log.info("import_interrupted", error=type(error).__name__)
        for workspace in sorted(woken):
            # Only one chunk is held beside the one that is written, so that it is of use only where nobody else's comes between.
            if await self.work(workspace, ahead=len(woken) == 1):
                self.wake(workspace)

    async def work(self, workspace: WorkspaceId, *, ahead: bool = True) -> bool:
        """One chunk of one import, and `ahead` the reading of the one behind it meanwhile; whether there was any to do."""
        job: ImportId | None = None
        try:
            async with self._database.transaction(workspace) as connection:
                now = self._clock.now()
                claimed = await claim_import(connection, workspace, now=now)
                if claimed is None:
                    return False
                job = ImportId(claimed["id"])
                prepared = await self._prepared(connection, workspace, claimed)
                if ahead:
                    await self._read_ahead(connection, workspace, prepared)
                await advance_import(connection, workspace, claimed, prepared, deployment_key=self._deployment_key, now=now)
        except (DatabaseUnavailableError, *UNREACHABLE) as error:
            log.info("import_interrupted", error=type(error).__name__)
            return False
        except Exception as error:  # noqa: BLE001 - the edge of the worker: one import that breaks must not hold up the others
            await self._suffer(workspace, job, error)
            return False
        self._published()
        return True

    async def _prepared(self, connection: Connection, workspace: WorkspaceId, claimed: asyncpg.Record) -> Prepared:
        """The next chunk of a claimed import, which may lie ready, unless another process took that one."""
        place = Place.of(claimed)
        ready, self._next = self._next, None
        if ready is not None:
            if ready.place == place:
                return await ready.prepared
            ready.prepared.cancel()
        reading = msgspec.convert(claimed["reading"], Reading)
        chunk = await read_chunk(connection, workspace, place, reading=reading)
        return await self._preparing(workspace, chunk, place=place, reading=reading)

    async def _read_ahead(self, connection: Connection, workspace: WorkspaceId, prepared: Prepared) -> None:
        """Begin with the chunk behind this one; what goes wrong with it is told in its turn."""
        if not prepared.chunk.ended:
            place, reading = prepared.place.behind(prepared.chunk), prepared.reading
            chunk = await read_chunk(connection, workspace, place, reading=reading)
            self._next = _Ahead(place, asyncio.create_task(self._preparing(workspace, chunk, place=place, reading=reading)))

    def _preparing(self, workspace: WorkspaceId, chunk: Chunk, *, place: Place, reading: Reading) -> Coroutine[None, None, Prepared]:
        return prepare_rows(chunk, workspace=workspace, place=place, reading=reading, deployment_key=self._deployment_key)

    async def _suffer(self, workspace: WorkspaceId, job: ImportId | None, error: Exception) -> None:
        """Remember a chunk that failed, and not because of some of its rows; an import that gets no further is given up."""
        attempts = 0
        if job is not None:
            with suppress(DatabaseUnavailableError, asyncpg.PostgresError, *UNREACHABLE):
                async with self._database.transaction(workspace) as connection:
                    now = self._clock.now()
                    attempts = await statements.attempted_import(connection, workspace, job, now=now) or 0
                    if attempts >= MOST_ATTEMPTS:
                        await end_import(connection, workspace, job, state=ImportState.FAILED, reason=GIVEN_UP, now=now)
        log.error("import_chunk_failed", workspace_id=str(workspace), import_id=str(job), attempt=attempts, error=type(error).__name__)
