"""saveDraft: keeps what the caller has written so far."""

from typing import Annotated

import strawberry

from gateway.composing.types import Draft
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ConversationId
from services.contracts.views.composing import DraftView


@strawberry.input(description="A draft to keep.")
class SaveDraftInput:
    """Arguments of saveDraft."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation, by global id.")
    text: str = strawberry.field(description="The words so far; at most 50,000 characters.")
    in_reply_to: strawberry.ID | None = strawberry.field(default=None, description="What it answers, by global id.")
    version: int | None = strawberry.field(
        default=None, description="The draft's version as this screen has it, 0 for none yet; null overwrites whatever there is."
    )


@strawberry.type(description="The draft is kept.")
class DraftSaved:
    """Success."""

    draft: DraftView = strawberry.field(graphql_type=Draft, description="The draft, as it is kept now.")


SaveDraftResult = Annotated[
    DraftSaved | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SaveDraftResult", description="The draft, or why it was not kept."),
]


async def save_draft(info: Info, input: SaveDraftInput) -> DraftSaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Keep a draft."""
    try:
        conversation = ConversationId(read_id_of(input.conversation_id, type_name="Conversation"))
        payload: dict[str, object] = {"text": input.text, "version": input.version}
        if input.in_reply_to is not None:
            payload["in_reply_to"] = read_id_of(input.in_reply_to, type_name="Interaction")
        return DraftSaved(draft=await info.context.clients.composing.save_draft(conversation, payload=payload))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=save_draft,
    graphql_type=SaveDraftResult,
    description="Keep what you have written so far. It is yours alone, and gone once you post a reply in that conversation.",
)
