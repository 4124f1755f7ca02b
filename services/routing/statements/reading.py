"""Statements that read tasks: by id, by what they are about, by page. Next due first, keyset, as `app`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import MemberId, WorkspaceId
from services.contracts.vocabulary import Discipline, TaskState
from services.kit.db import Connection

TASK = """t.id, t.conversation_id, t.profile_id, t.discipline, t.phase, t.urgency, t.state, t.member_id, t.why, t.guidance,
    t.due_at, t.opened_at, t.completed_at, t.outcome, t.version, t.answer, t.level, t.warned_at, t.missed_at,
    t.handed_from, t.handed_by, t.handed_at, t.neglected_at,
    ARRAY(
        SELECT ti.interaction_id FROM task_interaction ti
        WHERE ti.workspace_id = t.workspace_id AND ti.task_id = t.id ORDER BY ti.interaction_id
    ) AS interaction_ids,
    (
        SELECT jsonb_agg(
            jsonb_build_object('system', r.system, 'type', r.type, 'external_id', r.external_id, 'url', r.url)
        ) FROM task_reference r WHERE r.workspace_id = t.workspace_id AND r.task_id = t.id
    ) AS refs"""

Position = tuple[datetime, UUID] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Which tasks are asked for; None asks for all. `neglected`: handed off, and nobody contacted the person."""

    discipline: Discipline | None = None
    state: TaskState | None = None
    member_id: MemberId | None = None
    neglected: bool = False


async def tasks_by_id(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Tasks, in no order."""
    return await connection.fetch(f"SELECT {TASK} FROM task t WHERE t.workspace_id = $1 AND t.id = ANY($2)", workspace, list(ids))


async def tasks_by_interaction(connection: Connection, workspace: WorkspaceId, interactions: Sequence[UUID]) -> list[asyncpg.Record]:
    """The task of each interaction that led to one, the latest where it was owed again; `asked_id` is the interaction."""
    return await connection.fetch(
        f"""
        SELECT DISTINCT ON (asked.interaction_id) asked.interaction_id AS asked_id, {TASK} FROM task_interaction asked
        JOIN task t ON t.workspace_id = $1 AND t.id = asked.task_id
        WHERE asked.workspace_id = $1 AND asked.interaction_id = ANY($2)
        ORDER BY asked.interaction_id, t.id DESC
        """,
        workspace,
        list(interactions),
    )


async def tasks_by_conversation(
    connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID], *, limit: int
) -> list[asyncpg.Record]:
    """The tasks of each conversation, next due first; `n` says of which (from 1)."""
    return await connection.fetch(
        f"""
        SELECT c.n::int AS n, {TASK} FROM unnest($2::uuid[]) WITH ORDINALITY AS c (conversation_id, n)
        CROSS JOIN LATERAL (
            SELECT * FROM task k WHERE k.workspace_id = $1 AND k.conversation_id = c.conversation_id
            ORDER BY k.due_at, k.id LIMIT $3
        ) t
        ORDER BY c.n, t.due_at, t.id
        """,
        workspace,
        list(conversations),
        limit,
    )


async def tasks_by_profile(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID], *, limit: int) -> list[asyncpg.Record]:
    """The tasks about each person that are of no thread, next due first; `n` says of whom (from 1)."""
    return await connection.fetch(
        f"""
        SELECT p.n::int AS n, {TASK} FROM unnest($2::uuid[]) WITH ORDINALITY AS p (profile_id, n)
        CROSS JOIN LATERAL (
            SELECT * FROM task k WHERE k.workspace_id = $1 AND k.profile_id = p.profile_id AND k.conversation_id IS NULL
            ORDER BY k.due_at, k.id LIMIT $3
        ) t
        ORDER BY p.n, t.due_at, t.id
        """,
        workspace,
        list(profiles),
        limit,
    )


async def page_of_tasks(
    connection: Connection, workspace: WorkspaceId, asked: TaskFilter, *, after: Position, limit: int
) -> list[asyncpg.Record]:
    """Tasks after a position, next due first. Each combination of filters is a statement of its own, so that each finds its index."""
    conditions: list[str] = []
    values: list[object] = [workspace, limit]
    for column, value in (("discipline", asked.discipline), ("state", asked.state), ("member_id", asked.member_id)):
        if value is not None:
            values.append(value)
            conditions.append(f"AND t.{column} = ${len(values)}")
    if asked.neglected:
        conditions.append("AND t.neglected_at IS NOT NULL AND t.completed_at IS NULL")
    if after is not None:
        values.extend(after)
        conditions.append(f"AND (t.due_at, t.id) > (${len(values) - 1}, ${len(values)})")
    return await connection.fetch(
        f"SELECT {TASK} FROM task t WHERE t.workspace_id = $1 {' '.join(conditions)} ORDER BY t.due_at, t.id LIMIT $2", *values
    )
