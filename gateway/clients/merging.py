"""Calls to identity about merges and suggestions. Called by the loaders and mutations of `merging`."""

from collections.abc import Mapping
from uuid import UUID

from gateway.clients.service import Service
from services.contracts.ids import ContactId, MergeId
from services.contracts.views import MergePreviewView, MergeView, PageView, SuggestionView

Payload = Mapping[str, object]


class MergingClient:
    """Who is one person."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def suggestions_by_contact_ids(self, ids: list[UUID]) -> list[list[SuggestionView]]:
        """What is open about each contact."""
        return await self._service.batch("/internal/suggestions/by-contact-ids", ids, expect=list[list[SuggestionView]])

    async def suggestions_by_ids(self, ids: list[UUID]) -> list[SuggestionView | None]:
        """The suggestions."""
        return await self._service.batch("/internal/suggestions/by-ids", ids, expect=list[SuggestionView | None])

    async def merges_by_ids(self, ids: list[UUID]) -> list[MergeView | None]:
        """Entries of the journal."""
        return await self._service.batch("/internal/merges/by-ids", ids, expect=list[MergeView | None])

    async def merges_by_contact_ids(self, ids: list[UUID], *, limit: int, after: str | None) -> list[PageView[MergeView]]:
        """Pages of the entries that name each contact, the newest first."""
        extra = {"limit": limit, "after": after}
        return await self._service.batch("/internal/merges/by-contact-ids", ids, expect=list[PageView[MergeView]], extra=extra)

    async def page(self, *, limit: int, after: str | None, state: str) -> PageView[SuggestionView]:
        """Those of a state, the newest first."""
        payload = {"limit": limit, "after": after, "state": state}
        return await self._service.ask("POST", "/internal/suggestions/page", expect=PageView[SuggestionView], payload=payload)

    async def preview(self, contact: ContactId, other: ContactId) -> MergePreviewView:
        """What a merge would unite."""
        return await self._service.ask("GET", f"/v1/contacts/{contact}/merge-preview/{other}", expect=MergePreviewView)

    async def merge(self, contact: ContactId, *, payload: Payload, version: int | None) -> MergeView:
        """Payload: contact_id, survivor_id, reason, version (of the other)."""
        seen = [] if version is None else [("if-match", f'"{version}"')]
        return await self._service.ask("POST", f"/v1/contacts/{contact}/merges", expect=MergeView, payload=payload, headers=seen)

    async def detach(self, contact: ContactId, *, payload: Payload, version: int | None) -> MergeView:
        """Payload: profile_id, reason."""
        seen = [] if version is None else [("if-match", f'"{version}"')]
        return await self._service.ask("POST", f"/v1/contacts/{contact}/detach", expect=MergeView, payload=payload, headers=seen)

    async def undo(self, merge: MergeId, *, payload: Payload) -> MergeView:
        """Payload: reason."""
        return await self._service.ask("POST", f"/v1/merges/{merge}/undo", expect=MergeView, payload=payload)

    async def accept(self, suggestion: UUID, *, payload: Payload) -> MergeView:
        """Payload: reason, survivor_id."""
        return await self._service.ask("POST", f"/v1/suggestions/{suggestion}/accept", expect=MergeView, payload=payload)

    async def reject(self, suggestion: UUID, *, payload: Payload) -> SuggestionView:
        """Payload: reason."""
        return await self._service.ask("POST", f"/v1/suggestions/{suggestion}/reject", expect=SuggestionView, payload=payload)

    async def reopen(self, suggestion: UUID, *, payload: Payload) -> SuggestionView:
        """Payload: reason."""
        return await self._service.ask("POST", f"/v1/suggestions/{suggestion}/reopen", expect=SuggestionView, payload=payload)
