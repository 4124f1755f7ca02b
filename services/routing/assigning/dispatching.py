"""The sweep that gives waiting tasks without being asked, where a workspace wants that. Started by `main`; looks at no task itself."""

from collections.abc import Callable

from services.contracts.ids import WorkspaceId
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.rounds import Rounds
from services.routing.assigning.giving import give_tasks
from services.routing.members import Members
from services.routing.statements.due import workspaces_that_push

SWEEP_SECONDS = 1.0


class Dispatcher:
    """`app` works in one workspace at a time, `worker` sees which want it; `published` wakes the relay."""

    def __init__(self, app: Database, worker: Database, *, members: Members, clock: Clock, published: Callable[[], None]) -> None:
        self._app = app
        self._members = members
        self._clock = clock
        self._published = published
        self._rounds = Rounds("assigning", worker, lambda connection, after: workspaces_that_push(connection, after=after))

    async def run(self) -> None:
        """A round every second, until cancelled."""
        await self._rounds.keep_going(self.give, every_seconds=SWEEP_SECONDS)

    async def go(self) -> None:
        """One round."""
        await self._rounds.go(self.give)

    async def give(self, workspace: WorkspaceId) -> None:
        """Give all that can be given, a batch a transaction."""
        await self._members.fill(workspace)
        more = True
        while more:
            now = self._clock.now()
            async with self._app.transaction(workspace) as connection:
                events = await give_tasks(connection, workspace, now=now)
                await outbox.append(connection, workspace, events, now=now)
            more = bool(events)
            if more:
                self._published()
