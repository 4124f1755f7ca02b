"""Statements of files: rows come in, are found, are worked off. As `app`, unless it says otherwise."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection

MEDIA = "id, state, source, name, type, size_bytes, width, height, sha256, reason, created_at"


async def begin_upload(  # noqa: PLR0913 - what is known before the bytes come
    connection: Connection,
    workspace: WorkspaceId,
    media: UUID,
    *,
    name: str,
    source: str,
    member: UUID | None,
    now: datetime,
    given_up_after: timedelta,
) -> bool:
    """A row for a file on its way; False where its id is there already."""
    made = await connection.fetchval(
        """
        INSERT INTO media (workspace_id, id, state, source, name, type, size_bytes, member_id, attempts, due_at, reason, created_at)
        VALUES ($1, $2, 'arriving', $7, $3, '', 0, $4, 0, $5::timestamptz + $6::interval, '', $5)
        ON CONFLICT ON CONSTRAINT media_pkey DO NOTHING RETURNING true
        """,
        workspace,
        media,
        name,
        member,
        now,
        given_up_after,
        source,
    )
    return made is not None


async def store_media(  # noqa: PLR0913 - what the bytes say
    connection: Connection,
    workspace: WorkspaceId,
    media: UUID,
    *,
    type_: str,
    size_bytes: int,
    width: int | None,
    height: int | None,
    sha256: bytes,
) -> asyncpg.Record | None:
    """Say that the file is there; None where nobody waits for it any more. A visitor's stays for a day, unless a message takes it."""
    return await connection.fetchrow(
        f"""
        UPDATE media SET state = 'stored', type = $3, size_bytes = $4, width = $5, height = $6, sha256 = $7, reason = '',
            attempts = 0, due_at = CASE WHEN source = 'visitor' THEN created_at + interval '1 day' END
        WHERE workspace_id = $1 AND id = $2 AND state IN ('arriving', 'wanted')
        RETURNING interaction_id, place, {MEDIA}
        """,
        workspace,
        media,
        type_,
        size_bytes,
        width,
        height,
        sha256,
    )


async def take_uploads(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Files of visitors that a message takes: they stay. In no order; those that are not there are left out."""
    return await connection.fetch(
        f"""
        UPDATE media SET due_at = NULL WHERE workspace_id = $1 AND id = ANY($2) AND state = 'stored' AND source = 'visitor'
        RETURNING {MEDIA}
        """,
        workspace,
        list(ids),
    )


async def bind_uploads(
    connection: Connection, workspace: WorkspaceId, *, media: Sequence[UUID], interactions: Sequence[UUID], places: Sequence[int]
) -> None:
    """Say beside which message visitors' files stand, so that they go when it does."""
    await connection.execute(
        """
        UPDATE media SET interaction_id = b.interaction_id, place = b.place
        FROM unnest($2::uuid[], $3::uuid[], $4::int[]) AS b (id, interaction_id, place)
        WHERE media.workspace_id = $1 AND media.id = b.id AND media.source = 'visitor' AND media.interaction_id IS NULL
        """,
        workspace,
        list(media),
        list(interactions),
        list(places),
    )


async def expire_upload(connection: Connection, workspace: WorkspaceId, media: UUID, *, now: datetime) -> None:
    """Let a visitor's file go that no message has taken."""
    await connection.execute(
        """
        UPDATE media SET state = 'gone', due_at = $3, attempts = 0
        WHERE workspace_id = $1 AND id = $2 AND state = 'stored' AND source = 'visitor' AND due_at IS NOT NULL
        """,
        workspace,
        media,
        now,
    )


async def name_in_history(connection: Connection, workspace: WorkspaceId, interaction: UUID, *, place: int, media: UUID) -> None:
    """Let the attachment of a message point to its file."""
    await connection.execute(
        """
        UPDATE interaction SET attachments = jsonb_set(attachments, ARRAY[$3::int::text, 'media_id'], to_jsonb($4::uuid::text))
        WHERE workspace_id = $1 AND id = $2 AND jsonb_array_length(attachments) > $3
        """,
        workspace,
        interaction,
        place,
        media,
    )


async def media_by_id(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Files that may be told of, in no order."""
    return await connection.fetch(
        f"SELECT {MEDIA} FROM media WHERE workspace_id = $1 AND id = ANY($2) AND state IN ('wanted', 'stored', 'refused')",
        workspace,
        list(ids),
    )


async def dismiss_media(connection: Connection, workspace: WorkspaceId, media: UUID, *, now: datetime) -> bool:
    """From now on nobody gets the file; the worker removes it. False where there is none."""
    answer = await connection.execute(
        """
        UPDATE media SET state = 'gone', due_at = $3, attempts = 0
        WHERE workspace_id = $1 AND id = $2 AND state IN ('wanted', 'stored', 'refused')
        """,
        workspace,
        media,
        now,
    )
    return answer != "UPDATE 0"


async def workspaces_with_due_media(connection: Connection, *, now: datetime, limit: int) -> list[WorkspaceId]:
    """Workspaces whose files need something done, the longest due first. As `worker`."""
    rows = await connection.fetch(
        "SELECT workspace_id FROM media WHERE due_at <= $1 ORDER BY due_at, workspace_id, id LIMIT $2", now, limit
    )
    return list(dict.fromkeys(WorkspaceId(row["workspace_id"]) for row in rows))


async def claim_media(
    connection: Connection, workspace: WorkspaceId, *, now: datetime, again_at: datetime, limit: int
) -> list[asyncpg.Record]:
    """Take files that are due, each with the channel of its message; whoever takes one has until `again_at`."""
    return await connection.fetch(
        """
        UPDATE media SET due_at = $3, attempts = attempts + 1
        WHERE workspace_id = $1 AND id = ANY (ARRAY(
            SELECT m.id FROM media m WHERE m.workspace_id = $1 AND m.due_at <= $2 ORDER BY m.due_at, m.id LIMIT $4 FOR UPDATE SKIP LOCKED
        ))
        RETURNING id, state, source_url, attempts,
            (SELECT i.channel_id FROM interaction i WHERE i.workspace_id = $1 AND i.id = media.interaction_id) AS channel_id
        """,
        workspace,
        now,
        again_at,
        limit,
    )


async def refuse_media(connection: Connection, workspace: WorkspaceId, media: UUID, *, reason: str) -> None:
    """Nobody will fetch it any more; the platform's link stays."""
    await connection.execute(
        "UPDATE media SET state = 'refused', due_at = NULL, reason = $3 WHERE workspace_id = $1 AND id = $2 AND state = 'wanted'",
        workspace,
        media,
        reason,
    )


async def forget_media(connection: Connection, workspace: WorkspaceId, media: UUID) -> None:
    """The row of a file that was removed."""
    await connection.execute("DELETE FROM media WHERE workspace_id = $1 AND id = $2 AND state IN ('gone', 'arriving')", workspace, media)
