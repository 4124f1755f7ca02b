"""Statements of bulk actions: jobs, their conversations, the attempts at them. Set-based, as `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import JobId, WorkspaceId
from services.contracts.vocabulary import ConversationStatus
from services.kit.db import Connection

JOB = "id, action, arguments, state, total, done, failed, has_more, member_id, created_at, finished_at"


async def insert_job(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    job: JobId,
    *,
    action: str,
    arguments: dict[str, object],
    conversations: Sequence[UUID],
    has_more: bool,
    member: UUID | None,
    now: datetime,
) -> asyncpg.Record | None:
    """Make a job of these conversations."""
    return await connection.fetchrow(
        f"""
        WITH made AS (
            INSERT INTO job (workspace_id, id, action, arguments, state, total, done, failed, has_more, member_id, created_at)
            VALUES ($1, $2, $3, $4, 'queued', cardinality($5::uuid[]), 0, 0, $6, $7, $8) RETURNING {JOB}
        ), items AS (
            INSERT INTO job_item (workspace_id, job_id, conversation_id, state, reason)
            SELECT $1, $2, c, 'waiting', '' FROM unnest($5::uuid[]) AS c
        )
        SELECT * FROM made
        """,
        workspace,
        job,
        action,
        arguments,
        list(conversations),
        has_more,
        member,
        now,
    )


async def matching_conversations(  # noqa: PLR0913 - each narrows what is found
    connection: Connection,
    workspace: WorkspaceId,
    *,
    status: str | None,
    channel: UUID | None,
    label: UUID | None,
    owner: UUID | None,
    limit: int,
) -> list[asyncpg.Record]:
    """The threads that a filter finds, latest activity first. Each combination is a statement of its own, which finds its own index."""
    conditions: list[str] = []
    values: list[object] = [workspace, limit]
    for column, value in (("status", status), ("channel_id", channel), ("owner_id", owner)):
        if value is not None:
            values.append(value)
            conditions.append(f"AND c.{column} = ${len(values)}")
    if status is not None and status != ConversationStatus.CLOSED:
        # Said in words, so that the indexes of what is not closed serve.
        conditions.append("AND c.status <> 'closed'")
    labelled = ""
    if label is not None:
        values.append(label)
        labelled = f"JOIN conversation_label l ON l.workspace_id = $1 AND l.conversation_id = c.id AND l.label_id = ${len(values)}"
    return await connection.fetch(
        f"""
        SELECT c.id FROM conversation c {labelled}
        WHERE c.workspace_id = $1 AND c.survivor_id IS NULL {" ".join(conditions)}
        ORDER BY c.last_activity_at DESC, c.id DESC LIMIT $2
        """,
        *values,
    )


async def claimed_job(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> asyncpg.Record | None:
    """The oldest unfinished job that is due and nobody works on, locked for the rest of the transaction; None where there is none."""
    return await connection.fetchrow(
        f"""
        UPDATE job SET state = 'running' WHERE workspace_id = $1 AND id = (
            SELECT id FROM job WHERE workspace_id = $1 AND finished_at IS NULL AND (lease_until IS NULL OR lease_until <= $2)
            ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
        ) RETURNING {JOB}, attempts
        """,
        workspace,
        now,
    )


async def attempted_job(connection: Connection, workspace: WorkspaceId, job: JobId, *, now: datetime) -> int | None:
    """Count a batch that failed, which is tried again after 2, 4, 8... seconds; gives how many have in a row. None where it is finished."""
    attempts: int | None = await connection.fetchval(
        """
        UPDATE job SET attempts = attempts + 1, lease_until = $3::timestamptz + make_interval(secs => power(2, attempts + 1))
        WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL RETURNING attempts
        """,
        workspace,
        job,
        now,
    )
    return attempts


async def failed_job(connection: Connection, workspace: WorkspaceId, job: JobId, *, now: datetime) -> asyncpg.Record | None:
    """Give a job up: the next conversation is the one that fails, those behind it were not tried. None where it is finished."""
    return await connection.fetchrow(
        f"""
        WITH given_up AS (
            UPDATE job_item i SET state = 'failed', reason = CASE WHEN i.conversation_id = (
                SELECT conversation_id FROM job_item WHERE workspace_id = $1 AND job_id = $2 AND state = 'waiting'
                ORDER BY conversation_id LIMIT 1
            ) THEN 'unexpected_error' ELSE 'not_attempted' END
            WHERE i.workspace_id = $1 AND i.job_id = $2 AND i.state = 'waiting' RETURNING i.conversation_id
        )
        UPDATE job SET state = 'failed', failed = failed + (SELECT count(*) FROM given_up)::int, finished_at = $3
        WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL RETURNING {JOB}
        """,
        workspace,
        job,
        now,
    )


async def waiting_items(connection: Connection, workspace: WorkspaceId, job: JobId, *, limit: int) -> list[UUID]:
    """The next conversations of a job, held for the rest of the transaction."""
    rows = await connection.fetch(
        """
        SELECT conversation_id FROM job_item WHERE workspace_id = $1 AND job_id = $2 AND state = 'waiting'
        ORDER BY conversation_id LIMIT $3 FOR UPDATE SKIP LOCKED
        """,
        workspace,
        job,
        limit,
    )
    return [row["conversation_id"] for row in rows]


async def settle_items(connection: Connection, workspace: WorkspaceId, job: JobId, *, rows: Sequence[tuple[UUID, str, str]]) -> None:
    """Write what became of conversations: rows are (conversation, done or failed, reason)."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        UPDATE job_item SET state = r.state, reason = r.reason
        FROM unnest($3::uuid[], $4::text[], $5::text[]) AS r (conversation_id, state, reason)
        WHERE job_item.workspace_id = $1 AND job_item.job_id = $2 AND job_item.conversation_id = r.conversation_id
        """,
        workspace,
        job,
        *columns,
    )


async def advanced_job(
    connection: Connection, workspace: WorkspaceId, job: JobId, *, done: int, failed: int, now: datetime
) -> asyncpg.Record | None:
    """Count a batch; the last one finishes the job."""
    return await connection.fetchrow(
        f"""
        UPDATE job SET done = done + $3, failed = failed + $4, attempts = 0, lease_until = NULL,
            state = CASE WHEN done + failed + $3 + $4 >= total THEN 'done' ELSE 'running' END,
            finished_at = CASE WHEN done + failed + $3 + $4 >= total THEN $5::timestamptz END
        WHERE workspace_id = $1 AND id = $2 RETURNING {JOB}
        """,
        workspace,
        job,
        done,
        failed,
        now,
    )


async def jobs_by_id(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Jobs, in no order."""
    return await connection.fetch(f"SELECT {JOB} FROM job WHERE workspace_id = $1 AND id = ANY($2)", workspace, list(ids))


async def failures_of(connection: Connection, workspace: WorkspaceId, job: JobId, *, limit: int) -> list[asyncpg.Record]:
    """The conversations of a job on which nothing was done, and why."""
    return await connection.fetch(
        """
        SELECT conversation_id, reason FROM job_item WHERE workspace_id = $1 AND job_id = $2 AND state = 'failed'
        ORDER BY conversation_id LIMIT $3
        """,
        workspace,
        job,
        limit,
    )
