"""rejectReply: says that a colleague's public reply should not go out."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Reply
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ReplyId
from services.contracts.views import ReplyView


@strawberry.input(description="A reply that should not go out, and why.")
class RejectReplyInput:
    """Arguments of rejectReply."""

    reply_id: strawberry.ID = strawberry.field(description="The reply, by global id.")
    reason: str = strawberry.field(description="Why, for its author; 1 to 500 characters.")


@strawberry.type(description="The reply will not be sent.")
class ReplyRejected:
    """Success."""

    reply: ReplyView = strawberry.field(graphql_type=Reply, description="The reply, as it stands now.")


RejectReplyResult = Annotated[
    ReplyRejected | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("RejectReplyResult", description="The reply, or why nothing was rejected."),
]


async def reject_reply(info: Info, input: RejectReplyInput) -> ReplyRejected | Problem:  # noqa: A002 - the argument's name in the schema
    """Reject a reply."""
    try:
        reply = ReplyId(read_id_of(input.reply_id, type_name="Reply"))
        return ReplyRejected(reply=await info.context.clients.composing.reject_reply(reply, reason=input.reason))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=reject_reply,
    graphql_type=RejectReplyResult,
    description="Say that a colleague's reply should not go out. Your own you take back by cancelReply.",
)
