"""deleteDraft: throws the caller's draft away."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Conversation
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ConversationId
from services.contracts.views import ConversationView


@strawberry.input(description="A draft to throw away.")
class DeleteDraftInput:
    """Arguments of deleteDraft."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation, by global id.")


@strawberry.type(description="The draft is gone.")
class DraftDeleted:
    """Success."""

    conversation: ConversationView | None = strawberry.field(graphql_type=Conversation | None, description="Where it was.")


DeleteDraftResult = Annotated[
    DraftDeleted | NotFound | InvalidInput | NotAllowed,
    strawberry.union("DeleteDraftResult", description="Where it was, or why nothing was thrown away."),
]


async def delete_draft(info: Info, input: DeleteDraftInput) -> DraftDeleted | Problem:  # noqa: A002 - the argument's name in the schema
    """Throw a draft away."""
    try:
        conversation = ConversationId(read_id_of(input.conversation_id, type_name="Conversation"))
        await info.context.clients.composing.delete_draft(conversation)
    except GatewayError as error:
        return problem_of(error)
    return DraftDeleted(conversation=await info.context.loaders.conversation_by_id.load(conversation))


field = strawberry.mutation(resolver=delete_draft, graphql_type=DeleteDraftResult, description="Throw your draft in a conversation away.")
