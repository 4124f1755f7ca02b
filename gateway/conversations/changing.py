"""ReplyChange: what became of the wish to edit or delete a reply. Called by the schema; the value is the contract's view."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.conversations import fields
from gateway.relay import shows
from gateway.vocabulary import ChangeKind, ChangeState
from services.contracts.views.sending import ReplyChangeView

if TYPE_CHECKING:
    from gateway.access.types import Member

LazyMember = Annotated["Member", strawberry.lazy("gateway.access.types")]


@shows(ReplyChangeView, description="An edit or deletion of a reply that was sent. Until it is DONE, what was sent stands.")
class ReplyChange:
    """See ReplyChangeView."""

    kind: ChangeKind = strawberry.field(description="What is to become of it.")
    state: ChangeState = strawberry.field(description="Where it stands.")
    text: str | None = strawberry.field(description="The new words of an edit.")
    reason: str = strawberry.field(description="Why it failed or is in doubt, in the platform's words; empty otherwise.")
    asked_at: datetime = strawberry.field(description="When a member asked for it; UTC.")
    member = strawberry.field(resolver=fields.member_of, graphql_type=LazyMember | None, description="Who asked; null for API keys.")
