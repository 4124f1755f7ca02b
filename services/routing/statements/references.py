"""Statements of what other systems call tasks. As `app`. Called by `references`; tasks themselves are read by `reading`."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import TaskId, WorkspaceId
from services.kit.db import Connection
from services.kit.references import Reference

MOST = 50
"""References of one task."""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('routing.reference:' || $1::uuid || $2 || '/' || $3 || '/' || $4, 0))"
_OWNER = "SELECT task_id FROM task_reference WHERE workspace_id = $1 AND system = $2 AND type = $3 AND external_id = $4"
_KEPT = """
INSERT INTO task_reference (workspace_id, system, type, external_id, task_id, url, by, set_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
WHERE EXISTS (SELECT FROM task_reference WHERE workspace_id = $1 AND system = $2 AND type = $3 AND external_id = $4)
   OR (SELECT count(*) FROM task_reference WHERE workspace_id = $1 AND task_id = $5) < $9
ON CONFLICT ON CONSTRAINT task_reference_pkey DO UPDATE SET url = coalesce(EXCLUDED.url, task_reference.url),
    by = EXCLUDED.by, set_at = EXCLUDED.set_at
"""
_TAKEN = "DELETE FROM task_reference WHERE workspace_id = $1 AND system = $2 AND type = $3 AND external_id = $4 AND task_id = $5"
_LOCK_TASK = "SELECT id FROM task WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE"
# A person is all profiles of the contact; a profile without a contact is one alone.
_OPEN_OF_PERSON = """
SELECT t.id FROM (
    SELECT $2::uuid UNION
    SELECT peer.profile_id FROM profile_contact own
    JOIN profile_contact peer ON peer.workspace_id = $1 AND peer.contact_id = own.contact_id
    WHERE own.workspace_id = $1 AND own.profile_id = $2
) AS circle (profile_id)
JOIN task t ON t.workspace_id = $1 AND t.profile_id = circle.profile_id AND t.discipline = $3 AND t.completed_at IS NULL
ORDER BY t.due_at, t.id LIMIT 1
"""
_MOVED = """
UPDATE task SET due_at = $3, urgency = $4, wakes_at = CASE WHEN due_at = $3 THEN wakes_at ELSE $5 END,
    warned_at = CASE WHEN due_at = $3 THEN warned_at END, missed_at = CASE WHEN due_at = $3 THEN missed_at END, version = version + 1
WHERE workspace_id = $1 AND id = $2 AND completed_at IS NULL
RETURNING id, conversation_id, profile_id, discipline, phase, urgency, state, member_id, why, due_at, outcome, version
"""


async def lock_reference(connection: Connection, workspace: WorkspaceId, named: Reference) -> None:
    """Until the transaction ends, nobody else gives or takes this reference."""
    await connection.execute(_LOCK, workspace, named.system, named.type, named.external_id)


async def owner_of_reference(connection: Connection, workspace: WorkspaceId, named: Reference) -> TaskId | None:
    """The task that is called so; None where none is."""
    found: UUID | None = await connection.fetchval(_OWNER, workspace, named.system, named.type, named.external_id)
    return None if found is None else TaskId(found)


async def lock_task(connection: Connection, workspace: WorkspaceId, task: TaskId) -> bool:
    """Let nobody else change the task until the transaction ends; False where there is none."""
    return await connection.fetchval(_LOCK_TASK, workspace, task) is not None


async def kept_reference(  # noqa: PLR0913 - each is one column
    connection: Connection, workspace: WorkspaceId, task: TaskId, named: Reference, *, url: str | None, by: UUID | None, now: datetime
) -> bool:
    """Give it to a task; where the task has it already, only its address changes. False where the task has MOST others."""
    answer = await connection.execute(_KEPT, workspace, named.system, named.type, named.external_id, task, url, by, now, MOST)
    return answer != "INSERT 0 0"


async def taken_reference(connection: Connection, workspace: WorkspaceId, task: TaskId, named: Reference) -> bool:
    """Take it from the task; False where it is not called so."""
    answer = await connection.execute(_TAKEN, workspace, named.system, named.type, named.external_id, task)
    return answer != "DELETE 0"


async def open_work_of(connection: Connection, workspace: WorkspaceId, profile: UUID, *, discipline: str) -> TaskId | None:
    """The open task of the discipline, next due, on whichever profile of that person; None where there is none."""
    found: UUID | None = await connection.fetchval(_OPEN_OF_PERSON, workspace, profile, discipline)
    return None if found is None else TaskId(found)


async def moved_task(
    connection: Connection, workspace: WorkspaceId, task: TaskId, *, due_at: datetime, urgency: str, warn_at: datetime
) -> asyncpg.Record | None:
    """Set when an open task is due and how urgent it is; gives it as events tell of it, None where it ended."""
    return await connection.fetchrow(_MOVED, workspace, task, due_at, urgency, warn_at)
