"""Does the jobs of bulk actions, a batch a transaction, one workspace after another. Started by `main`; woken by REST, swept behind that.

Any number of processes may work: a job and a batch's rows are held until the commit, and a crash leaves them waiting. What fails
unexpectedly is tried again more and more slowly, and given up after the fifth time.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import asyncpg
import structlog

from services.contracts.ids import JobId, WorkspaceId
from services.engagement.conversations.jobs import advance_job, claim_job, suffer_failure
from services.engagement.statements import due
from services.kit.clock import Clock
from services.kit.db import UNREACHABLE, Database, DatabaseUnavailableError
from services.kit.rounds import Rounds

SWEEP_SECONDS = 1.0

log = structlog.get_logger()


class BulkWorker:
    """The worker. `database` is of the role `app`, `worker` sees where there are jobs; `published` wakes the relay."""

    def __init__(self, database: Database, *, worker: Database, published: Callable[[], None], clock: Clock) -> None:
        self._database = database
        self._published = published
        self._clock = clock
        self._rounds = Rounds(
            "jobs", worker, lambda connection, after: due.workspaces_with_free_jobs(connection, after=after, now=clock.now())
        )
        self._woken: set[WorkspaceId] = set()
        self._arrived = asyncio.Event()

    def wake(self, workspace: WorkspaceId) -> None:
        """Say that a workspace has a job."""
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
        """A batch in each workspace that was woken or has a job that nobody works on."""
        woken, self._woken = self._woken, set()
        try:
            woken.update(await self._rounds.next())
        except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
            log.info("bulk_interrupted", error=type(error).__name__)
        for workspace in sorted(woken):
            await self._work(workspace)

    async def _work(self, workspace: WorkspaceId) -> None:
        """One batch; where there was one, the workspace's turn comes again after the others'."""
        job: JobId | None = None
        try:
            async with self._database.transaction(workspace) as connection:
                claimed = await claim_job(connection, workspace, now=self._clock.now())
                if claimed is None:
                    return
                job = JobId(claimed["id"])
                await advance_job(connection, workspace, claimed, now=self._clock.now())
        except (DatabaseUnavailableError, *UNREACHABLE) as error:
            log.info("bulk_interrupted", error=type(error).__name__)
            return
        except Exception as error:  # noqa: BLE001 - the edge of the worker: one job that breaks must not hold up the others
            await self._suffer(workspace, job, error)
            return
        self._published()
        self.wake(workspace)

    async def _suffer(self, workspace: WorkspaceId, job: JobId | None, error: Exception) -> None:
        attempt = 0
        if job is not None:
            try:
                async with self._database.transaction(workspace) as connection:
                    attempt = await suffer_failure(connection, workspace, job, now=self._clock.now())
            except (DatabaseUnavailableError, asyncpg.PostgresError, *UNREACHABLE) as unwritten:
                log.info("bulk_interrupted", error=type(unwritten).__name__)
            self._published()
        log.error("bulk_batch_failed", workspace_id=str(workspace), job_id=str(job), attempt=attempt, error=type(error).__name__)
