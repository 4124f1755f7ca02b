"""Statements of edits and deletions of replies that were sent. One at a time per reply; repeating one changes nothing more."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import MemberId, ReplyId, WorkspaceId
from services.engagement.statements.replies import REPLY
from services.kit.db import Connection

_OF_REPLY = ", ".join("reply." + name.strip() for name in REPLY.split(","))


async def ask_change(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    reply: ReplyId,
    *,
    kind: str,
    text: str | None,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record | None:
    """Queue an edit or deletion; None where the reply is not out, has no name on the platform, is deleted, or is being changed."""
    return await connection.fetchrow(
        f"""
        UPDATE reply SET change_kind = $3, change_text = $4, change_state = 'queued', change_reason = '', change_attempt = 0,
            change_member_id = $5, change_asked_at = $6, change_due_at = $6, change_lease_id = NULL, version = version + 1
        WHERE workspace_id = $1 AND id = $2 AND state IN ('sent', 'delivered', 'read') AND external_id IS NOT NULL
          AND change_due_at IS NULL AND NOT (coalesce(change_kind, '') = 'deletion' AND change_state = 'done')
        RETURNING {REPLY}
        """,
        workspace,
        reply,
        kind,
        text,
        member,
        now,
    )


async def claim_changes(  # noqa: PLR0913 - each is part of the claim
    connection: Connection,
    workspace: WorkspaceId,
    *,
    channels: Sequence[UUID],
    now: datetime,
    lease: UUID,
    lease_until: datetime,
    limit: int,
) -> list[asyncpg.Record]:
    """Changes that are due, under a lease; those whose attempt vanished as well. None where channel or bucket holds them back.

    Beside the reply: since when it was due and in which state, for `give_back_changes`, and what `claim_due` tells of the channel.
    """
    return await connection.fetch(
        f"""
        WITH due AS (
            SELECT r.id, r.change_due_at, r.change_state, coalesce(s.failures > 0 OR s.refused_at IS NOT NULL, false) AS troubled
            FROM reply r LEFT JOIN channel_state s ON s.workspace_id = $1 AND s.channel_id = r.channel_id
            WHERE r.workspace_id = $1 AND r.change_due_at <= $2 AND r.channel_id = ANY($6::uuid[])
              AND (s.held_until IS NULL OR s.held_until <= $2)
              AND (s.breaker IS NULL OR s.breaker = 'closed')
              AND NOT EXISTS (
                SELECT FROM send_bucket b WHERE b.workspace_id = $1 AND b.channel_id = r.channel_id
                  AND b.subject_id IN (r.channel_id, r.conversation_id) AND b.next_at > $2
              )
            ORDER BY r.change_due_at LIMIT $5 FOR UPDATE OF r SKIP LOCKED
        )
        UPDATE reply SET change_state = 'sending', change_attempt = change_attempt + 1, change_lease_id = $3, change_due_at = $4,
            version = version + 1
        FROM due WHERE reply.workspace_id = $1 AND reply.id = due.id
        RETURNING {_OF_REPLY}, 'closed' AS breaker, due.troubled, due.change_due_at AS waits_since, due.change_state AS before
        """,
        workspace,
        now,
        lease,
        lease_until,
        limit,
        list(channels),
    )


async def give_back_changes(connection: Connection, workspace: WorkspaceId, claimed: Sequence[asyncpg.Record], *, lease: UUID) -> None:
    """Leave changes as they were that were claimed in this transaction and may not be made now."""
    await connection.execute(
        """
        UPDATE reply r SET change_state = c.before, change_attempt = change_attempt - 1, change_lease_id = NULL,
            change_due_at = c.waits_since, version = version - 1
        FROM unnest($2::uuid[], $3::text[], $4::timestamptz[]) AS c (id, before, waits_since)
        WHERE r.workspace_id = $1 AND r.id = c.id AND r.change_lease_id = $5
        """,
        workspace,
        [row["id"] for row in claimed],
        [row["before"] for row in claimed],
        [row["waits_since"] for row in claimed],
        lease,
    )


async def finish_change(  # noqa: PLR0913 - each is one column
    connection: Connection, workspace: WorkspaceId, reply: ReplyId, *, lease: UUID, state: str, reason: str, due_at: datetime | None
) -> asyncpg.Record | None:
    """Write a change's result, if its attempt still holds the lease. Only where it is done does the reply's text follow."""
    return await connection.fetchrow(
        f"""
        UPDATE reply SET change_state = $4, change_reason = $5, change_due_at = $6, change_lease_id = NULL, version = version + 1,
            text = CASE WHEN $4 <> 'done' THEN text WHEN change_kind = 'edit' THEN change_text ELSE '' END
        WHERE workspace_id = $1 AND id = $2 AND change_lease_id = $3 RETURNING {REPLY}
        """,
        workspace,
        reply,
        lease,
        state,
        reason,
        due_at,
    )
