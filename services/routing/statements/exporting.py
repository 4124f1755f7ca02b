"""Statements that tell everything that routing keeps of a person, for the person. As `app`; called by `exporting`.

Tables that have no index by profile are walked in the order of their keys, a batch at a time.
"""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from services.contracts.ids import ProfileId, WorkspaceId
from services.kit.db import Connection
from services.kit.ids import FIRST_ID

BATCH = 1000
EXPORTED_ROWS = 10_000
_INDEXED = ("profile_kind", "stage_step")
_WALKED = (("triage_result", "interaction_id"), ("task", "id"), ("resolution", "id"))


async def exported_work(
    connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId]
) -> AsyncIterator[list[tuple[str, dict[str, object]]]]:
    """Table and row, without the workspace, a batch at a time: kinds, the journey, verdicts, tasks, matters."""
    for table in _INDEXED:
        rows = await connection.fetch(
            f"SELECT to_jsonb(t) - 'workspace_id' AS data FROM {table} t WHERE t.workspace_id = $1 AND t.profile_id = ANY($2) LIMIT $3",
            workspace,
            list(profiles),
            EXPORTED_ROWS,
        )
        yield [(table, row["data"]) for row in rows]
    for table, key in _WALKED:
        after: UUID | None = FIRST_ID
        while after is not None:
            walked = await connection.fetch(
                f"""
                SELECT t.{key} AS place, CASE WHEN t.profile_id = ANY($2) THEN to_jsonb(t) - 'workspace_id' END AS data
                FROM {table} t WHERE t.workspace_id = $1 AND t.{key} > $3 ORDER BY t.{key} LIMIT $4
                """,
                workspace,
                list(profiles),
                after,
                BATCH,
            )
            yield [(table, row["data"]) for row in walked if row["data"]]
            after = walked[-1]["place"] if len(walked) == BATCH else None
