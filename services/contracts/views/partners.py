"""Partner webhooks as callers read them. Plain data."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import WebhookDeliveryId, WebhookEndpointId


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpointView:
    """Where a partner is told, of which event types ("*": of all). `trouble` says why it is not active, or what the last calls met."""

    id: WebhookEndpointId
    url: str
    types: tuple[str, ...]
    description: str
    active: bool
    trouble: str
    failures: int
    failing_since: datetime | None
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDeliveryView:
    """One event for one endpoint: `state` is waiting, delivered or failed; `status` what the last call was answered with."""

    id: WebhookDeliveryId
    event_id: str
    type: str
    state: str
    attempts: int
    status: int | None
    trouble: str
    created_at: datetime
    due_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTypeView:
    """A kind of event that partners can be told of."""

    name: str
    description: str
