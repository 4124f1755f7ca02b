"""How what an endpoint was told is found. Called by `types` through the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.loaders import DeliveriesKey
from gateway.relay import After, First, read_after, read_choice, read_first
from services.contracts.views import PageView, WebhookDeliveryView, WebhookEndpointView

STATES = ("waiting", "delivered", "failed")
State = Annotated[str | None, strawberry.argument(description="Only these: waiting, delivered or failed; null for all.")]


def deliveries_of_endpoint(
    root: strawberry.Parent[WebhookEndpointView], info: Info, first: First = 20, after: After = None, state: State = None
) -> Awaitable[PageView[WebhookDeliveryView]]:
    """What it was told."""
    wanted = None if state is None else read_choice(state, name="state", among=STATES)
    return info.context.loaders.deliveries_by_endpoint.load(DeliveriesKey(root.id, read_first(first), read_after(after), wanted))
