"""Statements about channels. Those without a workspace run as `worker`; the others under row-level security.

`changed_at` is the database's own time: registries of all processes compare it, whatever their machines' clocks say.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, WorkspaceId
from services.kit.db import Connection

COLUMNS = (
    "workspace_id, id, platform, name, active, path_token, credentials, config, version, created_at, changed_at, trouble, hours,"
    " disconnected_at"
)


async def channels_changed_since(connection: Connection, since: datetime | None) -> list[asyncpg.Record]:
    """Channels of all workspaces that changed at or after `since`; all of them for None."""
    return await connection.fetch(
        f"SELECT {COLUMNS} FROM channel WHERE $1::timestamptz IS NULL OR changed_at >= $1 ORDER BY changed_at", since
    )


async def channel_at(connection: Connection, path_token: str) -> asyncpg.Record | None:
    """The channel of a webhook address, of whatever workspace."""
    return await connection.fetchrow(f"SELECT {COLUMNS} FROM channel WHERE path_token = $1", path_token)


async def insert_channel(connection: Connection, values: Mapping[str, object]) -> None:
    """A new channel; keys of `values` are columns."""
    await connection.execute(
        """
        INSERT INTO channel
            (workspace_id, id, platform, name, active, path_token, credentials, config, version, created_at, changed_at, trouble)
        VALUES ($1, $2, $3, $4, true, $5, $6, $7, 1, $8, now(), '')
        """,
        *(values[key] for key in ("workspace_id", "id", "platform", "name", "path_token", "credentials", "config", "now")),
    )


async def channel_of(connection: Connection, workspace: WorkspaceId, channel: ChannelId) -> asyncpg.Record | None:
    """One channel of a workspace."""
    return await connection.fetchrow(f"SELECT {COLUMNS} FROM channel WHERE workspace_id = $1 AND id = $2", workspace, channel)


async def locked_channel(connection: Connection, workspace: WorkspaceId, channel: ChannelId) -> asyncpg.Record | None:
    """The same, about to be changed."""
    return await connection.fetchrow(
        f"SELECT {COLUMNS} FROM channel WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE", workspace, channel
    )


async def channel_to_end(connection: Connection, workspace: WorkspaceId, channel: ChannelId) -> asyncpg.Record | None:
    """The same, once nobody is writing a reply for it any more (`has_ended`)."""
    return await connection.fetchrow(f"SELECT {COLUMNS} FROM channel WHERE workspace_id = $1 AND id = $2 FOR UPDATE", workspace, channel)


async def has_ended(connection: Connection, workspace: WorkspaceId, channel: ChannelId) -> bool:
    """Whether the channel was disconnected; if not, it stays for the rest of the transaction. Hinders nothing else that is done to it."""
    ended: bool | None = await connection.fetchval(
        "SELECT disconnected_at IS NOT NULL FROM channel WHERE workspace_id = $1 AND id = $2 FOR KEY SHARE", workspace, channel
    )
    return bool(ended)


async def channels_of(connection: Connection, workspace: WorkspaceId) -> list[asyncpg.Record]:
    """All channels of a workspace, the oldest first."""
    return await connection.fetch(f"SELECT {COLUMNS} FROM channel WHERE workspace_id = $1 ORDER BY created_at, id", workspace)


async def channels_by_id(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """The channels of these ids, in no order."""
    return await connection.fetch(f"SELECT {COLUMNS} FROM channel WHERE workspace_id = $1 AND id = ANY($2)", workspace, list(ids))


async def change_channel(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    channel: ChannelId,
    *,
    name: str | None,
    active: bool | None,
    credentials: bytes | None,
    config: Mapping[str, object] | None,
) -> asyncpg.Record | None:
    """The channel after the change; None leaves a column as it is."""
    return await connection.fetchrow(
        f"""
        UPDATE channel SET name = coalesce($3, name), active = coalesce($4, active),
            credentials = coalesce($5, credentials), config = coalesce($6::jsonb, config),
            trouble = CASE WHEN $5::bytea IS NULL THEN trouble ELSE '' END,
            version = version + 1, changed_at = now()
        WHERE workspace_id = $1 AND id = $2 RETURNING {COLUMNS}
        """,
        workspace,
        channel,
        name,
        active,
        credentials,
        None if config is None else dict(config),
    )


async def disconnect_channel(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, credentials: bytes, now: datetime
) -> asyncpg.Record | None:
    """The channel as it stays for its history: it does nothing, and what it could be reached by is gone."""
    return await connection.fetchrow(
        f"""
        UPDATE channel SET active = false, credentials = $3, config = '{{}}', trouble = '', disconnected_at = $4, version = version + 1,
            changed_at = now()
        WHERE workspace_id = $1 AND id = $2 RETURNING {COLUMNS}
        """,
        workspace,
        channel,
        credentials,
        now,
    )


async def mark_trouble(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, trouble: str) -> None:
    """Say on the channel that it needs attention, and why."""
    await connection.execute(
        "UPDATE channel SET trouble = $3, changed_at = now() WHERE workspace_id = $1 AND id = $2", workspace, channel, trouble
    )
