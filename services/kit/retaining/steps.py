"""What a service does for a rule: find what is old, a batch in order of ids, and remove it. Plain data; made by services.

Finding and removing are apart so that a dry run finds what a sweep would remove, and removes nothing.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One batch: what was kept at `cutoff` or before is old, but not what is of `held` profiles. `run` is what emptied rows hang on.

    `dry`: nothing will be removed.
    """

    run: UUID
    cutoff: datetime
    now: datetime
    after: UUID
    held: Sequence[UUID] = ()
    narrowed: str = ""
    dry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Rows that are to go, each with its `id`, and with `profile_id` where it is a person's. `after` is None at the end.

    `skipped`: some were passed over that may go one day. `full`: no more can be begun now, the rest is for a later round.
    """

    rows: Sequence[asyncpg.Record]
    after: UUID | None
    skipped: bool = False
    full: bool = field(default=False)


Find = Callable[[Connection, WorkspaceId, Pass], Awaitable[Found]]
Remove = Callable[[Connection, WorkspaceId, Pass, Sequence[asyncpg.Record]], Awaitable[Counter[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One table's part in the rules of a kind. `ordered`: its ids are in order of age, so that the next run goes on after the last."""

    name: str
    kind: str
    find: Find
    remove: Remove
    ordered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one run removed."""

    run: UUID
    kind: str
    version: int
    began_at: datetime
    at: datetime
    removed: dict[str, int]


Old = Callable[..., Awaitable[list[asyncpg.Record]]]


def walking(old: Old, *, batch: int) -> Find:
    """Finds by a statement that gives a batch of rows after an id: `emptied` ones are past, `kept` ones stay for now, the others go."""

    async def find(connection: Connection, workspace: WorkspaceId, going: Pass) -> Found:
        rows = await old(connection, workspace, after=going.after, until=going.cutoff, held=going.held)
        left = [row for row in rows if not row["emptied"]]
        goes = [row for row in left if not row["kept"]]
        return Found(rows=goes, after=rows[-1]["id"] if len(rows) == batch else None, skipped=len(goes) < len(left))

    return find
