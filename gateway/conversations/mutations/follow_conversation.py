"""followConversation: the signed-in member hears of a thread from now on, or no longer."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Conversation
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ConversationId
from services.contracts.views import ConversationView


@strawberry.input(description="A thread to follow, or to follow no longer.")
class FollowConversationInput:
    """Arguments of followConversation."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation, by global id.")
    follow: bool = strawberry.field(default=True, description="False to follow it no longer.")


@strawberry.type(description="It is as wished.")
class ConversationFollowed:
    """Success."""

    conversation: ConversationView = strawberry.field(graphql_type=Conversation, description="The thread with its followers.")


FollowConversationResult = Annotated[
    ConversationFollowed | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("FollowConversationResult", description="The thread, or why nothing changed."),
]


async def follow_conversation(info: Info, input: FollowConversationInput) -> ConversationFollowed | Problem:  # noqa: A002 - the argument's name in the schema
    """Follow a thread, or not."""
    engagement = info.context.clients.engagement
    try:
        conversation = ConversationId(read_id_of(input.conversation_id, type_name="Conversation"))
        change = engagement.follow_conversation if input.follow else engagement.unfollow_conversation
        return ConversationFollowed(conversation=await change(conversation))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=follow_conversation,
    graphql_type=FollowConversationResult,
    description="Hear of a thread from now on, or no longer. For members; an API key is answered NotAllowed.",
)
