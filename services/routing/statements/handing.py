"""Statements of hand-offs between disciplines, and of those after which nobody contacted the person. Set-based, as `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import TaskId, WorkspaceId
from services.kit.db import Connection

BATCH = 200
TOLD = """task.id, task.conversation_id, task.profile_id, task.discipline, task.phase, task.urgency, task.state, task.member_id,
    task.why, task.due_at, task.outcome, task.version"""


async def open_like(connection: Connection, workspace: WorkspaceId, task: TaskId, *, discipline: str) -> TaskId | None:
    """The open task of that discipline of the same person in the same thread; locked."""
    found: UUID | None = await connection.fetchval(
        """
        SELECT k.id FROM task t JOIN task k ON k.workspace_id = $1 AND k.profile_id = t.profile_id
          AND k.conversation_id IS NOT DISTINCT FROM t.conversation_id AND k.discipline = $3 AND k.completed_at IS NULL
        WHERE t.workspace_id = $1 AND t.id = $2 FOR UPDATE OF k
        """,
        workspace,
        task,
        discipline,
    )
    return None if found is None else TaskId(found)


async def joined_task(connection: Connection, workspace: WorkspaceId, task: TaskId, *, other: TaskId) -> None:
    """Let `other` be about all that `task` is about, called as it is elsewhere, as urgent, and due no later; its own reason stays."""
    await connection.execute(
        """
        WITH joined AS (
            INSERT INTO task_interaction (workspace_id, interaction_id, task_id)
            SELECT $1, interaction_id, $3 FROM task_interaction WHERE workspace_id = $1 AND task_id = $2
            ON CONFLICT ON CONSTRAINT task_interaction_pkey DO NOTHING
        ), referred AS (
            UPDATE task_reference SET task_id = $3 WHERE workspace_id = $1 AND task_id = $2
        )
        UPDATE task SET due_at = least(task.due_at, t.due_at), confidential = task.confidential OR t.confidential,
            urgency = CASE WHEN 'high' IN (t.urgency, task.urgency) THEN 'high' WHEN 'normal' IN (t.urgency, task.urgency) THEN 'normal'
                ELSE 'low' END
        FROM task t WHERE t.workspace_id = $1 AND t.id = $2 AND task.workspace_id = $1 AND task.id = $3
        """,
        workspace,
        task,
        other,
    )


async def handed_task(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    task: TaskId,
    *,
    from_discipline: str,
    discipline: str,
    member: UUID | None,
    by: UUID | None,
    now: datetime,
    contact_by: datetime,
) -> asyncpg.Record | None:
    """Hand an open task to a discipline, or note on the one there that it took another in; the matter to resolve goes along."""
    return await connection.fetchrow(
        f"""
        WITH matter AS (
            UPDATE resolution r SET discipline = $4 FROM task t
            WHERE t.workspace_id = $1 AND t.id = $2 AND r.workspace_id = $1 AND r.conversation_id = t.conversation_id
              AND r.profile_id = t.profile_id AND r.discipline = $3 AND r.ended_at IS NULL AND NOT EXISTS (
                  SELECT FROM resolution o WHERE o.workspace_id = $1 AND o.conversation_id = t.conversation_id
                    AND o.profile_id = t.profile_id AND o.discipline = $4 AND o.ended_at IS NULL
              )
        )
        UPDATE task SET discipline = $4, member_id = $5, state = CASE WHEN $5::uuid IS NULL THEN 'new' ELSE 'assigned' END,
            handed_from = $3, handed_by = $6, handed_at = $7, contact_by = $8, neglected_at = NULL,
            confidential = confidential OR $4 = 'hr', version = version + 1
        WHERE workspace_id = $1 AND id = $2 AND completed_at IS NULL RETURNING {TOLD}
        """,
        workspace,
        task,
        from_discipline,
        discipline,
        member,
        by,
        now,
        contact_by,
    )


async def contacted_tasks(
    connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID], *, people: Sequence[UUID], at: datetime
) -> None:
    """Somebody contacted these people in these threads: what was handed off there, or in no thread, by then is not neglected."""
    await connection.execute(
        """
        UPDATE task SET contact_by = NULL, neglected_at = NULL
        WHERE workspace_id = $1 AND id = ANY(ARRAY(
            SELECT id FROM task WHERE workspace_id = $1 AND conversation_id = ANY($2) AND completed_at IS NULL
            UNION ALL
            SELECT id FROM task WHERE workspace_id = $1 AND profile_id = ANY($4) AND completed_at IS NULL AND conversation_id IS NULL
        )) AND handed_at <= $3 AND (contact_by IS NOT NULL OR neglected_at IS NOT NULL)
        """,
        workspace,
        list(conversations),
        at,
        list(people),
    )


async def neglected_tasks(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> list[asyncpg.Record]:
    """Flag up to BATCH hand-offs after which nobody contacted the person in time; gives them as events tell of them."""
    return await connection.fetch(
        """
        WITH due AS (
            SELECT id FROM task WHERE workspace_id = $1 AND contact_by <= $2 AND completed_at IS NULL
            ORDER BY contact_by, id LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        UPDATE task t SET contact_by = NULL, neglected_at = $2, version = version + 1 FROM due
        WHERE t.workspace_id = $1 AND t.id = due.id
        RETURNING t.id, t.conversation_id, t.profile_id, t.discipline, t.handed_from, t.handed_by, t.handed_at, t.member_id
        """,
        workspace,
        now,
        BATCH,
    )
