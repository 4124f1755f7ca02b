"""WebhookEndpoint, WebhookDelivery, WebhookEventType. Called by the schema; the values are the contract's views."""

from datetime import datetime

import strawberry

from gateway.partners import fields
from gateway.relay import Connection, Node, shows
from services.contracts.views import EventTypeView, WebhookDeliveryView, WebhookEndpointView


@shows(EventTypeView, description="A kind of event that partners can be told of.")
class WebhookEventType:
    """See EventTypeView."""

    name: str = strawberry.field(description="What `types` of an endpoint takes; at most 100 characters.")
    description: str = strawberry.field(description="What happened; at most 300 characters.")


@shows(WebhookDeliveryView, description="One event for one endpoint, and how telling it goes.")
class WebhookDelivery:
    """See WebhookDeliveryView."""

    event_id: str = strawberry.field(description="The header webhook-id, the same in every attempt; at most 100 characters.")
    type: str = strawberry.field(description="The event's type; at most 100 characters.")
    state: str = strawberry.field(description="waiting, delivered or failed.")
    attempts: int = strawberry.field(description="How often it was tried.")
    status: int | None = strawberry.field(description="The HTTP status that answered the last attempt; null where nobody did.")
    trouble: str = strawberry.field(description="What the last attempt met; empty where all is well. At most 300 characters.")
    created_at: datetime = strawberry.field(description="Since when it is to be told; UTC.")
    due_at: datetime | None = strawberry.field(description="When it is tried next; UTC. Null where it is finished.")
    finished_at: datetime | None = strawberry.field(description="When it was told, or given up; UTC. A week later it is forgotten.")


@shows(WebhookEndpointView, description="Where a partner is told of what happens. Its secret is shown only when it is made.")
class WebhookEndpoint(Node):
    """See WebhookEndpointView."""

    url: str = strawberry.field(description="The address; at most 2,000 characters.")
    types: list[str] = strawberry.field(description='Of which event types it is told; "*" is all of them. At most 100.')
    description: str = strawberry.field(description="Whose it is, and what for; at most 500 characters.")
    active: bool = strawberry.field(description="Whether it is told; false where a member paused it, or it was given up.")
    trouble: str = strawberry.field(description="Why it was given up, or what the last calls met; empty where all is well.")
    failures: int = strawberry.field(description="How many calls in a row failed.")
    failing_since: datetime | None = strawberry.field(description="Since when they fail; UTC. Null where all is well.")
    created_at: datetime = strawberry.field(description="When it was made; UTC.")
    version: int = strawberry.field(description="Grows with every change of the endpoint.")
    deliveries = strawberry.field(
        resolver=fields.deliveries_of_endpoint,
        graphql_type=Connection[WebhookDelivery],
        description="What it was told in the last week and is to be told, newest first. At most 100 a page.",
    )
