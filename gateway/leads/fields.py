"""How leads and what belongs to them are found. Called by types through the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from services.contracts.views import ContactView, MemberView
from services.contracts.views.facts import LeadView


def leads_of_contact(root: strawberry.Parent[ContactView], info: Info) -> Awaitable[list[LeadView]]:
    """The person's leads."""
    return info.context.loaders.leads_by_contact.load(root.id)


def contact_of_lead(root: strawberry.Parent[LeadView], info: Info) -> Awaitable[ContactView | None]:
    """Who was handed over."""
    return info.context.loaders.contact_by_id.load(root.contact_id)


def member_of_lead(root: strawberry.Parent[LeadView], info: Info) -> Awaitable[MemberView | None] | None:
    """Who handed over."""
    return None if root.handed_over_by is None else info.context.loaders.member_by_id.load(root.handed_over_by)
