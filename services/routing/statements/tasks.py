"""Statements that write tasks: opened, joined, completed, changed, and what is settled. All set-based, as `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ConversationId, InteractionId, ReplyId, TaskId, WorkspaceId
from services.kit.db import Connection

TASK_COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("conversation_id", "uuid"),
    ("profile_id", "uuid"),
    ("discipline", "text"),
    ("phase", "text"),
    ("urgency", "text"),
    ("state", "text"),
    ("why", "text"),
    ("guidance", "text"),
    ("approval", "boolean"),
    ("confidential", "boolean"),
    ("due_at", "timestamptz"),
    ("opened_at", "timestamptz"),
    ("completed_at", "timestamptz"),
    ("outcome", "text"),
    ("reply_id", "uuid"),
    ("wakes_at", "timestamptz"),
    ("level", "text"),
    ("answer", "text"),
)
_NAMES = ", ".join(name for name, _ in TASK_COLUMNS)
_ARRAYS = ", ".join(f"${n}::{type_}[]" for n, (_, type_) in enumerate(TASK_COLUMNS, start=2))
# What events tell of a task.
_TOLD = """task.id, task.conversation_id, task.profile_id, task.discipline, task.phase, task.urgency, task.state, task.member_id,
    task.why, task.due_at, task.outcome, task.version"""
_SAID = ", ".join(
    "CASE WHEN r.state = 'new' AND o.owner_id IS NOT NULL THEN 'assigned' ELSE r.state END" if name == "state" else f"r.{name}"
    for name, _ in TASK_COLUMNS
)
_INSERT_TASKS = f"""
INSERT INTO task (workspace_id, {_NAMES}, member_id, version)
SELECT $1, {_SAID}, o.owner_id, 1 FROM unnest({_ARRAYS}) AS r ({_NAMES})
LEFT JOIN thread_owner o ON o.workspace_id = $1 AND o.conversation_id = r.conversation_id
RETURNING {_TOLD}
"""


async def lock_conversations(connection: Connection, workspace: WorkspaceId, conversations: Sequence[ConversationId]) -> None:
    """Let nobody else open, join or settle work in these threads until this transaction ends; always in one order.

    A lock on rows would not do: the first message of a thread and the reply that overtook it have no row in common.
    """
    await connection.execute(
        """
        SELECT pg_advisory_xact_lock(key) FROM (
            SELECT DISTINCT hashtextextended($1::text || c, 0) AS key FROM unnest($2::text[]) AS c ORDER BY key
        ) AS keys
        """,
        str(workspace),
        [str(each) for each in conversations],
    )


async def joinable_tasks(
    connection: Connection, workspace: WorkspaceId, conversations: Sequence[ConversationId], *, replies: Sequence[ReplyId]
) -> list[asyncpg.Record]:
    """The threads' open tasks, and those that one of `replies` completed; locked."""
    return await connection.fetch(
        """
        SELECT id, conversation_id, profile_id, discipline, urgency, due_at, why, level, reply_id, completed_at FROM task
        WHERE workspace_id = $1 AND conversation_id = ANY($2) AND (completed_at IS NULL OR reply_id = ANY($3))
        ORDER BY id FOR UPDATE
        """,
        workspace,
        list(conversations),
        list(replies),
    )


async def adopted_tasks(connection: Connection, workspace: WorkspaceId, matters: Sequence[tuple[object, ...]]) -> list[asyncpg.Record]:
    """Let open work of no thread be about the threads in which its people write now; matters are (conversation, profile, discipline).

    A person is all profiles of a contact. One task for each matter, the first of several; gives them as `joinable_tasks` does.
    """
    return await connection.fetch(
        """
        WITH wanted AS (
            SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::text[]) WITH ORDINALITY AS w (conversation_id, profile_id, discipline, n)
        ), found AS (
            SELECT DISTINCT ON (t.id) t.id, w.n, w.conversation_id, w.profile_id FROM wanted w
            CROSS JOIN LATERAL (
                SELECT w.profile_id UNION
                SELECT peer.profile_id FROM profile_contact own
                JOIN profile_contact peer ON peer.workspace_id = $1 AND peer.contact_id = own.contact_id
                WHERE own.workspace_id = $1 AND own.profile_id = w.profile_id
            ) AS circle (profile_id)
            JOIN task t ON t.workspace_id = $1 AND t.profile_id = circle.profile_id AND t.discipline = w.discipline
                AND t.conversation_id IS NULL AND t.completed_at IS NULL
            ORDER BY t.id, w.n
        ), chosen AS (
            SELECT DISTINCT ON (n) id, conversation_id, profile_id FROM found ORDER BY n, id
        )
        UPDATE task SET conversation_id = c.conversation_id, profile_id = c.profile_id,
            member_id = coalesce(task.member_id, o.owner_id),
            state = CASE WHEN task.member_id IS NULL AND o.owner_id IS NOT NULL THEN 'assigned' ELSE task.state END
        FROM chosen c LEFT JOIN thread_owner o ON o.workspace_id = $1 AND o.conversation_id = c.conversation_id
        WHERE task.workspace_id = $1 AND task.id = c.id AND task.conversation_id IS NULL AND task.completed_at IS NULL
        RETURNING task.id, task.conversation_id, task.profile_id, task.discipline, task.urgency, task.due_at, task.why, task.level,
            task.reply_id, task.completed_at
        """,
        workspace,
        *(list(column) for column in zip(*matters, strict=True)),
    )


async def insert_tasks(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> list[asyncpg.Record]:
    """Open tasks, each for the owner of its thread, if it has one; rows in the order of TASK_COLUMNS. Gives them as events tell of them."""
    return await connection.fetch(_INSERT_TASKS, workspace, *(list(column) for column in zip(*rows, strict=True)))


async def given_tasks(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> list[asyncpg.Record]:
    """Give tasks just opened to others; rows are (id, member or None). Gives them as events tell of them."""
    return await connection.fetch(
        f"""
        UPDATE task SET member_id = r.member_id,
            state = CASE WHEN task.completed_at IS NULL AND r.member_id IS NULL THEN 'new' ELSE task.state END
        FROM unnest($2::uuid[], $3::uuid[]) AS r (id, member_id)
        WHERE task.workspace_id = $1 AND task.id = r.id
        RETURNING {_TOLD}
        """,
        workspace,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def raise_tasks(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> list[asyncpg.Record]:
    """Say that tasks grew; rows are (id, urgency, due at, why, warn at, level). Gives the tasks as events tell of them."""
    return await connection.fetch(
        f"""
        UPDATE task SET urgency = r.urgency, due_at = r.due_at, why = r.why, level = r.level, version = version + 1,
            wakes_at = CASE WHEN missed_at IS NULL THEN least(wakes_at, r.warn_at) END
        FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::text[])
            AS r (id, urgency, due_at, why, warn_at, level)
        WHERE task.workspace_id = $1 AND task.id = r.id
        RETURNING {_TOLD}
        """,
        workspace,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def link_interactions(connection: Connection, workspace: WorkspaceId, pairs: Sequence[tuple[InteractionId, TaskId]]) -> None:
    """Say which interactions tasks are about."""
    interactions, tasks = zip(*pairs, strict=True)
    await connection.execute(
        """
        INSERT INTO task_interaction (workspace_id, interaction_id, task_id)
        SELECT $1, r.interaction_id, r.task_id FROM unnest($2::uuid[], $3::uuid[]) AS r (interaction_id, task_id)
        ON CONFLICT ON CONSTRAINT task_interaction_pkey DO NOTHING
        """,
        workspace,
        list(interactions),
        list(tasks),
    )


async def interactions_of_tasks(
    connection: Connection, workspace: WorkspaceId, tasks: Sequence[TaskId]
) -> dict[TaskId, list[InteractionId]]:
    """All that these tasks are about."""
    rows = await connection.fetch(
        """
        SELECT task_id, array_agg(interaction_id ORDER BY interaction_id) AS interaction_ids FROM task_interaction
        WHERE workspace_id = $1 AND task_id = ANY($2) GROUP BY task_id
        """,
        workspace,
        list(tasks),
    )
    return {TaskId(row["task_id"]): [InteractionId(each) for each in row["interaction_ids"]] for row in rows}


async def kept_settlements(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> set[InteractionId]:
    """Remember what is owed nothing any more, or again; gives those of which that is news, by their sequence.

    Rows are (interaction, ledger, reason, member, reply, settled at, sequence), one per interaction.
    """
    found = await connection.fetch(
        """
        INSERT INTO settled (workspace_id, interaction_id, ledger, reason, member_id, reply_id, settled_at, sequence)
        SELECT $1, r.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::timestamptz[], $8::bigint[]) AS r
        ON CONFLICT ON CONSTRAINT settled_pkey DO UPDATE SET ledger = excluded.ledger, reason = excluded.reason,
            member_id = excluded.member_id, reply_id = excluded.reply_id, settled_at = excluded.settled_at, sequence = excluded.sequence
        WHERE settled.sequence < excluded.sequence RETURNING interaction_id
        """,
        workspace,
        *(list(column) for column in zip(*rows, strict=True)),
    )
    return {InteractionId(row["interaction_id"]) for row in found}


async def settlements_of(connection: Connection, workspace: WorkspaceId, interactions: Sequence[InteractionId]) -> list[asyncpg.Record]:
    """What was said last of these interactions: settled, or owed again."""
    return await connection.fetch(
        """
        SELECT interaction_id, ledger, reason, member_id, reply_id, settled_at, sequence FROM settled
        WHERE workspace_id = $1 AND interaction_id = ANY($2)
        """,
        workspace,
        list(interactions),
    )


async def standing_of_tasks(connection: Connection, workspace: WorkspaceId, interactions: Sequence[InteractionId]) -> list[asyncpg.Record]:
    """Every interaction of each open task that holds one of these, with its settlement; `ledger` is null where it is still owed."""
    return await connection.fetch(
        """
        WITH touched AS (
            SELECT DISTINCT ti.task_id FROM task_interaction ti
            JOIN task t ON t.workspace_id = $1 AND t.id = ti.task_id AND t.completed_at IS NULL
            WHERE ti.workspace_id = $1 AND ti.interaction_id = ANY($2)
        )
        SELECT ti.task_id, ti.interaction_id, s.ledger, s.reason, s.member_id, s.reply_id, s.settled_at, s.sequence
        FROM touched JOIN task_interaction ti ON ti.workspace_id = $1 AND ti.task_id = touched.task_id
        LEFT JOIN settled s ON s.workspace_id = $1 AND s.interaction_id = ti.interaction_id AND s.ledger <> 'owed'
        ORDER BY ti.task_id, s.settled_at, ti.interaction_id
        """,
        workspace,
        list(interactions),
    )


async def completed_tasks(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> list[asyncpg.Record]:
    """Complete tasks that are open; rows are (id, state, outcome, reply, completed at). Gives those that were, as events tell of them."""
    return await connection.fetch(
        f"""
        UPDATE task SET state = r.state, outcome = r.outcome, reply_id = r.reply_id, completed_at = r.completed_at,
            version = version + 1
        FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::timestamptz[])
            AS r (id, state, outcome, reply_id, completed_at)
        WHERE task.workspace_id = $1 AND task.id = r.id AND task.completed_at IS NULL RETURNING {_TOLD}
        """,
        workspace,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def changed_task(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    task: TaskId,
    *,
    version: int,
    state: str,
    member: UUID | None,
    outcome: str,
    completed_at: datetime | None,
) -> asyncpg.Record | None:
    """Change an open task if `version` is the present one; None where it is not, else the task as events tell of it."""
    return await connection.fetchrow(
        f"""
        UPDATE task SET state = $4, member_id = $5, outcome = $6, completed_at = $7, version = version + 1
        WHERE workspace_id = $1 AND id = $2 AND version = $3 AND completed_at IS NULL
        RETURNING {_TOLD}
        """,
        workspace,
        task,
        version,
        state,
        member,
        outcome,
        completed_at,
    )


async def emptied_tasks(
    connection: Connection, workspace: WorkspaceId, tasks: Sequence[UUID], *, erasure: UUID, now: datetime
) -> list[asyncpg.Record]:
    """Take the sentences out of tasks, the profile, and what other systems call them; those that were open end.

    Gives the latter, as events tell of them.
    """
    rows = await connection.fetch(
        f"""
        WITH before AS (
            SELECT id, completed_at IS NULL AS ends, conversation_id, profile_id, discipline FROM task
            WHERE workspace_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE
        ), matters AS (
            UPDATE resolution r SET profile_id = $3, ended_at = coalesce(r.ended_at, $4), wakes_at = NULL FROM before b
            WHERE r.workspace_id = $1 AND r.conversation_id = b.conversation_id AND r.profile_id = b.profile_id
              AND r.discipline = b.discipline
        ), referred AS (
            DELETE FROM task_reference WHERE workspace_id = $1 AND task_id = ANY($2)
        )
        UPDATE task SET profile_id = $3, why = '', guidance = '', outcome = CASE WHEN before.ends THEN 'erased' ELSE '' END,
            state = CASE WHEN before.ends THEN 'done' ELSE task.state END, completed_at = coalesce(task.completed_at, $4),
            version = version + 1
        FROM before WHERE task.workspace_id = $1 AND task.id = before.id RETURNING before.ends, {_TOLD}
        """,
        workspace,
        list(tasks),
        erasure,
        now,
    )
    return [row for row in rows if row["ends"]]
