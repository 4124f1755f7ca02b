"""Endpoints of notes on people. A note's ETag is the note's own version."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import ContactId, ContactNoteId
from services.contracts.views.facts import ContactNoteView
from services.identity.contacts import get_contact
from services.identity.facts.changing import Saying
from services.identity.facts.notes import add_note, change_note, delete_note, notes_of_contacts
from services.identity.parts import PartsOf
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once
from services.kit.pagination import Page
from services.kit.preconditions import Expected, tag

router = APIRouter(tags=["people"])
Reader = Annotated[Caller, Depends(require("contacts:read"))]
Writer = Annotated[Caller, Depends(require("contacts:write"))]
NoteText = Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"\S")]


class NoteBody(RequestBody):
    """What is to be noted, and whether it stays on top."""

    text: NoteText
    pinned: bool = False


class NoteChangeBody(RequestBody):
    """What is to change; what is absent stays."""

    text: NoteText | None = None
    pinned: bool | None = None


@router.get("/v1/contacts/{contact_id}/notes")
async def list_notes(contact_id: UUID, caller: Reader, parts: PartsOf) -> Page[ContactNoteView]:
    """The contact's notes: the pinned first, then the newest; at most 100, on one page."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        contact = await get_contact(connection, caller.workspace_id, ContactId(contact_id))
        (notes,) = await notes_of_contacts(connection, caller.workspace_id, [contact.id])
    return Page(items=notes)


@router.post("/v1/contacts/{contact_id}/notes", status_code=201, response_model=ContactNoteView)
async def add_contact_note(contact_id: UUID, body: NoteBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Note something of the contact."""

    async def act(connection: Connection) -> tuple[int, object]:
        saying = Saying(by=caller.member_id, now=parts.clock.now())
        return 201, await add_note(
            connection, caller.workspace_id, ContactId(contact_id), text=body.text, pinned=body.pinned, saying=saying
        )

    return await once(request, parts.app, caller, act)


@router.patch("/v1/contacts/{contact_id}/notes/{note_id}")
async def change_contact_note(  # noqa: PLR0913 - FastAPI gives each part of the request apart
    *, contact_id: UUID, note_id: UUID, body: NoteChangeBody, expected: Expected, caller: Writer, parts: PartsOf, response: Response
) -> ContactNoteView:
    """Pin a note, or rewrite one's own."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), expected=expected)
    async with parts.app.transaction(caller.workspace_id) as connection:
        note = await change_note(
            connection,
            caller.workspace_id,
            ContactId(contact_id),
            note=ContactNoteId(note_id),
            text=body.text,
            pinned=body.pinned,
            saying=saying,
        )
    tag(response, note.version)
    return note


@router.delete("/v1/contacts/{contact_id}/notes/{note_id}", status_code=204)
async def delete_contact_note(contact_id: UUID, note_id: UUID, expected: Expected, caller: Writer, parts: PartsOf) -> Response:
    """Delete one's own note; administrators delete any."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), expected=expected)
    async with parts.app.transaction(caller.workspace_id) as connection:
        await delete_note(
            connection,
            caller.workspace_id,
            ContactId(contact_id),
            note=ContactNoteId(note_id),
            saying=saying,
            may_delete_any=caller.role == "admin",
        )
    return Response(status_code=204)
