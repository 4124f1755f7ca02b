"""markSpam: closes a thread as spam, or takes that back."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Conversation
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ConversationId
from services.contracts.views import ConversationView


@strawberry.input(description="A thread, and whether it is spam.")
class MarkSpamInput:
    """Arguments of markSpam."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation, by global id.")
    version: int = strawberry.field(description="Its version as read.")
    spam: bool = strawberry.field(default=True, description="False to take it back.")


@strawberry.type(description="It is as wished.")
class SpamMarked:
    """Success."""

    conversation: ConversationView = strawberry.field(graphql_type=Conversation, description="The thread, as it stands now.")


MarkSpamResult = Annotated[
    SpamMarked | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("MarkSpamResult", description="The thread, or why nothing changed."),
]


async def mark_spam(info: Info, input: MarkSpamInput) -> SpamMarked | Problem:  # noqa: A002 - the argument's name in the schema
    """Say whether a thread is spam."""
    handling = info.context.clients.handling
    try:
        conversation = ConversationId(read_id_of(input.conversation_id, type_name="Conversation"))
        changed = await handling.mark_spam(conversation, payload={"spam": input.spam, "version": input.version})
    except GatewayError as error:
        return problem_of(error)
    return SpamMarked(conversation=changed)


field = strawberry.mutation(
    resolver=mark_spam,
    graphql_type=MarkSpamResult,
    description="Close a thread as spam: what it owes, now and later, is exempt. Taken back, it is open and owes it again.",
)
