"""markConversationRead: remembers how far the member has read a thread, or forgets it."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Conversation
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ConversationId
from services.contracts.views import ConversationView


@strawberry.input(description="A thread, and how far it was read.")
class MarkConversationReadInput:
    """Arguments of markConversationRead."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation, by global id.")
    version: int | None = strawberry.field(default=None, description="Its version as seen; null for all of it.")
    read: bool = strawberry.field(default=True, description="False to see it as unread again.")


@strawberry.type(description="It is remembered.")
class ConversationMarkedRead:
    """Success."""

    conversation: ConversationView | None = strawberry.field(graphql_type=Conversation | None, description="The thread.")


MarkConversationReadResult = Annotated[
    ConversationMarkedRead | NotFound | InvalidInput | NotAllowed,
    strawberry.union("MarkConversationReadResult", description="The thread, or why nothing changed."),
]


async def mark_conversation_read(info: Info, input: MarkConversationReadInput) -> ConversationMarkedRead | Problem:  # noqa: A002 - the argument's name in the schema
    """Remember how far the member has read."""
    try:
        conversation = ConversationId(read_id_of(input.conversation_id, type_name="Conversation"))
        await info.context.clients.engagement.mark_read(conversation, version=input.version, read=input.read)
    except GatewayError as error:
        return problem_of(error)
    return ConversationMarkedRead(conversation=await info.context.loaders.conversation_by_id.load(conversation))


field = strawberry.mutation(
    resolver=mark_conversation_read,
    graphql_type=MarkConversationReadResult,
    description="Remember how far the member has read a thread; doing so twice changes nothing.",
)
