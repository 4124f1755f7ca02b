"""Calls to identity about partner webhooks. Called by the loaders and mutations of `partners`."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from gateway.clients.service import Service, whole_list
from services.contracts.ids import WebhookEndpointId
from services.contracts.views import EventTypeView, PageView, WebhookDeliveryView, WebhookEndpointView

Payload = Mapping[str, object]
_PATH = "/v1/webhook-endpoints"


class SecretAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What signs."""

    secret: str


class ReplayedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many events go out again."""

    queued: int


class PartnerClient:
    """Where partners are told of events."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def by_ids(self, ids: list[UUID]) -> list[WebhookEndpointView | None]:
        """The endpoints."""
        return await self._service.batch("/internal/webhook-endpoints/by-ids", ids, expect=list[WebhookEndpointView | None])

    async def page(self, *, limit: int, after: str | None) -> PageView[WebhookEndpointView]:
        """In the order in which they were made."""
        payload = {"limit": limit, "after": after}
        return await self._service.ask("POST", "/internal/webhook-endpoints/page", expect=PageView[WebhookEndpointView], payload=payload)

    async def deliveries_by_ids(
        self, ids: list[UUID], *, limit: int, after: str | None, state: str | None
    ) -> list[PageView[WebhookDeliveryView]]:
        """Pages of what each endpoint was told, the newest first."""
        extra = {"limit": limit, "after": after, "state": state}
        path = "/internal/webhook-deliveries/by-endpoint-ids"
        return await self._service.batch(path, ids, expect=list[PageView[WebhookDeliveryView]], extra=extra)

    async def event_types(self) -> list[EventTypeView]:
        """What can be asked for."""
        return await whole_list(self._service, f"{_PATH}/event-types", item=EventTypeView)

    async def make(self, payload: Payload, *, idempotency_key: str | None) -> WebhookEndpointView:
        """Payload: url, types, description."""
        headers = [] if idempotency_key is None else [("idempotency-key", idempotency_key)]
        return await self._service.ask("POST", _PATH, expect=WebhookEndpointView, payload=payload, headers=headers)

    async def change(self, endpoint: WebhookEndpointId, payload: Payload) -> WebhookEndpointView:
        """Payload: version, and any of url, types, description, active."""
        return await self._service.ask("PATCH", f"{_PATH}/{endpoint}", expect=WebhookEndpointView, payload=payload)

    async def rotate(self, endpoint: WebhookEndpointId, *, version: int) -> WebhookEndpointView:
        """Make a new secret."""
        path, payload = f"{_PATH}/{endpoint}/rotations", {"version": version}
        return await self._service.ask("POST", path, expect=WebhookEndpointView, payload=payload)

    async def secret(self, endpoint: WebhookEndpointId) -> str:
        """What signs at present."""
        return (await self._service.ask("GET", f"{_PATH}/{endpoint}/secret", expect=SecretAnswer)).secret

    async def delete(self, endpoint: WebhookEndpointId) -> None:
        """With what it is still to be told."""
        await self._service.tell("DELETE", f"{_PATH}/{endpoint}")

    async def test(self, endpoint: WebhookEndpointId) -> None:
        """Send an event of type webhook.tested."""
        await self._service.tell("POST", f"{_PATH}/{endpoint}/tests")

    async def replay(self, endpoint: WebhookEndpointId, *, since: datetime, which: str) -> int:
        """Tell again; how many."""
        path, payload = f"{_PATH}/{endpoint}/replays", {"since": since, "which": which}
        return (await self._service.ask("POST", path, expect=ReplayedAnswer, payload=payload)).queued
