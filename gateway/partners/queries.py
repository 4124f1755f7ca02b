"""Queries for partner webhooks. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from gateway.loaders import PeoplePageKey
from gateway.partners.types import WebhookEndpoint, WebhookEventType
from gateway.relay import After, Connection, First, read_after, read_first
from services.contracts.views import EventTypeView, PageView, WebhookEndpointView


def list_endpoints(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[WebhookEndpointView]]:
    """The workspace's endpoints."""
    return info.context.loaders.webhook_endpoints_by_page.load(PeoplePageKey(read_first(first), read_after(after)))


def list_event_types(info: Info) -> Awaitable[list[EventTypeView]]:
    """What partners can be told of."""
    return info.context.loaders.event_types_by_caller.load(None)


@strawberry.type
class PartnerQueries:
    """Part of Query."""

    webhook_endpoints = strawberry.field(
        resolver=list_endpoints,
        graphql_type=Connection[WebhookEndpoint],
        description="Where partners are told of what happens, in the order in which they were made. Needs the scope keys:write. "
        "At most 100 a page.",
    )
    webhook_event_types = strawberry.field(
        resolver=list_event_types,
        graphql_type=list[WebhookEventType],
        description="What partners can be told of, by name; at most 200. Needs the scope keys:write.",
    )
