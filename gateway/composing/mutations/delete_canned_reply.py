"""deleteCannedReply: removes a prepared text."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import CannedReplyId


@strawberry.input(description="A prepared text to remove.")
class DeleteCannedReplyInput:
    """Arguments of deleteCannedReply."""

    id: strawberry.ID = strawberry.field(description="Which one, by global id.")


@strawberry.type(description="The text is gone.")
class CannedReplyDeleted:
    """Success."""

    deleted_id: strawberry.ID = strawberry.field(description="Which one it was, by global id.")


DeleteCannedReplyResult = Annotated[
    CannedReplyDeleted | NotFound | InvalidInput | NotAllowed,
    strawberry.union("DeleteCannedReplyResult", description="What was removed, or why nothing was."),
]


async def delete_canned_reply(info: Info, input: DeleteCannedReplyInput) -> CannedReplyDeleted | Problem:  # noqa: A002 - the argument's name in the schema
    """Remove a prepared text."""
    try:
        await info.context.clients.composing.delete_canned_reply(CannedReplyId(read_id_of(input.id, type_name="CannedReply")))
    except GatewayError as error:
        return problem_of(error)
    return CannedReplyDeleted(deleted_id=input.id)


field = strawberry.mutation(
    resolver=delete_canned_reply,
    graphql_type=DeleteCannedReplyResult,
    description="Remove a prepared text for everybody.",
)
