"""What time brings about in conversations: snoozes end; and the ledger's sums are folded. Started by `main`, by the clock port.

Any number of processes may sweep.
"""

import asyncio
from collections.abc import Callable

from services.contracts.ids import WorkspaceId
from services.engagement.conversations.changing import wake_due
from services.engagement.statements import due, ledger
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.rounds import Rounds

SWEEP_SECONDS = 1.0
FOLD_SECONDS = 5.0
BATCH = 200
# Parts of a workspace's sums that are left beside one another.
PARTS_KEPT = 100


class Sweeper:
    """The sweeps. `database` is of the role `app`, `worker` sees where something is due; `published` wakes the relay."""

    def __init__(self, database: Database, *, worker: Database, published: Callable[[], None], clock: Clock) -> None:
        self._database = database
        self._published = published
        self._clock = clock
        self._snoozes = Rounds(
            "snoozes", worker, lambda connection, after: due.workspaces_with_due_snoozes(connection, after=after, now=clock.now())
        )
        self._sums = Rounds(
            "sums", worker, lambda connection, after: due.workspaces_with_many_sums(connection, after=after, beyond=PARTS_KEPT)
        )

    async def run(self) -> None:
        """Sweep until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._snoozes.keep_going(self._wake, every_seconds=SWEEP_SECONDS))
            group.create_task(self._sums.keep_going(self._fold, every_seconds=FOLD_SECONDS))

    async def sweep(self) -> None:
        """One round of each."""
        await self._snoozes.go(self._wake)
        await self._sums.go(self._fold)

    async def _wake(self, workspace: WorkspaceId) -> None:
        async with self._database.transaction(workspace) as connection:
            await wake_due(connection, workspace, now=self._clock.now(), limit=BATCH)
        self._published()

    async def _fold(self, workspace: WorkspaceId) -> None:
        async with self._database.transaction(workspace) as connection:
            await ledger.fold_sums(connection, workspace, beyond=PARTS_KEPT)
