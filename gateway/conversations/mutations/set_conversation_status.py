"""setConversationStatus: opens, closes, snoozes a thread, unless a colleague was faster."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Conversation
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from gateway.vocabulary import ConversationStatus
from services.contracts.ids import ConversationId
from services.contracts.views import ConversationView


@strawberry.input(description="A thread and its new status.")
class SetConversationStatusInput:
    """Arguments of setConversationStatus."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation, by global id.")
    status: ConversationStatus = strawberry.field(description="What it waits for from now on.")
    version: int = strawberry.field(description="Its version as read.")


@strawberry.type(description="The status is set.")
class ConversationStatusSet:
    """Success."""

    conversation: ConversationView = strawberry.field(graphql_type=Conversation, description="The thread, as it stands now.")


SetConversationStatusResult = Annotated[
    ConversationStatusSet | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SetConversationStatusResult", description="The thread, or why nothing changed."),
]


async def set_conversation_status(info: Info, input: SetConversationStatusInput) -> ConversationStatusSet | Problem:  # noqa: A002 - the argument's name in the schema
    """Set what a thread waits for."""
    try:
        conversation = ConversationId(read_id_of(input.conversation_id, type_name="Conversation"))
        payload = {"status": input.status, "version": input.version}
        changed = await info.context.clients.engagement.change_conversation(conversation, payload=payload)
    except GatewayError as error:
        return problem_of(error)
    return ConversationStatusSet(conversation=changed)


field = strawberry.mutation(
    resolver=set_conversation_status,
    graphql_type=SetConversationStatusResult,
    description="Open, close or snooze a thread. A version that is not the current one answers Conflict.",
)
