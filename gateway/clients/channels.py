"""Calls to engagement about channels: what can be connected, and connecting it. Called by loaders and mutations of `channels`."""

from collections.abc import Mapping

from gateway.clients.service import COMMAND_TIMEOUT_SECONDS, Service
from services.contracts.ids import ChannelId
from services.contracts.views import ChannelView
from services.contracts.views.connectors import ConnectedView, ConnectorView


class ChannelClient:
    """Accounts of the company on platforms."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def connectors(self) -> list[ConnectorView]:
        """What can be connected."""
        return await self._service.ask("GET", "/v1/connectors", expect=list[ConnectorView])

    async def connect(self, *, payload: Mapping[str, object], idempotency_key: str | None) -> ConnectedView:
        """Connect an account; payload: platform, name, credentials, config."""
        headers = () if idempotency_key is None else (("idempotency-key", idempotency_key),)
        return await self._service.ask(
            "POST", "/v1/channels", expect=ConnectedView, payload=payload, headers=headers, timeout_seconds=COMMAND_TIMEOUT_SECONDS
        )

    async def change(self, channel: ChannelId, *, payload: Mapping[str, object]) -> ChannelView:
        """Change a channel; payload: name, active, credentials, config."""
        path = f"/v1/channels/{channel}"
        return await self._service.ask("PATCH", path, expect=ChannelView, payload=payload, timeout_seconds=COMMAND_TIMEOUT_SECONDS)

    async def disconnect(self, channel: ChannelId) -> ChannelView:
        """End a channel."""
        return await self._service.ask("DELETE", f"/v1/channels/{channel}", expect=ChannelView)
