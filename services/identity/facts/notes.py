"""Notes on people, which those people never see. Called by the edges, in their transaction. A deleted note keeps no words."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, ContactNoteId, MemberId, WorkspaceId
from services.contracts.views.facts import ContactNoteView
from services.identity.errors import NoteNotFoundError, NotYourNoteError
from services.identity.facts.changing import Saying, Subject, begin_change, end_change
from services.identity.statements import notes as statements
from services.kit.db import Connection
from services.kit.ids import new_id
from services.kit.preconditions import match


async def add_note(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, *, text: str, pinned: bool, saying: Saying
) -> ContactNoteView:
    """Note something of a contact. Raises ContactNotFoundError."""
    subject = await begin_change(connection, workspace, contact, expected=None)
    row = await statements.inserted_note(
        connection,
        workspace,
        ContactNoteId(new_id()),
        profile=subject.profile_id,
        member=saying.by,
        text=text.strip(),
        pinned=pinned,
        now=saying.now,
    )
    await end_change(connection, workspace, subject)
    return _shown(row, contact=subject.contact_id)


async def change_note(  # noqa: PLR0913 - what is changed, of whom, and by whom
    connection: Connection,
    workspace: WorkspaceId,
    contact: ContactId,
    *,
    note: ContactNoteId,
    text: str | None,
    pinned: bool | None,
    saying: Saying,
) -> ContactNoteView:
    """Anybody pins; only its author rewrites. `saying.expected` is the note's version. Raises NoteNotFoundError, NotYourNoteError."""
    subject, row = await _note(connection, workspace, contact, note, expected=saying.expected)
    if text is not None and row["member_id"] != saying.by:
        raise NotYourNoteError
    edited_at = row["edited_at"] if text is None else saying.now
    changed = await statements.changed_note(
        connection,
        workspace,
        note,
        text=row["text"] if text is None else text.strip(),
        pinned=row["pinned"] if pinned is None else pinned,
        edited_at=edited_at,
    )
    await end_change(connection, workspace, subject)
    return _shown(changed, contact=subject.contact_id)


async def delete_note(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, *, note: ContactNoteId, saying: Saying, may_delete_any: bool
) -> None:
    """Forget its words. `may_delete_any` lets an administrator. Raises NoteNotFoundError, NotYourNoteError, PreconditionFailedError."""
    subject, row = await _note(connection, workspace, contact, note, expected=saying.expected)
    if row["member_id"] != saying.by and not may_delete_any:
        raise NotYourNoteError
    await statements.deleted_note(connection, workspace, note, now=saying.now)
    await end_change(connection, workspace, subject)


async def notes_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[ContactNoteView]]:
    """Aligned with `ids`, which are contacts under any id they ever had."""
    found = await statements.notes_of_contacts(connection, workspace, ids)
    return [[_shown(row, contact=ContactId(row["contact_id"])) for row in rows] for rows in found]


async def list_notes_by_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[ContactNoteView | None]:
    """Aligned with `ids`."""
    rows = await statements.notes_of_ids(connection, workspace, ids)
    found: dict[UUID, ContactNoteView] = {row["id"]: _shown(row, contact=ContactId(row["contact_id"])) for row in rows}
    return [found.get(each) for each in ids]


async def _note(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, note: ContactNoteId, *, expected: int | None
) -> tuple[Subject, asyncpg.Record]:
    subject = await begin_change(connection, workspace, contact, expected=None)
    row = await statements.note_for_change(connection, workspace, subject.contact_id, note=note)
    if row is None:
        raise NoteNotFoundError
    match(expected, row["version"])
    return subject, row


def _shown(row: asyncpg.Record, *, contact: ContactId) -> ContactNoteView:
    member: UUID | None = row["member_id"]
    edited_at: datetime | None = row["edited_at"]
    return ContactNoteView(
        id=ContactNoteId(row["id"]),
        contact_id=contact,
        member_id=None if member is None else MemberId(member),
        text=row["text"],
        pinned=row["pinned"],
        created_at=row["created_at"],
        edited_at=edited_at,
        version=row["version"],
    )
