"""deleteReply: takes back a reply that was sent, where the platform lets us."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Reply
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ReplyId
from services.contracts.views import ReplyView


@strawberry.input(description="A reply that was sent and shall be taken back.")
class DeleteReplyInput:
    """Arguments of deleteReply."""

    reply_id: strawberry.ID = strawberry.field(description="The reply, by global id.")


@strawberry.type(description="The platform is asked. The reply stands until `reply.change.state` is DONE.")
class ReplyDeletionAsked:
    """Success."""

    reply: ReplyView = strawberry.field(graphql_type=Reply, description="The reply, as it stands now.")


DeleteReplyResult = Annotated[
    ReplyDeletionAsked | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("DeleteReplyResult", description="The reply, or why it stays."),
]


async def delete_reply(info: Info, input: DeleteReplyInput) -> ReplyDeletionAsked | Problem:  # noqa: A002 - the argument's name in the schema
    """Ask for its deletion."""
    try:
        reply = ReplyId(read_id_of(input.reply_id, type_name="Reply"))
        return ReplyDeletionAsked(reply=await info.context.clients.engagement.delete_reply(reply))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=delete_reply,
    graphql_type=DeleteReplyResult,
    description="Take back a reply that was sent, where its platform allows it (else InvalidInput). Not sent yet: Conflict.",
)
