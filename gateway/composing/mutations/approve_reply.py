"""approveReply: lets a colleague's public reply go out, perhaps in other words."""

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


@strawberry.input(description="A reply that may go out.")
class ApproveReplyInput:
    """Arguments of approveReply."""

    reply_id: strawberry.ID = strawberry.field(description="The reply, by global id.")
    text: str | None = strawberry.field(default=None, description="What is said instead of what was proposed; null for the same.")
    version: int | None = strawberry.field(
        default=None, description="The conversation's version as you read it: what happened until then does not make the reply stale."
    )


@strawberry.type(description="The reply goes the normal way now.")
class ReplyApproved:
    """Success."""

    reply: ReplyView = strawberry.field(graphql_type=Reply, description="The reply, and where it stands.")
    newer_messages: list[InteractionView] = strawberry.field(
        graphql_type=list[Interaction], description="What the person wrote since it was proposed, if anything; at most 100."
    )


ApproveReplyResult = Annotated[
    ReplyApproved | StaleReply | UnsendableReply | WindowClosed | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("ApproveReplyResult", description="The reply, or why it waits still."),
]


async def approve_reply(info: Info, input: ApproveReplyInput) -> ReplyApproved | Problem:  # noqa: A002 - the argument's name in the schema
    """Approve a reply."""
    try:
        reply = ReplyId(read_id_of(input.reply_id, type_name="Reply"))
        payload = {"text": input.text, "version": input.version}
        answer = await info.context.clients.composing.approve_reply(reply, payload=payload)
    except ServiceProblemError as error:
        return await explained(info.context, error)
    except GatewayError as error:
        return problem_of(error)
    newer = answer.warning.newer_messages if answer.warning else []
    return ReplyApproved(reply=answer.reply, newer_messages=await interactions_of(info.context, list(newer)))


field = strawberry.mutation(
    resolver=approve_reply,
    graphql_type=ApproveReplyResult,
    description="Let a colleague's reply go out. Your own answers Conflict: somebody else has to read it.",
)
