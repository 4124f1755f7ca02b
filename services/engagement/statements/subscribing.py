"""Statements about which platforms are to be told where to deliver, as `app`. Called by `channels`, `subscriptions` and the subscriber."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, WorkspaceId
from services.kit.db import Connection


async def demand(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, now: datetime) -> None:
    """Let the platform be told at once; what an attempt under way says no longer counts."""
    await connection.execute(
        """
        INSERT INTO webhook_subscription (workspace_id, channel_id, due_at) VALUES ($1, $2, $3)
        ON CONFLICT (workspace_id, channel_id) DO UPDATE SET due_at = EXCLUDED.due_at, granted_at = NULL, failures = 0, reason = '',
            ending = false, sealed = NULL, config = NULL, lease_id = NULL, lease_until = NULL
        """,
        workspace,
        channel,
        now,
    )


async def end(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, sealed: bytes, config: Mapping[str, object], now: datetime
) -> None:
    """Let a platform that was told be told that nothing is wanted any more; one that never was is left alone."""
    await connection.execute(
        """
        UPDATE webhook_subscription SET ending = true, sealed = $3, config = $4, failures = 0, reason = '', lease_id = NULL,
            lease_until = NULL, due_at = CASE WHEN told_at IS NULL THEN NULL ELSE $5::timestamptz END
        WHERE workspace_id = $1 AND channel_id = $2
        """,
        workspace,
        channel,
        sealed,
        dict(config),
        now,
    )


async def claim_due(
    connection: Connection, workspace: WorkspaceId, *, now: datetime, lease: UUID, lease_until: datetime, limit: int
) -> list[asyncpg.Record]:
    """Take what is due under a lease, the longest due first; a lease that ended is free again."""
    return await connection.fetch(
        """
        WITH due AS (
            SELECT channel_id FROM webhook_subscription
            WHERE workspace_id = $1 AND due_at <= $2 AND (lease_until IS NULL OR lease_until < $2)
            ORDER BY due_at LIMIT $5 FOR UPDATE SKIP LOCKED
        )
        UPDATE webhook_subscription s SET lease_id = $3, lease_until = $4
        FROM due WHERE s.workspace_id = $1 AND s.channel_id = due.channel_id
        RETURNING s.channel_id, s.ending, s.sealed, s.config, s.failures
        """,
        workspace,
        now,
        lease,
        lease_until,
        limit,
    )


async def note_told(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, lease: UUID, now: datetime, again_at: datetime | None
) -> bool:
    """The platform knows where to deliver, and is to be told again then (None: not by itself). Whether the attempt still counted.

    Where the platform has said meanwhile how long it delivers, that goes before.
    """
    counted: bool | None = await connection.fetchval(
        """
        UPDATE webhook_subscription SET told_at = $4, failures = 0, reason = '', lease_id = NULL, lease_until = NULL,
            due_at = CASE WHEN granted_at > $4 THEN granted_at ELSE $5::timestamptz END
        WHERE workspace_id = $1 AND channel_id = $2 AND lease_id = $3 RETURNING true
        """,
        workspace,
        channel,
        lease,
        now,
        again_at,
    )
    return counted is True


async def note_lease(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, again_at: datetime) -> None:
    """The platform is to be told again then. An attempt under way finds it when it ends; what ends is not begun again."""
    await connection.execute(
        """
        UPDATE webhook_subscription SET granted_at = $3, due_at = CASE WHEN lease_id IS NULL THEN $3 ELSE due_at END
        WHERE workspace_id = $1 AND channel_id = $2 AND NOT ending
        """,
        workspace,
        channel,
        again_at,
    )


async def put_off(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, lease: UUID, due_at: datetime, reason: str
) -> bool:
    """It was not told, and is to be told again then. Whether the attempt still counted."""
    counted: bool | None = await connection.fetchval(
        """
        UPDATE webhook_subscription SET due_at = $4, reason = $5, failures = failures + 1, lease_id = NULL, lease_until = NULL
        WHERE workspace_id = $1 AND channel_id = $2 AND lease_id = $3 RETURNING true
        """,
        workspace,
        channel,
        lease,
        due_at,
        reason,
    )
    return counted is True


async def forget(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, lease: UUID) -> None:
    """Nothing is to be told any more, and what the channel had forgotten is forgotten here too."""
    await connection.execute(
        "DELETE FROM webhook_subscription WHERE workspace_id = $1 AND channel_id = $2 AND lease_id = $3", workspace, channel, lease
    )
