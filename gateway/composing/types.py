"""Draft, ApprovalRule and what else belongs to writing. Called by the schema; the values are the contract's views."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.composing import fields
from gateway.conversations.fields import conversation_of
from gateway.relay import shows
from gateway.vocabulary import Discipline
from services.contracts.composing import ApprovalRuleView, DraftView

if TYPE_CHECKING:
    from gateway.conversations.types import Conversation, Interaction

LazyConversation = Annotated["Conversation", strawberry.lazy("gateway.conversations.types")]
LazyInteraction = Annotated["Interaction", strawberry.lazy("gateway.conversations.types")]


@shows(DraftView, description="What the caller has begun to write in a conversation. Nobody else sees it.")
class Draft:
    """See DraftView."""

    text: str = strawberry.field(description="The words so far.")
    changed_at: datetime = strawberry.field(description="When it was last saved; UTC.")
    version: int = strawberry.field(description="Pass it when saving: it is refused if another screen of yours was faster.")
    in_reply_to = strawberry.field(
        resolver=fields.answered_by_draft, graphql_type=LazyInteraction | None, description="What it answers, if that was chosen."
    )
    conversation = strawberry.field(resolver=conversation_of, graphql_type=LazyConversation | None, description="Where it is written.")


@shows(ApprovalRuleView, description="Which public replies of a channel wait for another member's approval.")
class ApprovalRule:
    """See ApprovalRuleView."""

    all: bool = strawberry.field(description="Whether all wait.")
    disciplines: list[Discipline] = strawberry.field(
        description="Those about matters of these disciplines wait, and those that nobody has placed yet; at most 8."
    )
