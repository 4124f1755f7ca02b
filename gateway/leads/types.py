"""Lead. Called by the schema; the values are the contract's views."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.access.types import Member
from gateway.leads import fields
from gateway.relay import Node, shows
from gateway.vocabulary import LeadState
from services.contracts.views.facts import LeadView

if TYPE_CHECKING:
    from gateway.contacts.types import Contact

LazyContact = Annotated["Contact", strawberry.lazy("gateway.contacts.types")]


@shows(LeadView, description="A contact handed over to an outside system, and what became of it there.")
class Lead(Node):
    """See LeadView."""

    system: str = strawberry.field(description="The outside system; at most 50 characters.")
    brief: str = strawberry.field(description="What whoever gets the lead should know; at most 5,000 characters.")
    state: LeadState = strawberry.field(description="What became of it.")
    reason: str = strawberry.field(description="Why it was rejected or lost; at most 1,000 characters, empty where nobody said.")
    external_id: str | None = strawberry.field(description="Its id in the outside system; at most 200 characters.")
    url: str | None = strawberry.field(description="Where the outside system shows it; at most 2,000 characters.")
    handed_over_at: datetime = strawberry.field(description="When it was handed over; UTC.")
    changed_at: datetime = strawberry.field(description="When the outside system last said something of it; UTC.")
    version: int = strawberry.field(description="Grows with every change of the lead.")
    contact = strawberry.field(resolver=fields.contact_of_lead, graphql_type=LazyContact | None, description="Who was handed over.")
    handed_over_by = strawberry.field(
        resolver=fields.member_of_lead, graphql_type=Member | None, description="The member who handed over; null for a program."
    )
