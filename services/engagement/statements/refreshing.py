"""Statements about when credentials end and are renewed, as `app`. Called by `channels`, the refresher and the sender."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, WorkspaceId
from services.kit.db import Connection


async def note_end(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, expires_at: datetime | None, due_at: datetime | None
) -> None:
    """New credentials are there: they end then, and are to be renewed at `due_at`; what an attempt under way brings no longer counts."""
    await connection.execute(
        """
        INSERT INTO credential_refresh AS r (workspace_id, channel_id, expires_at, due_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (workspace_id, channel_id) DO UPDATE SET expires_at = EXCLUDED.expires_at, due_at = EXCLUDED.due_at, failures = 0,
            reason = '', lease_id = NULL, lease_until = NULL
        """,
        workspace,
        channel,
        expires_at,
        due_at,
    )


async def demand(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, now: datetime, tried_before: datetime) -> None:
    """Let the credentials be renewed at once, unless that was done since `tried_before` or only the owner can."""
    await connection.execute(
        """
        UPDATE credential_refresh SET due_at = least(due_at, $3)
        WHERE workspace_id = $1 AND channel_id = $2 AND due_at IS NOT NULL AND (refreshed_at IS NULL OR refreshed_at < $4)
        """,
        workspace,
        channel,
        now,
        tried_before,
    )


async def forget(connection: Connection, workspace: WorkspaceId, channel: ChannelId) -> None:
    """The channel has no credentials any more."""
    await connection.execute("DELETE FROM credential_refresh WHERE workspace_id = $1 AND channel_id = $2", workspace, channel)


async def claim_due(
    connection: Connection, workspace: WorkspaceId, *, now: datetime, lease: UUID, lease_until: datetime, limit: int
) -> list[asyncpg.Record]:
    """Take what is due under a lease, the longest due first; a lease that ended is free again. channel_id, expires_at, failures."""
    return await connection.fetch(
        """
        WITH due AS (
            SELECT channel_id FROM credential_refresh
            WHERE workspace_id = $1 AND due_at <= $2 AND (lease_until IS NULL OR lease_until < $2)
            ORDER BY due_at LIMIT $5 FOR UPDATE SKIP LOCKED
        )
        UPDATE credential_refresh r SET lease_id = $3, lease_until = $4
        FROM due WHERE r.workspace_id = $1 AND r.channel_id = due.channel_id
        RETURNING r.channel_id, r.expires_at, r.failures
        """,
        workspace,
        now,
        lease,
        lease_until,
        limit,
    )


async def finish(
    connection: Connection,
    workspace: WorkspaceId,
    channel: ChannelId,
    *,
    expires_at: datetime | None,
    due_at: datetime | None,
    now: datetime,
) -> None:
    """The credentials were renewed: they end then, and are to be renewed at `due_at`."""
    await connection.execute(
        """
        UPDATE credential_refresh SET expires_at = $3, due_at = $4, refreshed_at = $5, failures = 0, reason = '',
            lease_id = NULL, lease_until = NULL
        WHERE workspace_id = $1 AND channel_id = $2
        """,
        workspace,
        channel,
        expires_at,
        due_at,
        now,
    )


async def put_off(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, lease: UUID, due_at: datetime | None, reason: str
) -> bool:
    """They were not renewed: try again then (None: never). Whether the attempt still counted."""
    counted: bool | None = await connection.fetchval(
        """
        UPDATE credential_refresh SET due_at = $4, reason = $5, failures = failures + 1, lease_id = NULL, lease_until = NULL
        WHERE workspace_id = $1 AND channel_id = $2 AND lease_id = $3 RETURNING true
        """,
        workspace,
        channel,
        lease,
        due_at,
        reason,
    )
    return counted is True
