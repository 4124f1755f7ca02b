"""The sweep that begins the playbook's own work when its time has come. Started by `main`; decides nothing itself.

Times are rows: a process that was away finds afterwards what came due meanwhile.
"""

from collections.abc import Callable

from services.contracts.ids import WorkspaceId
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.rounds import Rounds
from services.routing.cadences import begin_due
from services.routing.statements.due import workspaces_with_due_cadences

SWEEP_SECONDS = 1.0


class Waker:
    """`app` works in one workspace at a time, `worker` sees in which of them something is due; `published` wakes the relay."""

    def __init__(self, app: Database, worker: Database, *, clock: Clock, published: Callable[[], None]) -> None:
        self._app = app
        self._clock = clock
        self._published = published
        self._rounds = Rounds(
            "cadences", worker, lambda connection, after: workspaces_with_due_cadences(connection, after=after, now=clock.now())
        )

    async def run(self) -> None:
        """A round every second, until cancelled."""
        await self._rounds.keep_going(self.begin, every_seconds=SWEEP_SECONDS)

    async def go(self) -> None:
        """One round."""
        await self._rounds.go(self.begin)

    async def begin(self, workspace: WorkspaceId) -> None:
        """Begin all that is due in a workspace, a batch a transaction."""
        more = True
        while more:
            now = self._clock.now()
            async with self._app.transaction(workspace) as connection:
                events, more = await begin_due(connection, workspace, now=now)
                await outbox.append(connection, workspace, events, now=now)
            if events:
                self._published()
