"""Takes the rows of a chunk; where they cannot be written together, halves and halves of halves, until those that cannot stand alone.

Called by jobs, in the transaction of the chunk. What is not the rows' fault (no database, no room) is raised, and nobody is refused for it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import asyncpg
import structlog

from services.identity.transfer.rows import Person
from services.kit.db import BUSY, UNREACHABLE, Connection, DatabaseUnavailableError, savepoint

HOPELESS_ROWS = 20
"""So many rows alone, and not one that could be written: it is not these rows."""

Rows = Sequence[tuple[int, Person]]


class Keyed(Protocol):
    """A row that can say whose it is, for the report."""

    @property
    def key(self) -> str:
        """See Person."""
        ...


Row = TypeVar("Row", bound=Keyed)
Refusal = tuple[int, str, str, bool]
NOT_TAKEN = "The row could not be written; see the service's log."
log = structlog.get_logger()


@dataclass(slots=True)
class Sieve(Generic[Row]):
    """`take` writes rows and gives what it left out of them. `told` is the report, of `taken` rows and of those refused."""

    connection: Connection
    take: Callable[[Sequence[tuple[int, Row]]], Awaitable[list[Refusal]]]
    told: list[Refusal] = field(default_factory=list)
    taken: int = 0
    refused: int = 0

    async def sift(self, rows: Sequence[tuple[int, Row]]) -> None:
        """Write as many of these as can be. Raises whatever keeps all of them from being written."""
        try:
            async with savepoint(self.connection):
                left_out = await self.take(rows)
        except Exception as error:  # the edge of a row: whatever breaks on it is told in the report, and costs nobody else
            if _is_not_the_rows(error, alone=len(rows) == 1):
                raise
            await self._part(rows, error)
        else:
            self.told += left_out
            self.taken += len(rows)

    async def _part(self, rows: Sequence[tuple[int, Row]], error: Exception) -> None:
        if len(rows) > 1:
            middle = len(rows) // 2
            await self.sift(rows[:middle])
            await self.sift(rows[middle:])
            return
        ((line, row),) = rows
        self.told.append((line, row.key, NOT_TAKEN, False))
        self.refused += 1
        log.warning("import_row_refused", line=line, error=type(error).__name__)
        if self.refused >= HOPELESS_ROWS and not self.taken:
            raise error


def _is_not_the_rows(error: Exception, *, alone: bool) -> bool:
    """A statement that took too long may be of too many rows, but not of one."""
    if isinstance(error, asyncpg.QueryCanceledError):
        return alone
    return isinstance(error, (DatabaseUnavailableError, *UNREACHABLE, *BUSY)) and not isinstance(error, ValueError)
