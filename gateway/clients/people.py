"""Calls to identity that enter people. Called by the mutations of `contacts`."""

from collections.abc import Mapping

from gateway.clients.references import reference_path
from gateway.clients.service import Service
from services.contracts.ids import ContactId
from services.contracts.views import ContactView, ProfileView

Payload = Mapping[str, object]


class PeopleClient:
    """People and their accounts, entered by hand or by programs."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def add(self, payload: Payload, *, idempotency_key: str | None) -> ContactView:
        """Payload: as PersonBody of identity's API."""
        headers = _once(idempotency_key)
        return await self._service.ask("POST", "/v1/contacts", expect=ContactView, payload=payload, headers=headers)

    async def add_profile(self, contact: ContactId, payload: Payload, *, version: int | None, idempotency_key: str | None) -> ProfileView:
        """Payload: as for `add`."""
        headers = [*_once(idempotency_key), *_seen(version)]
        return await self._service.ask("POST", f"/v1/contacts/{contact}/profiles", expect=ProfileView, payload=payload, headers=headers)

    async def save_profile(self, payload: Payload) -> ProfileView:
        """Payload: as ProfileBody of identity's API."""
        return await self._service.ask("POST", "/v1/profiles", expect=ProfileView, payload=payload)

    async def save_by_reference(self, names: tuple[str, str, str], payload: Payload, *, version: int | None) -> ContactView:
        """`names` are system, type and external id; payload: url, name, emails, phones."""
        path = f"/v1/contacts/by-reference/{reference_path(names)}"
        return await self._service.ask("PUT", path, expect=ContactView, payload=payload, headers=_seen(version))


def _once(idempotency_key: str | None) -> list[tuple[str, str]]:
    return [] if idempotency_key is None else [("idempotency-key", idempotency_key)]


def _seen(version: int | None) -> list[tuple[str, str]]:
    return [] if version is None else [("if-match", f'"{version}"')]
