"""retryReply: a reply that failed is sent once more."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.mutations.post_reply import StaleReply, UnsendableReply, WindowClosed, explained, interactions_of
from gateway.conversations.types import Interaction, Reply
from gateway.errors import GatewayError, ServiceProblemError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ReplyId
from services.contracts.views import InteractionView, ReplyView


@strawberry.input(description="A reply that failed, to be sent once more.")
class RetryReplyInput:
    """Arguments of retryReply."""

    reply_id: strawberry.ID = strawberry.field(description="The reply, by global id.")
    version: int | None = strawberry.field(
        default=None, description="The conversation's version as read; refused as stale if a colleague has answered since."
    )


@strawberry.type(description="The reply goes the normal way again.")
class ReplyRetried:
    """Success."""

    reply: ReplyView = strawberry.field(graphql_type=Reply, description="The reply, and where it stands.")
    newer_messages: list[InteractionView] = strawberry.field(
        graphql_type=list[Interaction], description="What the person wrote since the given version, if anything; at most 100."
    )


RetryReplyResult = Annotated[
    ReplyRetried | StaleReply | UnsendableReply | WindowClosed | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("RetryReplyResult", description="The reply, or why it is not sent again."),
]


async def retry_reply(info: Info, input: RetryReplyInput) -> ReplyRetried | Problem:  # noqa: A002 - the argument's name in the schema
    """Send a reply that failed once more."""
    try:
        reply = ReplyId(read_id_of(input.reply_id, type_name="Reply"))
        answer = await info.context.clients.composing.retry_reply(reply, payload={"version": input.version})
    except ServiceProblemError as error:
        return await explained(info.context, error)
    except GatewayError as error:
        return problem_of(error)
    newer = answer.warning.newer_messages if answer.warning else []
    return ReplyRetried(reply=answer.reply, newer_messages=await interactions_of(info.context, list(newer)))


field = strawberry.mutation(
    resolver=retry_reply,
    graphql_type=RetryReplyResult,
    description="Send a reply whose state is FAILED once more, after what kept it is mended. Any other state answers Conflict.",
)
