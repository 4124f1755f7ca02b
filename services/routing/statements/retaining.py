"""What of routing's is old: sentences in verdicts and in tasks that ended, which quote people; walked in order of ids. All as `app`.

How they are emptied is in `erasing` and `tasks`. `held` are profiles of whom nothing goes.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection
from services.kit.ids import first_id_at

BATCH = 500

_VERDICTS = """
SELECT interaction_id AS id, profile_id, why = '' AS emptied, profile_id = ANY($5::uuid[]) AS kept FROM triage_result
WHERE workspace_id = $1 AND interaction_id > $2 AND interaction_id < $3 ORDER BY interaction_id LIMIT $4
"""
_TASKS = """
SELECT id, profile_id, why = '' AND guidance = '' AS emptied, profile_id = ANY($5::uuid[]) OR completed_at IS NULL AS kept FROM task
WHERE workspace_id = $1 AND id > $2 AND id < $3 ORDER BY id LIMIT $4
"""


async def old_verdicts(
    connection: Connection, workspace: WorkspaceId, *, after: UUID, until: datetime, held: Sequence[UUID]
) -> list[asyncpg.Record]:
    """A batch of verdicts on what came until then: which are `emptied` already, and which are `kept` for now."""
    return await connection.fetch(_VERDICTS, workspace, after, first_id_at(until), BATCH, list(held))


async def old_tasks(
    connection: Connection, workspace: WorkspaceId, *, after: UUID, until: datetime, held: Sequence[UUID]
) -> list[asyncpg.Record]:
    """As `old_verdicts`, of tasks; an open one is kept."""
    return await connection.fetch(_TASKS, workspace, after, first_id_at(until), BATCH, list(held))
