"""deleteContactNote: deletes a note on a contact."""

import strawberry

from gateway.context import Info
from gateway.facts.changing import ChangeContactResult, ContactChanged, change_contact
from gateway.problems import Problem
from gateway.relay import read_id_of
from services.contracts.ids import ContactId, ContactNoteId


@strawberry.input(description="A note to delete.")
class DeleteContactNoteInput:
    """Arguments of deleteContactNote."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    note_id: strawberry.ID = strawberry.field(description="The note, by global id.")
    version: int | None = strawberry.field(default=None, description="The note's version as read; another one answers Stale. Null: any.")


async def delete_contact_note(info: Info, input: DeleteContactNoteInput) -> ContactChanged | Problem:  # noqa: A002 - the argument's name in the schema
    """Deletes a note on a contact."""

    async def act(contact: ContactId) -> None:
        note = ContactNoteId(read_id_of(input.note_id, type_name="ContactNote"))
        await info.context.clients.facts.delete_note(contact, note, version=input.version)

    return await change_contact(info, input.contact_id, act)


field = strawberry.mutation(
    resolver=delete_contact_note,
    graphql_type=ChangeContactResult,
    description="Delete one's own note on a contact; administrators delete any. Needs the scope contacts:write.",
)
