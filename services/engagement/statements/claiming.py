"""Statements by which senders share the work: claims that respect holds, breakers and buckets; doubts that nobody else would raise."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.engagement.statements.replies import REPLY
from services.kit.db import Connection

_OF_REPLY = ", ".join("reply." + name.strip() for name in REPLY.split(","))
_CLAIM_DUE = f"""
WITH channel AS (
    SELECT c.id, coalesce(s.breaker, 'closed') AS breaker,
        coalesce(s.failures > 0 OR s.breaker <> 'closed' OR s.refused_at IS NOT NULL, false) AS troubled,
        CASE WHEN coalesce(s.breaker, 'closed') = 'closed' THEN c.most ELSE 1 END AS most
    FROM unnest($7::uuid[], $8::int[]) AS c (id, most)
    LEFT JOIN channel_state s ON s.workspace_id = $1 AND s.channel_id = c.id
    LEFT JOIN send_bucket b ON b.workspace_id = $1 AND b.channel_id = c.id AND b.subject_id = c.id
    WHERE (s.held_until IS NULL OR s.held_until <= $2) AND (b.next_at IS NULL OR b.next_at <= $2)
      AND (s.breaker IS NULL OR s.breaker = 'closed' OR s.probe_at <= $2)
), due AS (
    SELECT q.id, c.breaker, c.troubled FROM channel c CROSS JOIN LATERAL (
        SELECT r.id FROM reply r
        WHERE r.workspace_id = $1 AND r.channel_id = c.id AND r.state = 'queued' AND r.due_at <= $2
          AND NOT EXISTS (
            SELECT FROM reply o WHERE o.workspace_id = $1 AND o.conversation_id = r.conversation_id
              AND (o.state = 'sending' OR (o.state = 'queued' AND o.id < r.id) OR (o.state = 'unknown' AND o.doubted_at > $5))
          )
          AND NOT EXISTS (
            SELECT FROM send_bucket b WHERE b.workspace_id = $1 AND b.channel_id = c.id AND b.subject_id = r.conversation_id
              AND b.next_at > $2
          )
        ORDER BY r.due_at LIMIT c.most FOR UPDATE SKIP LOCKED
    ) q LIMIT $6
)
UPDATE reply SET state = 'sending', attempt = attempt + 1, lease_id = $3, lease_until = $4, version = version + 1
FROM due WHERE reply.workspace_id = $1 AND reply.id = due.id
RETURNING {_OF_REPLY}, due.breaker, due.troubled, reply.due_at AS waits_since
"""


async def claim_due(  # noqa: PLR0913 - each is part of the claim
    connection: Connection,
    workspace: WorkspaceId,
    *,
    channels: Sequence[tuple[UUID, int]],
    now: datetime,
    lease: UUID,
    lease_until: datetime,
    doubt_until: datetime,
    limit: int,
) -> list[asyncpg.Record]:
    """Move due replies to `sending` under a lease: the oldest of each conversation, none where one is being sent or in fresh doubt.

    `channels` are (id, how many at most). One that is held, whose breaker is open or whose bucket is empty gives none; one whose
    breaker may be probed gives one. Beside the reply: since when it waits, the channel's `breaker`, and whether it is `troubled`.
    """
    return await connection.fetch(
        _CLAIM_DUE,
        workspace,
        now,
        lease,
        lease_until,
        doubt_until,
        limit,
        [channel for channel, _ in channels],
        [most for _, most in channels],
    )


async def give_back(connection: Connection, workspace: WorkspaceId, replies: Sequence[UUID], *, lease: UUID) -> None:
    """Queue replies again that were claimed in this transaction and may not go now: as if nobody had claimed them."""
    await connection.execute(
        """
        UPDATE reply SET state = 'queued', attempt = attempt - 1, lease_id = NULL, lease_until = NULL, version = version - 1
        WHERE workspace_id = $1 AND id = ANY($2) AND state = 'sending' AND lease_id = $3
        """,
        workspace,
        list(replies),
        lease,
    )


async def doubt_expired(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> list[asyncpg.Record]:
    """Replies whose sender vanished while sending: they may have gone out, so they are in doubt."""
    return await connection.fetch(
        f"""
        UPDATE reply SET state = 'unknown', doubted_at = $2, escalated_at = NULL, lease_id = NULL, lease_until = NULL,
            version = version + 1, reason = 'the sender stopped while sending'
        WHERE workspace_id = $1 AND state = 'sending' AND lease_until < $2 RETURNING {REPLY}
        """,
        workspace,
        now,
    )


async def escalate_doubts(connection: Connection, workspace: WorkspaceId, *, before: datetime, now: datetime) -> list[asyncpg.Record]:
    """Replies in doubt since before then that no person has been asked about: now one is."""
    return await connection.fetch(
        f"""
        UPDATE reply SET escalated_at = $3, version = version + 1
        WHERE workspace_id = $1 AND state = 'unknown' AND doubted_at <= $2 AND escalated_at IS NULL RETURNING {REPLY}
        """,
        workspace,
        before,
        now,
    )
