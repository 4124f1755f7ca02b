"""Rounds of sweeps: which workspaces have something due, asked of the database in one statement. Called by every sweep.

The statement walks an index from workspace to workspace, one step for each that has anything, however much that is, and looks there for
something due. At rest a sweep costs that statement and no transaction per workspace; each workspace has its turn, however much another
has due. Knows no table: services say which.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import structlog

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection, Database
from services.kit.errors import UnavailableError

NOBODY = UUID(int=0)

log = structlog.get_logger()

# Workspaces that a statement visits at most; the next one goes on there.
STEPS = 2000


@dataclass(frozen=True, slots=True)
class Turn:
    """Workspaces that have something due, and the one after which the next turn begins; None: there are no more."""

    due: Sequence[WorkspaceId]
    resume: UUID | None


def any_due(table: str, condition: str) -> str:
    """SQL: whether this workspace has a row `t` of the table of which the condition holds."""
    # OFFSET keeps it a look into this workspace: else all that is due anywhere may be gathered first.
    return f"EXISTS (SELECT FROM {table} t WHERE t.workspace_id = w.workspace_id AND {condition} OFFSET 0)"


def _walk(table: str, rows: str, due: str, *, name: str) -> tuple[str, str]:
    """The walk over workspaces that have such rows in the table, and those of them in which `due` holds."""
    step = f"SELECT t.workspace_id FROM {table} t WHERE {rows} AND t.workspace_id > {{}} ORDER BY t.workspace_id LIMIT 1"
    walk = f"""
        {name} (workspace_id, place) AS (
            SELECT n.workspace_id, 1 FROM ({step.format("$1")}) n
            UNION ALL
            SELECT n.workspace_id, w.place + 1 FROM {name} w CROSS JOIN LATERAL ({step.format("w.workspace_id")}) n WHERE w.place < $2
        )"""
    return walk, f"SELECT w.workspace_id FROM {name} w WHERE {due}"


def walks(*walks: tuple[str, str, str], besides: Sequence[str] = ()) -> str:
    """One statement of several walks, each (table, rows, due), and of selects that need none."""
    made = [_walk(*walk, name=f"walk_{number}") for number, walk in enumerate(walks)]
    last = ", ".join(f"(SELECT workspace_id FROM walk_{number} WHERE place = $2)" for number in range(len(made)))
    return f"""
        WITH RECURSIVE {",".join(walk for walk, _ in made)}
        SELECT ARRAY({" UNION ".join([*(due for _, due in made), *besides])}) AS due, least({last}) AS resume
    """


async def take_turn(connection: Connection, statement: str, after: UUID, *values: object) -> Turn:
    """Ask such a statement for workspaces after one; its own values begin at $3."""
    row = await connection.fetchrow(statement, after, STEPS, *values)
    if row is None:
        message = "a statement without FROM gives one row"
        raise LookupError(message)
    return Turn(sorted(row["due"]), row["resume"])


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
