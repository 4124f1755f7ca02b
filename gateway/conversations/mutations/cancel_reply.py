"""cancelReply: takes a reply back that was not handed to the platform yet."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Reply
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ReplyId
from services.contracts.views import ReplyView


@strawberry.input(description="A reply to take back.")
class CancelReplyInput:
    """Arguments of cancelReply."""

    reply_id: strawberry.ID = strawberry.field(description="The reply, by global id.")


@strawberry.type(description="The reply will not be sent.")
class ReplyCancelled:
    """Success."""

    reply: ReplyView = strawberry.field(graphql_type=Reply, description="The reply, as it stands now.")


CancelReplyResult = Annotated[
    ReplyCancelled | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("CancelReplyResult", description="The reply, or why it goes out all the same."),
]


async def cancel_reply(info: Info, input: CancelReplyInput) -> ReplyCancelled | Problem:  # noqa: A002 - the argument's name in the schema
    """Take a reply back."""
    try:
        reply = ReplyId(read_id_of(input.reply_id, type_name="Reply"))
        return ReplyCancelled(reply=await info.context.clients.engagement.cancel_reply(reply))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=cancel_reply,
    graphql_type=CancelReplyResult,
    description="Take back a reply that still waits. One that is on its way answers Conflict.",
)
