"""addNote: writes a note for colleagues into a thread; it leaves by no channel."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.mutations.post_reply import idempotency_key
from gateway.conversations.types import Interaction
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ConversationId
from services.contracts.views import InteractionView


@strawberry.input(description="A note for colleagues.")
class AddNoteInput:
    """Arguments of addNote."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation, by global id.")
    text: str = strawberry.field(description="The words; 1 to 20,000 characters.")
    mentioned_member_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="The members whom it names, by global id; they follow the thread from now on. At most 50."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Yours, at most 200 characters: the same one twice writes once."
    )


@strawberry.type(description="The note is in the history, for colleagues only.")
class NoteAdded:
    """Success."""

    note: InteractionView = strawberry.field(graphql_type=Interaction, description="The note, an interaction of kind NOTE.")
    client_mutation_id: str | None = strawberry.field(description="As given.")


AddNoteResult = Annotated[
    NoteAdded | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("AddNoteResult", description="The note, or why none was written."),
]


async def add_note(info: Info, input: AddNoteInput) -> NoteAdded | Problem:  # noqa: A002 - the argument's name in the schema
    """Write a note."""
    try:
        conversation = ConversationId(read_id_of(input.conversation_id, type_name="Conversation"))
        named = [read_id_of(each, type_name="Member") for each in input.mentioned_member_ids or ()]
        note = await info.context.clients.engagement.add_note(
            conversation,
            payload={"text": input.text, "mentioned_member_ids": named},
            idempotency_key=idempotency_key(input.client_mutation_id),
        )
    except GatewayError as error:
        return problem_of(error)
    return NoteAdded(note=note, client_mutation_id=input.client_mutation_id)


field = strawberry.mutation(
    resolver=add_note,
    graphql_type=AddNoteResult,
    description="Write a note for colleagues into a thread. It never leaves the company; its writer and whom it names follow the thread.",
)
