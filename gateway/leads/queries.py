"""Queries for leads. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from gateway.leads.types import Lead
from gateway.loaders import PeoplePageKey
from gateway.relay import After, Connection, First, read_after, read_first
from services.contracts.views import PageView
from services.contracts.views.facts import LeadView


def list_leads(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[LeadView]]:
    """Everybody who was handed over."""
    return info.context.loaders.leads_by_page.load(PeoplePageKey(read_first(first), read_after(after)))


@strawberry.type
class LeadQueries:
    """Part of Query."""

    leads = strawberry.field(
        resolver=list_leads,
        graphql_type=Connection[Lead],
        description="Who was handed over to outside systems, and what became of it, newest first. At most 100 a page.",
    )
