"""Statements of notes on people, as `app`. Called by `facts.notes` inside the edge's transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, ContactNoteId, ProfileId, WorkspaceId
from services.identity.statements.facts import MEMBERS_OF_ASKED, aligned
from services.kit.db import Connection

NOTES_LIMIT = 100
_COLUMNS = "note.id, note.member_id, note.text, note.pinned, note.created_at, note.edited_at, note.version"
_BY_CONTACTS = f"""
SELECT * FROM (
    SELECT asked.position, contact.id AS contact_id, {_COLUMNS},
        row_number() OVER (PARTITION BY asked.position ORDER BY note.pinned DESC, note.id DESC) AS place
    FROM {MEMBERS_OF_ASKED}
    JOIN contact_note AS note ON note.workspace_id = $1 AND note.profile_id = membership.profile_id AND note.deleted_at IS NULL
) AS listed WHERE place <= {NOTES_LIMIT} ORDER BY position, place
"""
_BY_IDS = f"""
SELECT membership.contact_id, {_COLUMNS} FROM contact_note AS note
JOIN membership ON membership.workspace_id = $1 AND membership.profile_id = note.profile_id
WHERE note.workspace_id = $1 AND note.id = ANY($2::uuid[]) AND note.deleted_at IS NULL
"""
_NEW = f"""
INSERT INTO contact_note AS note (workspace_id, id, profile_id, member_id, text, pinned, created_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1) RETURNING {_COLUMNS}
"""
_FOR_CHANGE = f"""
SELECT {_COLUMNS} FROM contact_note AS note
JOIN membership ON membership.workspace_id = $1 AND membership.profile_id = note.profile_id AND membership.contact_id = $2
WHERE note.workspace_id = $1 AND note.id = $3 AND note.deleted_at IS NULL FOR UPDATE OF note
"""
_CHANGED = f"""
UPDATE contact_note AS note SET text = $3, pinned = $4, edited_at = $5, version = version + 1
WHERE workspace_id = $1 AND id = $2 RETURNING {_COLUMNS}
"""
_DELETED = """
UPDATE contact_note SET text = '', pinned = false, deleted_at = $3, version = version + 1 WHERE workspace_id = $1 AND id = $2
"""


async def notes_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    """Aligned with `ids`; the pinned first, then the newest, at most 100 each."""
    return aligned(await connection.fetch(_BY_CONTACTS, workspace, ids), len(ids))


async def notes_of_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Those of `ids` that exist."""
    return await connection.fetch(_BY_IDS, workspace, ids)


async def inserted_note(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    note: ContactNoteId,
    *,
    profile: ProfileId,
    member: UUID | None,
    text: str,
    pinned: bool,
    now: datetime,
) -> asyncpg.Record:
    """Keep a note on a profile."""
    (row,) = await connection.fetch(_NEW, workspace, note, profile, member, text, pinned, now)
    return row


async def note_for_change(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, *, note: ContactNoteId
) -> asyncpg.Record | None:
    """With the row locked; None where the contact has no such note."""
    return await connection.fetchrow(_FOR_CHANGE, workspace, contact, note)


async def changed_note(
    connection: Connection, workspace: WorkspaceId, note: ContactNoteId, *, text: str, pinned: bool, edited_at: datetime | None
) -> asyncpg.Record:
    """Change one that is there."""
    (row,) = await connection.fetch(_CHANGED, workspace, note, text, pinned, edited_at)
    return row


async def deleted_note(connection: Connection, workspace: WorkspaceId, note: ContactNoteId, *, now: datetime) -> None:
    """Forget its words, and show it no more."""
    await connection.execute(_DELETED, workspace, note, now)
