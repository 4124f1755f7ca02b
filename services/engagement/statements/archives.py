"""Statements by which history of another system is kept: a channel that only keeps, threads as they stood there, their labels. As `app`.

Called by `archiving`. Whatever is there already stays as it is.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.contracts.ids import ChannelId, WorkspaceId
from services.kit.db import Connection

_CHANNEL = """
INSERT INTO channel (workspace_id, id, platform, name, active, path_token, credentials, config, version, created_at, changed_at, trouble,
    disconnected_at)
VALUES ($1, $2, $3, $4, false, $5, $6, '{}', 1, $7, now(), '', $7) ON CONFLICT ON CONSTRAINT channel_pkey DO NOTHING
"""
_OPENED = """
INSERT INTO conversation (workspace_id, channel_id, id, key, profile_id, platform, kind, public, title, started_at, last_activity_at,
    status, message_count, version, closed_version)
SELECT $1, $2, c.id, c.key, c.profile_id, $3, 'direct', false, c.title, c.started_at, c.started_at, c.status, 0, 0, 0
FROM unnest($4::uuid[], $5::bytea[], $6::uuid[], $7::text[], $8::timestamptz[], $9::text[])
    AS c (id, key, profile_id, title, started_at, status)
ORDER BY c.key ON CONFLICT ON CONSTRAINT conversation_workspace_id_channel_id_key_key DO NOTHING RETURNING key, id
"""
_LABELS = """
INSERT INTO label (workspace_id, id, name, key, colour, created_at, version)
SELECT $1, l.id, l.name, l.key, l.colour, $6, 1 FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS l (id, name, key, colour)
ORDER BY l.key ON CONFLICT ON CONSTRAINT label_workspace_id_key_key DO NOTHING
"""
_LABELLED = """
INSERT INTO conversation_label (workspace_id, conversation_id, label_id)
SELECT $1, c.id, l.id FROM unnest($2::uuid[], $3::text[]) AS c (id, key)
JOIN label l ON l.workspace_id = $1 AND l.key = c.key AND l.key = ANY($3)
ORDER BY c.id, l.id ON CONFLICT ON CONSTRAINT conversation_label_pkey DO NOTHING
"""


async def kept_channel(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    channel: ChannelId,
    *,
    platform: str,
    name: str,
    path_token: str,
    credentials: bytes,
    now: datetime,
) -> None:
    """Make a channel that was never connected, as one that no longer is."""
    await connection.execute(_CHANNEL, workspace, channel, platform, name, path_token, credentials, now)


async def opened_threads(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, platform: str, rows: Sequence[tuple[object, ...]]
) -> dict[bytes, UUID]:
    """Make the threads that are new; rows are (id, key, profile, title, started at, status). Gives the ids of the new ones by key."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {row["key"]: row["id"] for row in await connection.fetch(_OPENED, workspace, channel, platform, *columns)}


async def defined_labels(connection: Connection, workspace: WorkspaceId, *, rows: Sequence[tuple[object, ...]], now: datetime) -> None:
    """Make the labels that are new; rows are (id, name, key, colour)."""
    await connection.execute(_LABELS, workspace, *[list(column) for column in zip(*rows, strict=True)], now)


async def labelled_threads(connection: Connection, workspace: WorkspaceId, *, rows: Sequence[tuple[UUID, str]]) -> None:
    """Put labels on threads; rows are (thread, the label's key). Labels that there are not are left out."""
    await connection.execute(_LABELLED, workspace, *[list(column) for column in zip(*rows, strict=True)])
