"""Statements of receiving: leases of channels, as `worker` on a connection of their own; cursors, as `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, WorkspaceId
from services.kit.db import Connection


async def take_leases(connection: Connection, channels: Sequence[UUID]) -> set[ChannelId]:
    """Those of these channels to which this connection is now the only one that listens: until returned, or until it ends."""
    rows = await connection.fetch(
        "SELECT asked.id FROM unnest($1::uuid[]) AS asked (id) WHERE pg_try_advisory_lock(hashtextextended(asked.id::text, 2))",
        list(channels),
    )
    return {ChannelId(row["id"]) for row in rows}


async def return_lease(connection: Connection, channel: ChannelId) -> None:
    """Let another process listen to the channel."""
    await connection.fetchval("SELECT pg_advisory_unlock(hashtextextended($1, 2))", str(channel))


async def channel_versions(connection: Connection, workspaces: Sequence[UUID], channels: Sequence[UUID]) -> list[asyncpg.Record]:
    """Ids and versions of those of these channels that still receive, and when each was nudged; the two lists are aligned."""
    return await connection.fetch(
        """
        SELECT c.id, c.version, p.nudged_at FROM unnest($1::uuid[], $2::uuid[]) AS asked (workspace_id, id)
        JOIN channel c ON c.workspace_id = asked.workspace_id AND c.id = asked.id
        LEFT JOIN channel_cursor p ON p.workspace_id = asked.workspace_id AND p.channel_id = asked.id
        WHERE c.active
        """,
        list(workspaces),
        list(channels),
    )


async def cursor_of(connection: Connection, workspace: WorkspaceId, channel: ChannelId) -> str | None:
    """Where listening goes on; None where it never began."""
    found: str | None = await connection.fetchval(
        "SELECT cursor FROM channel_cursor WHERE workspace_id = $1 AND channel_id = $2", workspace, channel
    )
    return found


async def keep_cursor(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, cursor: str, now: datetime) -> None:
    """Remember where to go on; what lies before it is in the journal."""
    await connection.execute(
        """
        INSERT INTO channel_cursor (workspace_id, channel_id, cursor, heard_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT ON CONSTRAINT channel_cursor_pkey DO UPDATE SET cursor = EXCLUDED.cursor, heard_at = EXCLUDED.heard_at
        """,
        workspace,
        channel,
        cursor,
        now,
    )


async def nudge_listener(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, now: datetime) -> None:
    """Say that there is something to ask for; whoever never listened begins soon anyhow."""
    await connection.execute(
        "UPDATE channel_cursor SET nudged_at = $3 WHERE workspace_id = $1 AND channel_id = $2", workspace, channel, now
    )


async def end_trouble(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, beginning: str) -> None:
    """Take back a trouble of this beginning: the platform lets us in again."""
    await connection.execute(
        """
        UPDATE channel SET trouble = '', changed_at = now()
        WHERE workspace_id = $1 AND id = $2 AND trouble <> '' AND starts_with(trouble, $3)
        """,
        workspace,
        channel,
        beginning,
    )
