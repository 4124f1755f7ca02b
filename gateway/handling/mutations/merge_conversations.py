"""mergeConversations: lets one thread speak for two of the same matter."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Conversation
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ConversationId
from services.contracts.views import ConversationView


@strawberry.input(description="Two threads of one matter.")
class MergeConversationsInput:
    """Arguments of mergeConversations."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation that goes, by global id.")
    into_id: strawberry.ID = strawberry.field(description="The conversation that is to speak for both, by global id.")
    version: int = strawberry.field(description="The version, as read, of the one that goes.")


@strawberry.type(description="They are read as one thread from now on; no message moved.")
class ConversationsMerged:
    """Success."""

    conversation: ConversationView = strawberry.field(graphql_type=Conversation, description="The thread that speaks for both.")


MergeConversationsResult = Annotated[
    ConversationsMerged | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("MergeConversationsResult", description="The thread, or why nothing changed."),
]


async def merge_conversations(info: Info, input: MergeConversationsInput) -> ConversationsMerged | Problem:  # noqa: A002 - the argument's name in the schema
    """Merge two threads."""
    handling = info.context.clients.handling
    try:
        conversation = ConversationId(read_id_of(input.conversation_id, type_name="Conversation"))
        into = read_id_of(input.into_id, type_name="Conversation")
        changed = await handling.merge(conversation, into=into, version=input.version)
    except GatewayError as error:
        return problem_of(error)
    return ConversationsMerged(conversation=changed)


field = strawberry.mutation(
    resolver=merge_conversations,
    graphql_type=MergeConversationsResult,
    description="Read a thread as part of another from now on. Its id answers with the other; `splitConversation` takes it back.",
)
