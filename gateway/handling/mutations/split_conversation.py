"""splitConversation: takes a merge back."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Conversation
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ConversationId
from services.contracts.views import ConversationView


@strawberry.input(description="A thread that was merged into another.")
class SplitConversationInput:
    """Arguments of splitConversation."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation that was merged away, by the global id that it had.")


@strawberry.type(description="It speaks for itself again.")
class ConversationSplit:
    """Success."""

    conversation: ConversationView = strawberry.field(graphql_type=Conversation, description="The thread, open.")


SplitConversationResult = Annotated[
    ConversationSplit | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SplitConversationResult", description="The thread, or why nothing changed."),
]


async def split_conversation(info: Info, input: SplitConversationInput) -> ConversationSplit | Problem:  # noqa: A002 - the argument's name in the schema
    """Take a merge back."""
    handling = info.context.clients.handling
    try:
        conversation = ConversationId(read_id_of(input.conversation_id, type_name="Conversation"))
        changed = await handling.split(conversation)
    except GatewayError as error:
        return problem_of(error)
    return ConversationSplit(conversation=changed)


field = strawberry.mutation(
    resolver=split_conversation,
    graphql_type=SplitConversationResult,
    description="Take a merge back: both threads are as they were, with what has come since.",
)
