"""What stays of whoever was erased: a row that says until when, so that what comes late about that time is not written again.

Asked by everything that writes about subjects, in its transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection

_ERASED = """
SELECT subject_id, erased_at FROM erased WHERE workspace_id = $1 AND subject_id = ANY($2::uuid[])
"""
_REMEMBER = """
INSERT INTO erased (workspace_id, subject_id, erased_at, version)
SELECT $1, subject_id, $4, version FROM unnest($2::uuid[], $3::int[]) AS s (subject_id, version) ORDER BY subject_id
ON CONFLICT ON CONSTRAINT erased_pkey DO UPDATE SET
    erased_at = greatest(erased.erased_at, EXCLUDED.erased_at), version = greatest(erased.version, EXCLUDED.version)
"""


async def erased_among(connection: Connection, workspace: WorkspaceId, subjects: Sequence[UUID]) -> dict[UUID, datetime]:
    """Those that were erased, each with the moment until which nothing of it may be written."""
    if not subjects:
        return {}
    return {row["subject_id"]: row["erased_at"] for row in await connection.fetch(_ERASED, workspace, list(subjects))}


async def remember_erased(
    connection: Connection, workspace: WorkspaceId, *, subjects: Sequence[UUID], versions: Sequence[int], at: datetime
) -> None:
    """From now on nothing from before `at` is written about these. A second erasure only moves the moment on."""
    await connection.execute(_REMEMBER, workspace, list(subjects), list(versions), at)
