"""Dead letters are copies of events, and as old as what they tell: they go by the same rule. A step of every service."""

from collections import Counter
from collections.abc import Sequence

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection
from services.kit.ids import first_id_at
from services.kit.retaining.steps import Found, Pass, Step

BATCH = 500
_FIND = """
SELECT id, NULL::uuid AS profile_id, EXISTS (SELECT FROM unnest($5::text[]) AS h WHERE position(h IN payload) > 0) AS held
FROM dead_letter WHERE workspace_id = $1 AND id > $2 AND id < $3 ORDER BY id LIMIT $4
"""
_REMOVE = "DELETE FROM dead_letter WHERE workspace_id = $1 AND id = ANY($2::uuid[])"


def letters_step(kind: str) -> Step:
    """Dead letters that are older than a rule of this kind says."""
    return Step(name="dead_letters", kind=kind, find=_find, remove=_remove)


async def _find(connection: Connection, workspace: WorkspaceId, going: Pass) -> Found:
    held = [str(each) for each in going.held]
    rows = await connection.fetch(_FIND, workspace, going.after, first_id_at(going.cutoff), BATCH, held)
    kept = [row for row in rows if not row["held"]]
    return Found(rows=kept, after=rows[-1]["id"] if len(rows) == BATCH else None, skipped=len(kept) < len(rows))


async def _remove(connection: Connection, workspace: WorkspaceId, _: Pass, rows: Sequence[asyncpg.Record]) -> Counter[str]:
    await connection.execute(_REMOVE, workspace, [row["id"] for row in rows])
    return Counter(dead_letters=len(rows))
