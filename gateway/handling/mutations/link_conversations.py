"""linkConversations: ties two threads of one matter together, or unties them."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Conversation
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ConversationId
from services.contracts.views import ConversationView


@strawberry.input(description="Two threads of one matter, such as the public and the private one.")
class LinkConversationsInput:
    """Arguments of linkConversations."""

    conversation_id: strawberry.ID = strawberry.field(description="A conversation, by global id.")
    other_id: strawberry.ID = strawberry.field(description="The other, by global id.")
    link: bool = strawberry.field(default=True, description="False to untie them.")


@strawberry.type(description="It is as wished.")
class ConversationsLinked:
    """Success."""

    conversation: ConversationView = strawberry.field(graphql_type=Conversation, description="The first thread, with what it is linked to.")


LinkConversationsResult = Annotated[
    ConversationsLinked | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("LinkConversationsResult", description="The thread, or why nothing changed."),
]


async def link_conversations(info: Info, input: LinkConversationsInput) -> ConversationsLinked | Problem:  # noqa: A002 - the argument's name in the schema
    """Tie or untie two threads."""
    handling = info.context.clients.handling
    try:
        conversation = ConversationId(read_id_of(input.conversation_id, type_name="Conversation"))
        other = ConversationId(read_id_of(input.other_id, type_name="Conversation"))
        changed = await (handling.link if input.link else handling.unlink)(conversation, other)
    except GatewayError as error:
        return problem_of(error)
    return ConversationsLinked(conversation=changed)


field = strawberry.mutation(
    resolver=link_conversations,
    graphql_type=LinkConversationsResult,
    description="Tie two threads of one matter together, or untie them. They stay two.",
)
