"""Wakes snoozed conversations when their time has come. Started by `main`; swept, some workspaces at a time, by the clock port."""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog

from services.engagement.conversations.changing import wake_due
from services.engagement.registry import ChannelRegistry, Rounds
from services.kit.clock import Clock
from services.kit.db import Database, DatabaseUnavailableError

SWEEP_SECONDS = 1.0
WORKSPACES_A_SWEEP = 50
BATCH = 200

log = structlog.get_logger()


class Waker:
    """The sweep. `database` is of the role `app`; any number of processes may run it. `published` wakes the relay."""

    def __init__(self, registry: ChannelRegistry, database: Database, *, published: Callable[[], None], clock: Clock) -> None:
        self._database = database
        self._published = published
        self._clock = clock
        self._rounds = Rounds(registry, size=WORKSPACES_A_SWEEP)

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self._sweep()
            except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                log.info("waking_interrupted", error=type(error).__name__)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _sweep(self) -> None:
        for workspace, _ in self._rounds.next():
            async with self._database.transaction(workspace) as connection:
                woken = await wake_due(connection, workspace, now=self._clock.now(), limit=BATCH)
            if woken:
                self._published()
