"""settleReply: a person says what became of a reply in doubt."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Reply
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ReplyId
from services.contracts.views import ReplyView


@strawberry.input(description="What became of a reply in doubt.")
class SettleReplyInput:
    """Arguments of settleReply."""

    reply_id: strawberry.ID = strawberry.field(description="The reply, by global id.")
    sent: bool = strawberry.field(description="Whether it is to be seen on the platform.")


@strawberry.type(description="The doubt is settled.")
class ReplySettled:
    """Success."""

    reply: ReplyView = strawberry.field(graphql_type=Reply, description="The reply, as it stands now.")


SettleReplyResult = Annotated[
    ReplySettled | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SettleReplyResult", description="The reply, or why nothing was settled."),
]


async def settle_reply(info: Info, input: SettleReplyInput) -> ReplySettled | Problem:  # noqa: A002 - the argument's name in the schema
    """Settle a reply in doubt."""
    try:
        reply = ReplyId(read_id_of(input.reply_id, type_name="Reply"))
        return ReplySettled(reply=await info.context.clients.engagement.settle_reply(reply, sent=input.sent))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=settle_reply,
    graphql_type=SettleReplyResult,
    description="Settle a reply whose state is UNKNOWN. Any other state answers Conflict.",
)
