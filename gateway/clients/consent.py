"""Calls to identity about what people let us do. Called by the loaders and mutations of `consent`."""

from collections.abc import Mapping
from uuid import UUID

from gateway.clients.service import Service
from services.contracts.ids import ContactId
from services.contracts.views import PageView
from services.contracts.views.consent import ConsentSettingsView, ConsentView, PreferenceLinkView

Payload = Mapping[str, object]


class ConsentClient:
    """Consent, do-not-contact, preference links, settings."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def consent_by_contact_ids(self, ids: list[UUID]) -> list[list[ConsentView]]:
        """The words of each contact that count."""
        return await self._service.batch("/internal/consent/by-contact-ids", ids, expect=list[list[ConsentView]])

    async def history_by_contact_ids(self, ids: list[UUID], *, limit: int, after: str | None) -> list[PageView[ConsentView]]:
        """Pages of every word of each contact."""
        extra = {"limit": limit, "after": after}
        return await self._service.batch("/internal/consent/history-by-contact-ids", ids, expect=list[PageView[ConsentView]], extra=extra)

    async def settings(self) -> ConsentSettingsView:
        """Purposes and keywords."""
        return await self._service.ask("GET", "/v1/consent-settings", expect=ConsentSettingsView)

    async def save_settings(self, payload: Payload) -> ConsentSettingsView:
        """Payload: purposes, opt_out, opt_in, version."""
        return await self._service.ask("PUT", "/v1/consent-settings", expect=ConsentSettingsView, payload=payload)

    async def record(self, contact: ContactId, *, payload: Payload, idempotency_key: str | None) -> None:
        """Payload: purpose, state, how, wording, network, channel_id, interaction_id, profile_id, at."""
        headers = [] if idempotency_key is None else [("idempotency-key", idempotency_key)]
        await self._service.tell("POST", f"/v1/contacts/{contact}/consent", payload=payload, headers=headers)

    async def forbid_contact(self, contact: ContactId, *, payload: Payload) -> None:
        """Payload: reason, network, channel_id."""
        await self._service.tell("POST", f"/v1/contacts/{contact}/do-not-contact", payload=payload)

    async def allow_contact(self, contact: ContactId, *, payload: Payload) -> None:
        """Payload: reason, network, channel_id."""
        await self._service.tell("POST", f"/v1/contacts/{contact}/do-not-contact/lift", payload=payload)

    async def preference_link(self, contact: ContactId) -> PreferenceLinkView:
        """The person's link."""
        return await self._service.ask("PUT", f"/v1/contacts/{contact}/preference-link", expect=PreferenceLinkView)

    async def revoke_preference_links(self, contact: ContactId) -> None:
        """End all links of a person."""
        await self._service.tell("DELETE", f"/v1/contacts/{contact}/preference-link")
