"""Rounds of sweeps: which workspaces have something due, asked of the database in one statement. Called by every sweep.

At rest a sweep costs that statement and no transaction per workspace; each workspace has its turn, however much another has due.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import asyncpg
import structlog

from services.contracts.ids import WorkspaceId
from services.engagement.statements.due import Turn
from services.kit.db import Connection, Database
from services.kit.errors import UnavailableError

NOBODY = UUID(int=0)

log = structlog.get_logger()


class Rounds:
    """One sweep's rounds. `worker` is of the role that sees all workspaces; `find` asks for those that come after one of them."""

    def __init__(self, name: str, worker: Database, find: Callable[[Connection, UUID], Awaitable[Turn]]) -> None:
        self._name = name
        self._worker = worker
        self._find = find
        self._after = NOBODY

    async def next(self) -> Sequence[WorkspaceId]:
        """Those that have something due, in order of their ids. Raises DatabaseUnavailableError."""
        async with self._worker.transaction() as connection:
            turn = await self._find(connection, self._after)
        self._after = turn.resume or NOBODY
        return turn.due

    async def go(self, work: Callable[[WorkspaceId], Awaitable[None]]) -> None:
        """Do the work where something is due; where it cannot be done now, the others are not kept waiting."""
        try:
            workspaces = await self.next()
        except (UnavailableError, asyncpg.PostgresError) as error:
            log.info("sweep_interrupted", sweep=self._name, error=type(error).__name__)
            return
        for workspace in workspaces:
            try:
                await work(workspace)
            except (UnavailableError, asyncpg.PostgresError) as error:
                log.info("sweep_interrupted", sweep=self._name, workspace_id=str(workspace), error=type(error).__name__)

    async def keep_going(self, work: Callable[[WorkspaceId], Awaitable[None]], *, every_seconds: float) -> None:
        """A round, and so on until cancelled."""
        while True:
            await self.go(work)
            await asyncio.sleep(every_seconds)
