"""Statements of web chat's visitors, their mailboxes and used proofs of sign-in. All run as `app`.

Whoever adds to a mailbox or changes it holds the visitor's row: that lock orders the entries, so a reader who was given position n
has been given all before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, WorkspaceId
from services.kit.db import Connection

_VISITOR = """id, channel_id, subject, name, email, email_verified, phone, phone_verified, language, position, allowance, allowance_at,
    file_allowance, file_allowance_at"""
_ENTRY = "id, position, changed, inbound, text, attachments, at, edited_at, deleted_at, delivered_at, read_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """What a site says of somebody who is signed in there."""

    subject: str
    name: str | None
    email: str | None
    email_verified: bool
    phone: str | None
    phone_verified: bool
    language: str | None


async def visitor_of(connection: Connection, workspace: WorkspaceId, channel: ChannelId, visitor: UUID) -> asyncpg.Record | None:
    """A visitor of this channel."""
    return await connection.fetchrow(
        f"SELECT {_VISITOR} FROM visitor WHERE workspace_id = $1 AND id = $2 AND channel_id = $3", workspace, visitor, channel
    )


async def admit_visitor(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, visitor: UUID, *, allowance: float, now: datetime
) -> None:
    """A row for somebody who writes for the first time; one that is there stays as it is."""
    await connection.execute(
        """
        INSERT INTO visitor (workspace_id, id, channel_id, email_verified, phone_verified, position, allowance, allowance_at, created_at)
        VALUES ($1, $2, $3, false, false, 0, $4, $5, $5) ON CONFLICT DO NOTHING
        """,
        workspace,
        visitor,
        channel,
        allowance,
        now,
    )


async def locked_visitor(connection: Connection, workspace: WorkspaceId, channel: ChannelId, visitor: UUID) -> asyncpg.Record | None:
    """The visitor, whose mailbox nobody else changes until this transaction ends."""
    return await connection.fetchrow(
        f"SELECT {_VISITOR} FROM visitor WHERE workspace_id = $1 AND id = $2 AND channel_id = $3 FOR NO KEY UPDATE",
        workspace,
        visitor,
        channel,
    )


async def visitor_signed_in_as(connection: Connection, workspace: WorkspaceId, channel: ChannelId, subject: str) -> asyncpg.Record | None:
    """Whom the site knows by this id."""
    return await connection.fetchrow(
        f"SELECT {_VISITOR} FROM visitor WHERE workspace_id = $1 AND channel_id = $2 AND subject = $3", workspace, channel, subject
    )


async def describe_visitor(connection: Connection, workspace: WorkspaceId, visitor: UUID, *, known: Attributes) -> None:
    """Write down what the site says now."""
    await connection.execute(
        """
        UPDATE visitor SET subject = $3, name = $4, email = $5, email_verified = $6, phone = $7, phone_verified = $8, language = $9
        WHERE workspace_id = $1 AND id = $2
        """,
        workspace,
        visitor,
        known.subject,
        known.name,
        known.email,
        known.email_verified,
        known.phone,
        known.phone_verified,
        known.language,
    )


async def use_proof(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, proof: bytes, *, holder: bytes, expires_at: datetime
) -> bytes:
    """Who holds a site's token: this browser, or the one that brought it first."""
    held: bytes = await connection.fetchval(
        """
        INSERT INTO visitor_proof AS p (workspace_id, channel_id, proof, holder, expires_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT ON CONSTRAINT visitor_proof_pkey DO UPDATE SET holder = p.holder RETURNING p.holder
        """,
        workspace,
        channel,
        proof,
        holder,
        expires_at,
    )
    return held


async def forget_proofs(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, before: datetime, limit: int) -> None:
    """Delete some of the proofs that nobody can use any more."""
    await connection.execute(
        """
        DELETE FROM visitor_proof WHERE workspace_id = $1 AND channel_id = $2 AND proof IN (
            SELECT proof FROM visitor_proof WHERE workspace_id = $1 AND channel_id = $2 AND expires_at < $3
            ORDER BY expires_at LIMIT $4 FOR UPDATE SKIP LOCKED)
        """,
        workspace,
        channel,
        before,
        limit,
    )


async def entry_of(connection: Connection, workspace: WorkspaceId, visitor: UUID, entry: str) -> asyncpg.Record | None:
    """One entry of a mailbox."""
    return await connection.fetchrow(
        f"SELECT {_ENTRY} FROM visitor_entry WHERE workspace_id = $1 AND visitor_id = $2 AND id = $3", workspace, visitor, entry
    )


async def reply_entry(connection: Connection, workspace: WorkspaceId, reply: str) -> asyncpg.Record | None:
    """Our entry of this id, and whose mailbox it is in."""
    return await connection.fetchrow(
        f"SELECT visitor_id, {_ENTRY} FROM visitor_entry WHERE workspace_id = $1 AND id = $2 AND NOT inbound", workspace, reply
    )


async def append_entry(connection: Connection, workspace: WorkspaceId, visitor: UUID, values: Sequence[object]) -> asyncpg.Record | None:
    """The newest entry of a mailbox whose visitor is locked: id, inbound, text, attachments, at. None where the id is there already."""
    return await connection.fetchrow(
        f"""
        WITH place AS (
            UPDATE visitor SET position = position + 1
            WHERE workspace_id = $1 AND id = $2
              AND NOT EXISTS (SELECT FROM visitor_entry e WHERE e.workspace_id = $1 AND e.visitor_id = $2 AND e.id = $3)
            RETURNING position
        )
        INSERT INTO visitor_entry (workspace_id, visitor_id, id, position, changed, inbound, text, attachments, at)
        SELECT $1, $2, $3, position, position, $4, $5, $6::jsonb, $7 FROM place RETURNING {_ENTRY}
        """,
        workspace,
        visitor,
        *values,
    )


async def change_entry(
    connection: Connection, workspace: WorkspaceId, visitor: UUID, entry: str, *, text: str | None, now: datetime
) -> bool:
    """Replace an entry's text, or take it back (None), as its mailbox's newest change; the visitor is locked. False: nothing to do."""
    changed = await connection.fetchval(
        """
        WITH place AS (
            UPDATE visitor SET position = position + 1
            WHERE workspace_id = $1 AND id = $2 AND EXISTS (
                SELECT FROM visitor_entry e WHERE e.workspace_id = $1 AND e.visitor_id = $2 AND e.id = $3
                  AND e.deleted_at IS NULL AND e.text IS DISTINCT FROM $4)
            RETURNING position
        )
        UPDATE visitor_entry SET changed = place.position, text = coalesce($4, ''),
            attachments = CASE WHEN $4::text IS NULL THEN NULL ELSE attachments END,
            edited_at = CASE WHEN $4::text IS NULL THEN edited_at ELSE $5::timestamptz END,
            deleted_at = CASE WHEN $4::text IS NULL THEN $5::timestamptz END
        FROM place WHERE workspace_id = $1 AND visitor_id = $2 AND visitor_entry.id = $3 RETURNING true
        """,
        workspace,
        visitor,
        entry,
        text,
        now,
    )
    return bool(changed)


async def keep_allowance(connection: Connection, workspace: WorkspaceId, visitor: UUID, *, left: float, now: datetime) -> None:
    """What is left of the bucket after a message."""
    await connection.execute(
        "UPDATE visitor SET allowance = $3, allowance_at = $4 WHERE workspace_id = $1 AND id = $2", workspace, visitor, left, now
    )


async def keep_file_allowance(connection: Connection, workspace: WorkspaceId, visitor: UUID, *, left: float, now: datetime) -> None:
    """What is left of the bucket of files after one."""
    await connection.execute(
        "UPDATE visitor SET file_allowance = $3, file_allowance_at = $4 WHERE workspace_id = $1 AND id = $2", workspace, visitor, left, now
    )


async def entries_after(connection: Connection, workspace: WorkspaceId, visitor: UUID, *, after: int, limit: int) -> list[asyncpg.Record]:
    """Entries that came or changed after this position, in that order."""
    return await connection.fetch(
        f"""
        SELECT {_ENTRY} FROM visitor_entry WHERE workspace_id = $1 AND visitor_id = $2 AND changed > $3 ORDER BY changed LIMIT $4
        """,
        workspace,
        visitor,
        after,
        limit,
    )


async def unread_count(connection: Connection, workspace: WorkspaceId, visitor: UUID, *, limit: int) -> int:
    """How many of our newest entries, at most `limit`, the visitor's widget has not fetched."""
    count: int = await connection.fetchval(
        """
        SELECT count(*) FILTER (WHERE NOT inbound AND delivered_at IS NULL) FROM (
            SELECT inbound, delivered_at FROM visitor_entry WHERE workspace_id = $1 AND visitor_id = $2 ORDER BY changed DESC LIMIT $3) AS e
        """,
        workspace,
        visitor,
        limit,
    )
    return count


async def own_positions(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, visitor: UUID, *, look_back: int
) -> asyncpg.Record | None:
    """Of the visitor's last messages the newest position, and the newest that stands in the history; 0 where there is none."""
    return await connection.fetchrow(
        """
        SELECT coalesce(max(e.position), 0) AS newest, coalesce(max(e.position) FILTER (WHERE i.id IS NOT NULL), 0) AS recorded FROM (
            SELECT id, position FROM visitor_entry WHERE workspace_id = $1 AND visitor_id = $3 AND inbound ORDER BY changed DESC LIMIT $4
        ) AS e LEFT JOIN interaction i ON i.workspace_id = $1 AND i.channel_id = $2 AND i.external_id = $3::uuid::text || '/' || e.id
        """,
        workspace,
        channel,
        visitor,
        look_back,
    )


async def mark_delivered(connection: Connection, workspace: WorkspaceId, visitor: UUID, *, ids: Sequence[str], now: datetime) -> list[str]:
    """Our entries of these ids of which the visitor's widget had not said so before."""
    rows = await connection.fetch(
        """
        UPDATE visitor_entry SET delivered_at = $4
        WHERE workspace_id = $1 AND visitor_id = $2 AND id = ANY($3) AND NOT inbound AND delivered_at IS NULL RETURNING id
        """,
        workspace,
        visitor,
        list(ids),
        now,
    )
    return [row["id"] for row in rows]


async def mark_read(connection: Connection, workspace: WorkspaceId, visitor: UUID, *, ids: Sequence[str], now: datetime) -> list[str]:
    """As mark_delivered, for entries that the visitor has seen."""
    rows = await connection.fetch(
        """
        UPDATE visitor_entry SET read_at = $4, delivered_at = coalesce(delivered_at, $4)
        WHERE workspace_id = $1 AND visitor_id = $2 AND id = ANY($3) AND NOT inbound AND read_at IS NULL RETURNING id
        """,
        workspace,
        visitor,
        list(ids),
        now,
    )
    return [row["id"] for row in rows]
