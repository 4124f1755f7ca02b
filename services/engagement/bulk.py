"""Does the jobs of bulk actions, a batch a transaction, one workspace after another. Started by `main`; woken by REST, swept behind that.

Any number of processes may work: a batch's rows are held until its commit, and a crash leaves them waiting.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import asyncpg
import structlog

from services.contracts.ids import WorkspaceId
from services.engagement.conversations.jobs import advance_job
from services.engagement.registry import ChannelRegistry, Rounds
from services.kit.clock import Clock
from services.kit.db import Database, DatabaseUnavailableError

SWEEP_SECONDS = 1.0
WORKSPACES_A_SWEEP = 50

log = structlog.get_logger()


class BulkWorker:
    """The worker. `database` is of the role `app`; `published` wakes the relay."""

    def __init__(self, registry: ChannelRegistry, database: Database, *, published: Callable[[], None], clock: Clock) -> None:
        self._database = database
        self._published = published
        self._clock = clock
        self._rounds = Rounds(registry, size=WORKSPACES_A_SWEEP)
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
            due, self._woken = self._woken, set()
            for workspace in sorted({*due, *(each for each, _ in self._rounds.next())}):
                await self._work(workspace)

    async def _work(self, workspace: WorkspaceId) -> None:
        """One batch; where there was one, the workspace's turn comes again after the others'."""
        try:
            async with self._database.transaction(workspace) as connection:
                worked = await advance_job(connection, workspace, now=self._clock.now())
        except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
            log.info("bulk_interrupted", error=type(error).__name__)
            return
        if worked:
            self._published()
            self.wake(workspace)
