"""What time brings about in conversations: snoozes end; and the ledger's sums are folded. Started by `main`, by the clock port.

Swept some workspaces at a time; any number of processes may sweep.
"""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog

from services.engagement.conversations.changing import wake_due
from services.engagement.registry import ChannelRegistry, Rounds
from services.engagement.statements import ledger
from services.kit.clock import Clock
from services.kit.db import Database, DatabaseUnavailableError

SWEEP_SECONDS = 1.0
WORKSPACES_A_SWEEP = 50
BATCH = 200
# Parts of a workspace's sums that are left beside one another.
PARTS_KEPT = 100

log = structlog.get_logger()


class Sweeper:
    """The sweep. `database` is of the role `app`; `published` wakes the relay."""

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
                log.info("sweep_interrupted", error=type(error).__name__)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _sweep(self) -> None:
        for workspace, _ in self._rounds.next():
            async with self._database.transaction(workspace) as connection:
                woken = await wake_due(connection, workspace, now=self._clock.now(), limit=BATCH)
                await ledger.fold_sums(connection, workspace, beyond=PARTS_KEPT)
            if woken:
                self._published()
