"""Calls to identity about API keys. Called by the loaders and mutations of `keys`."""

from collections.abc import Mapping

from gateway.clients.service import Service
from services.contracts.ids import KeyId
from services.contracts.views import PageView
from services.contracts.views.keys import KeyView, NewKeyView


class KeyClient:
    """API keys."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def page(self, *, limit: int, after: str | None) -> PageView[KeyView]:
        """The newest first."""
        payload = {"limit": limit, "after": after}
        return await self._service.ask("POST", "/internal/api-keys/page", expect=PageView[KeyView], payload=payload)

    async def create(self, payload: Mapping[str, object], *, idempotency_key: str | None) -> NewKeyView:
        """Payload: name, scopes, expires_at."""
        headers = [] if idempotency_key is None else [("idempotency-key", idempotency_key)]
        return await self._service.ask("POST", "/v1/api-keys", expect=NewKeyView, payload=payload, headers=headers)

    async def revoke(self, key: KeyId) -> None:
        """It is refused from now on."""
        await self._service.tell("DELETE", f"/v1/api-keys/{key}")
