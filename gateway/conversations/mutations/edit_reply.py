"""editReply: gives a reply that was sent another text, where the platform lets us."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Reply
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ReplyId
from services.contracts.views import ReplyView


@strawberry.input(description="A reply that was sent, and the words that shall stand there instead.")
class EditReplyInput:
    """Arguments of editReply."""

    reply_id: strawberry.ID = strawberry.field(description="The reply, by global id.")
    text: str = strawberry.field(description="The new words; not empty, at most what the platform takes.")


@strawberry.type(description="The platform is asked. The old words stand until `reply.change.state` is DONE.")
class ReplyEditAsked:
    """Success."""

    reply: ReplyView = strawberry.field(graphql_type=Reply, description="The reply, as it stands now.")


EditReplyResult = Annotated[
    ReplyEditAsked | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("EditReplyResult", description="The reply, or why its text stays."),
]


async def edit_reply(info: Info, input: EditReplyInput) -> ReplyEditAsked | Problem:  # noqa: A002 - the argument's name in the schema
    """Ask for another text."""
    try:
        reply = ReplyId(read_id_of(input.reply_id, type_name="Reply"))
        return ReplyEditAsked(reply=await info.context.clients.engagement.edit_reply(reply, text=input.text))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=edit_reply,
    graphql_type=EditReplyResult,
    description="Replace the text of a reply that was sent, where its platform allows it (else InvalidInput). Not sent yet: Conflict.",
)
