"""Loaders of partner webhooks. Called by resolvers through `Loaders`."""

import asyncio
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from gateway.batching import BatchLoader
from gateway.clients.partners import PartnerClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader
from gateway.loaders.identity import PeoplePageKey
from services.contracts.views import BATCH_LIMIT, EventTypeView, PageView, WebhookDeliveryView, WebhookEndpointView


class DeliveriesKey(NamedTuple):
    """A page of what an endpoint was told, of one state or of all."""

    id: UUID
    first: int
    after: str | None
    state: str | None


class WebhookEndpointByIdLoader(ByIdLoader[WebhookEndpointView | None]):
    """Endpoints."""


class WebhookEndpointsByPageLoader(OneByOneLoader[PeoplePageKey, PageView[WebhookEndpointView]]):
    """A page of endpoints."""


class EventTypesByCallerLoader(OneByOneLoader[None, list[EventTypeView]]):
    """What can be asked for."""


class DeliveriesByEndpointLoader(BatchLoader[DeliveriesKey, PageView[WebhookDeliveryView]]):
    """What endpoints were told: first pages of one size and state in one call, a page with a cursor alone."""

    def __init__(self, partners: PartnerClient) -> None:
        super().__init__(self._load_pages, most=BATCH_LIMIT)
        self._partners = partners

    async def _load_pages(self, keys: list[DeliveriesKey]) -> list[PageView[WebhookDeliveryView] | BaseException]:
        alike: dict[tuple[object, ...], list[DeliveriesKey]] = {}
        for key in keys:
            alike.setdefault((key.first, key.after, key.state, key.id if key.after else None), []).append(key)
        asked = [
            self._partners.deliveries_by_ids([key.id for key in group], limit=group[0].first, after=group[0].after, state=group[0].state)
            for group in alike.values()
        ]
        found: dict[DeliveriesKey, PageView[WebhookDeliveryView] | BaseException] = {}
        for group, pages in zip(alike.values(), await asyncio.gather(*asked, return_exceptions=True), strict=True):
            found.update(dict.fromkeys(group, pages) if isinstance(pages, BaseException) else zip(group, pages, strict=True))
        return [found[key] for key in keys]


class PartnerLoaders:
    """Part of Loaders."""

    _partners: PartnerClient

    @cached_property
    def webhook_endpoint_by_id(self) -> WebhookEndpointByIdLoader:
        """Keys: endpoint ids."""
        return WebhookEndpointByIdLoader(self._partners.by_ids)

    @cached_property
    def webhook_endpoints_by_page(self) -> WebhookEndpointsByPageLoader:
        """Keys: pages."""
        return WebhookEndpointsByPageLoader(lambda key: self._partners.page(limit=key.limit, after=key.after))

    @cached_property
    def deliveries_by_endpoint(self) -> DeliveriesByEndpointLoader:
        """Keys: pages of endpoints."""
        return DeliveriesByEndpointLoader(self._partners)

    @cached_property
    def event_types_by_caller(self) -> EventTypesByCallerLoader:
        """Key: None."""
        return EventTypesByCallerLoader(lambda _: self._partners.event_types())
