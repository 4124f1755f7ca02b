"""saveContactNote: notes something of a contact, or changes a note."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.facts.types import ContactNote
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, Stale, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ContactId, ContactNoteId
from services.contracts.views.facts import ContactNoteView


@strawberry.input(description="A note to add, or to change; what is left out stays.")
class SaveContactNoteInput:
    """Arguments of saveContactNote."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    note_id: strawberry.ID | None = strawberry.field(default=None, description="The note to change, by global id; null to add one.")
    text: str | None = strawberry.field(default=None, description="1 to 10,000 characters; needed to add one. Only its author rewrites it.")
    pinned: bool | None = strawberry.field(default=None, description="Whether it stays on top.")
    version: int | None = strawberry.field(default=None, description="Its version as read; another one answers Stale. Null: any.")


@strawberry.type(description="The note is there.")
class ContactNoteSaved:
    """Success."""

    note: ContactNoteView = strawberry.field(graphql_type=ContactNote, description="The note, as it stands now.")


SaveContactNoteResult = Annotated[
    ContactNoteSaved | Stale | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SaveContactNoteResult", description="What became of it, or why nothing was changed."),
]


async def save_contact_note(info: Info, input: SaveContactNoteInput) -> ContactNoteSaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Notes something of a contact, or changes a note."""
    try:
        contact = ContactId(read_id_of(input.contact_id, type_name="Contact"))
        note = None if input.note_id is None else ContactNoteId(read_id_of(input.note_id, type_name="ContactNote"))
        given = {"text": input.text, "pinned": input.pinned}
        payload = {name: value for name, value in given.items() if value is not None}
        return ContactNoteSaved(note=await info.context.clients.facts.save_note(contact, note, payload=payload, version=input.version))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=save_contact_note,
    graphql_type=SaveContactNoteResult,
    description="Note something of a contact, which the person never sees; or pin and rewrite a note. Needs the scope contacts:write.",
)
