"""Statements about who has a thread, as engagement told, and the tasks that follow. Set-based, as `app`."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.contracts.ids import ConversationId, WorkspaceId
from services.kit.db import Connection


async def kept_owners(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> list[asyncpg.Record]:
    """Remember who has threads; rows are (conversation, owner or None, version), one per thread.

    Gives those whose owner is another one now: conversation_id, owner_id, former_id. What is older than what is known changes nothing.
    """
    return await connection.fetch(
        """
        WITH told AS (
            SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::bigint[]) AS r (conversation_id, owner_id, version)
        ), former AS (
            SELECT o.conversation_id, o.owner_id FROM thread_owner o
            WHERE o.workspace_id = $1 AND o.conversation_id = ANY($2)
        ), kept AS (
            INSERT INTO thread_owner (workspace_id, conversation_id, owner_id, version)
            SELECT $1, told.conversation_id, told.owner_id, told.version FROM told
            ON CONFLICT ON CONSTRAINT thread_owner_pkey DO UPDATE SET owner_id = excluded.owner_id, version = excluded.version
            WHERE thread_owner.version < excluded.version RETURNING conversation_id, owner_id
        )
        SELECT kept.conversation_id, kept.owner_id, former.owner_id AS former_id
        FROM kept LEFT JOIN former ON former.conversation_id = kept.conversation_id
        WHERE kept.owner_id IS DISTINCT FROM former.owner_id
        """,
        workspace,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def handed_tasks(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> list[asyncpg.Record]:
    """Give threads' open tasks to their new owners; rows are (conversation, owner or None, former owner or None).

    Only those that nobody has, or the former owner; a colleague's stay theirs. Gives them as events tell of them.
    """
    return await connection.fetch(
        """
        UPDATE task SET member_id = r.owner_id, version = task.version + 1,
            state = CASE WHEN r.owner_id IS NULL THEN 'new' ELSE 'assigned' END
        FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS r (conversation_id, owner_id, former_id)
        WHERE task.workspace_id = $1 AND task.conversation_id = r.conversation_id AND task.completed_at IS NULL
            AND (task.member_id IS NULL OR task.member_id = r.former_id) AND task.member_id IS DISTINCT FROM r.owner_id
        RETURNING task.id, task.conversation_id, task.profile_id, task.discipline, task.phase, task.urgency, task.state, task.member_id,
            task.why, task.due_at, task.outcome, task.version
        """,
        workspace,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def threads_held(connection: Connection, workspace: WorkspaceId, member: UUID, *, limit: int) -> list[ConversationId | None]:
    """Threads with open tasks of a member; some of them. None stands for tasks of no thread."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT held.conversation_id FROM (
            SELECT conversation_id FROM task WHERE workspace_id = $1 AND member_id = $2 AND completed_at IS NULL ORDER BY id LIMIT $3
        ) AS held
        """,
        workspace,
        member,
        limit,
    )
    return [None if row["conversation_id"] is None else ConversationId(row["conversation_id"]) for row in rows]


async def passed_tasks(
    connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID | None], *, former: UUID, member: UUID | None
) -> list[asyncpg.Record]:
    """Give a member's open tasks in these threads to another, or back to their disciplines' queues; gives them as events tell."""
    return await connection.fetch(
        """
        UPDATE task SET member_id = $4, version = task.version + 1,
            state = CASE WHEN $4::uuid IS NULL THEN 'new' ELSE 'assigned' END
        WHERE task.workspace_id = $1 AND task.member_id = $3 AND task.completed_at IS NULL
            AND (task.conversation_id = ANY($2) OR $5 AND task.conversation_id IS NULL)
        RETURNING task.id, task.conversation_id, task.profile_id, task.discipline, task.phase, task.urgency, task.state, task.member_id,
            task.why, task.due_at, task.outcome, task.version
        """,
        workspace,
        [each for each in conversations if each is not None],
        former,
        member,
        None in conversations,
    )
