"""Statements of canned replies: found by shortcut, one per language. As `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ConversationId, MemberId, WorkspaceId
from services.kit.db import Connection

CANNED = "id, shortcut, language, title, text, changed_by, changed_at, version"
# Shortcuts are of the ASCII characters before this one, and compared byte by byte.
AFTER_ALL = "\x7f"


async def canned_by_id(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Canned replies, in no order."""
    return await connection.fetch(f"SELECT {CANNED} FROM canned_reply WHERE workspace_id = $1 AND id = ANY($2)", workspace, list(ids))


async def canned_in_languages(connection: Connection, workspace: WorkspaceId, *, shortcut: str) -> list[asyncpg.Record]:
    """All languages of one shortcut, in their order."""
    return await connection.fetch(
        f"SELECT {CANNED} FROM canned_reply WHERE workspace_id = $1 AND shortcut = $2 ORDER BY language LIMIT 100", workspace, shortcut
    )


async def canned_page(
    connection: Connection, workspace: WorkspaceId, *, prefix: str, language: str | None, after: tuple[str, str] | None, limit: int
) -> list[asyncpg.Record]:
    """Canned replies whose shortcut begins so, in the order of shortcut and language."""
    return await connection.fetch(
        f"""
        SELECT {CANNED} FROM canned_reply
        WHERE workspace_id = $1 AND shortcut >= $2 AND shortcut < $3 AND (shortcut, language) > ($4, $5)
          AND ($6::text IS NULL OR language = $6)
        ORDER BY shortcut, language LIMIT $7
        """,
        workspace,
        prefix,
        prefix + AFTER_ALL,
        *(after or ("", "")),
        language,
        limit,
    )


async def insert_canned(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    canned: UUID,
    *,
    shortcut: str,
    language: str,
    title: str,
    text: str,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record | None:
    """A new canned reply; None where the shortcut is taken in that language."""
    return await connection.fetchrow(
        f"""
        INSERT INTO canned_reply (workspace_id, id, shortcut, language, title, text, changed_by, changed_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
        ON CONFLICT ON CONSTRAINT canned_reply_workspace_id_shortcut_language_key DO NOTHING RETURNING {CANNED}
        """,
        workspace,
        canned,
        shortcut,
        language,
        title,
        text,
        member,
        now,
    )


async def change_canned(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    canned: UUID,
    *,
    shortcut: str,
    language: str,
    title: str,
    text: str,
    version: int,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record | None:
    """Replace a canned reply if `version` is the present one. Raises UniqueViolationError for a shortcut that is taken."""
    return await connection.fetchrow(
        f"""
        UPDATE canned_reply SET shortcut = $3, language = $4, title = $5, text = $6, changed_by = $8, changed_at = $9,
            version = version + 1
        WHERE workspace_id = $1 AND id = $2 AND version = $7 RETURNING {CANNED}
        """,
        workspace,
        canned,
        shortcut,
        language,
        title,
        text,
        version,
        member,
        now,
    )


async def delete_canned(connection: Connection, workspace: WorkspaceId, canned: UUID) -> bool:
    """Remove a canned reply. True where there was one."""
    return await connection.execute("DELETE FROM canned_reply WHERE workspace_id = $1 AND id = $2", workspace, canned) != "DELETE 0"


async def facts_of_conversation(connection: Connection, workspace: WorkspaceId, conversation: ConversationId) -> asyncpg.Record | None:
    """What placeholders may say of a thread: its channel, its title, who wrote last."""
    return await connection.fetchrow(
        """
        SELECT c.platform, c.title, c.profile_id, c.public, ch.name AS channel, i.author_name, i.author_handle FROM conversation c
        JOIN channel ch ON ch.workspace_id = $1 AND ch.id = c.channel_id
        LEFT JOIN LATERAL (
            SELECT h.author_name, h.author_handle FROM interaction h
            WHERE h.workspace_id = $1 AND h.conversation_id = c.id AND h.direction = 'inbound'
            ORDER BY h.occurred_at DESC, h.id DESC LIMIT 1
        ) i ON true
        WHERE c.workspace_id = $1 AND c.id = $2
        """,
        workspace,
        conversation,
    )
