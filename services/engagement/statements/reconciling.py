"""Statements of reconciliation, as `app`: due channels under a lease, what was found, and gaps in the platform's own numbers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, WorkspaceId
from services.kit.db import Connection


async def begin(connection: Connection, workspace: WorkspaceId, channels: Sequence[ChannelId], *, now: datetime, due_at: datetime) -> None:
    """Count these channels as reconciled until now, unless they are known already."""
    await connection.execute(
        """
        INSERT INTO reconciliation (workspace_id, channel_id, due_at, reconciled_until)
        SELECT $1, c.id, $4, $3 FROM unnest($2::uuid[]) AS c (id) ON CONFLICT DO NOTHING
        """,
        workspace,
        list(channels),
        now,
        due_at,
    )


async def demand(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, since: datetime, now: datetime) -> None:
    """Let everything since then be asked for, as soon as somebody comes round."""
    await connection.execute(
        """
        INSERT INTO reconciliation AS r (workspace_id, channel_id, due_at, reconciled_until, demanded_since) VALUES ($1, $2, $4, $4, $3)
        ON CONFLICT (workspace_id, channel_id)
        DO UPDATE SET due_at = EXCLUDED.due_at, demanded_since = least(r.demanded_since, EXCLUDED.demanded_since)
        """,
        workspace,
        channel,
        since,
        now,
    )


async def claim_due(  # noqa: PLR0913 - the parts of a claim
    connection: Connection,
    workspace: WorkspaceId,
    channels: Sequence[ChannelId],
    *,
    now: datetime,
    lease: UUID,
    lease_until: datetime,
    limit: int,
) -> list[asyncpg.Record]:
    """Take those of these channels that are due under a lease; a lease that ended is free again."""
    return await connection.fetch(
        """
        WITH due AS (
            SELECT channel_id FROM reconciliation
            WHERE workspace_id = $1 AND channel_id = ANY($2::uuid[]) AND due_at <= $3 AND (lease_until IS NULL OR lease_until < $3)
            ORDER BY due_at LIMIT $6 FOR UPDATE SKIP LOCKED
        )
        UPDATE reconciliation r SET lease_id = $4, lease_until = $5
        FROM due WHERE r.workspace_id = $1 AND r.channel_id = due.channel_id
        RETURNING r.channel_id, r.reconciled_until, r.demanded_since
        """,
        workspace,
        list(channels),
        now,
        lease,
        lease_until,
        limit,
    )


async def renew_lease(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, lease: UUID, until: datetime) -> bool:
    """Whether the lease is still ours, and longer now."""
    renewed: bool | None = await connection.fetchval(
        "UPDATE reconciliation SET lease_until = $4 WHERE workspace_id = $1 AND channel_id = $2 AND lease_id = $3 RETURNING true",
        workspace,
        channel,
        lease,
        until,
    )
    return renewed is True


async def finish(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    channel: ChannelId,
    *,
    lease: UUID,
    reconciled_until: datetime | None,
    demanded_since: datetime | None,
    found: int,
    reason: str,
    due_at: datetime,
    now: datetime,
) -> None:
    """Write what came of it and give the lease back; a demand that came meanwhile stays. Without `reconciled_until` it is tried again."""
    await connection.execute(
        """
        UPDATE reconciliation SET lease_id = NULL, lease_until = NULL, found = found + $6, reason = $7, finished_at = $9,
            reconciled_until = coalesce($4, reconciled_until),
            demanded_since = CASE WHEN $4::timestamptz IS NOT NULL AND demanded_since IS NOT DISTINCT FROM $5 THEN NULL
                                  ELSE demanded_since END,
            due_at = CASE WHEN demanded_since IS NOT DISTINCT FROM $5 THEN $8 ELSE due_at END
        WHERE workspace_id = $1 AND channel_id = $2 AND lease_id = $3
        """,
        workspace,
        channel,
        lease,
        reconciled_until,
        demanded_since,
        found,
        reason,
        due_at,
        now,
    )


async def reconciliations_of(connection: Connection, workspace: WorkspaceId, channels: Sequence[UUID]) -> list[asyncpg.Record]:
    """How these channels stand, in no order."""
    return await connection.fetch(
        """
        SELECT channel_id, due_at, reconciled_until, demanded_since, lease_until, finished_at, found, reason, checked_sequence
        FROM reconciliation WHERE workspace_id = $1 AND channel_id = ANY($2::uuid[])
        """,
        workspace,
        list(channels),
    )


async def numbered_rows(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, beyond: int | None, limit: int
) -> list[asyncpg.Record]:
    """The journal's rows from the platform's number `beyond` on, by that number; None: from the beginning."""
    return await connection.fetch(
        """
        SELECT sequence, received_at FROM journal
        WHERE workspace_id = $1 AND channel_id = $2 AND sequence >= coalesce($3::bigint, 0) ORDER BY sequence LIMIT $4
        """,
        workspace,
        channel,
        beyond,
        limit,
    )


async def note_gaps(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, gaps: Sequence[tuple[int, int]], checked: int, now: datetime
) -> int:
    """Keep the gaps and how far was looked; gives how many of them were not known."""
    await connection.execute(
        "UPDATE reconciliation SET checked_sequence = $3 WHERE workspace_id = $1 AND channel_id = $2", workspace, channel, checked
    )
    rows = await connection.fetch(
        """
        INSERT INTO journal_gap (workspace_id, channel_id, first, last, noticed_at)
        SELECT $1, $2, g.first, g.last, $5 FROM unnest($3::bigint[], $4::bigint[]) AS g (first, last)
        ON CONFLICT DO NOTHING RETURNING first
        """,
        workspace,
        channel,
        [first for first, _ in gaps],
        [last for _, last in gaps],
        now,
    )
    return len(rows)


async def fill_gaps(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, now: datetime, since: datetime) -> int:
    """Mark gaps noticed since then whose events have all come; gives their number."""
    answer = await connection.execute(
        """
        UPDATE journal_gap g SET filled_at = $3
        WHERE g.workspace_id = $1 AND g.channel_id = $2 AND g.filled_at IS NULL AND g.noticed_at > $4
          AND (SELECT count(*) FROM journal j
               WHERE j.workspace_id = $1 AND j.channel_id = $2 AND j.sequence BETWEEN g.first AND g.last) = g.last - g.first + 1
        """,
        workspace,
        channel,
        now,
        since,
    )
    return int(answer.rpartition(" ")[2])


async def gaps_of(connection: Connection, workspace: WorkspaceId, channels: Sequence[UUID], *, limit: int) -> list[asyncpg.Record]:
    """The newest gaps of each of these channels, at most `limit` a channel."""
    return await connection.fetch(
        """
        SELECT g.channel_id, g.first, g.last, g.noticed_at, g.filled_at FROM unnest($2::uuid[]) AS c (id)
        CROSS JOIN LATERAL (
            SELECT * FROM journal_gap o WHERE o.workspace_id = $1 AND o.channel_id = c.id ORDER BY o.first DESC LIMIT $3
        ) g ORDER BY g.channel_id, g.first DESC
        """,
        workspace,
        list(channels),
        limit,
    )
