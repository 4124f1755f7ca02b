"""Calls about erasing people, holding them, and how long things are kept. Called by loaders and mutations of `erasures`."""

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode
from uuid import UUID

from gateway.clients.service import Service, whole_list
from gateway.errors import ServiceProblemError
from services.contracts.ids import ContactId
from services.contracts.views import ErasureView, HoldView, PageView, PersonExportView
from services.contracts.views.retention import RetentionDueView, RetentionRunView, RetentionView
from services.contracts.vocabulary import ErasureReason

NOT_FOUND = 404


class ErasureClient:
    """Erasures and their certificates."""

    def __init__(self, service: Service, *, engagement: Service, routing: Service) -> None:
        self._service = service
        self._engagement = engagement
        self._routing = routing

    async def erase(self, contact: ContactId, *, reason: ErasureReason) -> ErasureView:
        """Ask for an erasure."""
        return await self._service.ask("POST", f"/v1/contacts/{contact}/erasures", expect=ErasureView, payload={"reason": reason})

    async def find(self, erasure: UUID) -> ErasureView | None:
        """A certificate; None where there is none that the caller may see."""
        try:
            return await self._service.ask("GET", f"/v1/erasures/{erasure}", expect=ErasureView)
        except ServiceProblemError as error:
            if error.problem_status == NOT_FOUND:
                return None
            raise

    async def export(self, contact: ContactId) -> PersonExportView:
        """Ask for all that is kept of a person."""
        return await self._service.ask("POST", f"/v1/contacts/{contact}/exports", expect=PersonExportView)

    async def find_export(self, export: UUID) -> PersonExportView | None:
        """How far an export is; None where there is none that the caller may see."""
        try:
            return await self._service.ask("GET", f"/v1/person-exports/{export}", expect=PersonExportView)
        except ServiceProblemError as error:
            if error.problem_status == NOT_FOUND:
                return None
            raise

    async def hold(self, contact: ContactId, *, reason: str) -> HoldView:
        """Keep a person from being erased, and from growing old."""
        return await self._service.ask("PUT", f"/v1/contacts/{contact}/hold", expect=HoldView, payload={"reason": reason})

    async def release(self, contact: ContactId) -> None:
        """Lift the hold."""
        await self._service.tell("DELETE", f"/v1/contacts/{contact}/hold")

    async def retention(self) -> RetentionView:
        """The rules in force."""
        return await self._service.ask("GET", "/v1/retention", expect=RetentionView)

    async def holds_by_contact_ids(self, ids: list[UUID]) -> list[HoldView | None]:
        """The hold of each contact."""
        return await self._service.batch("/internal/holds/by-contact-ids", ids, expect=list[HoldView | None])

    async def retention_runs(self, *, limit: int, after: str | None) -> PageView[RetentionRunView]:
        """What went by the rules, the newest first."""
        payload = {"limit": limit, "after": after}
        return await self._service.ask("POST", "/internal/retention-runs/page", expect=PageView[RetentionRunView], payload=payload)

    async def retention_due(self, rules: Sequence[str]) -> list[RetentionDueView]:
        """What would go now in every service by these rules, or by those in force."""
        query = "?" + urlencode([("rule", each) for each in rules]) if rules else ""
        parts = ((self._service, ""), (self._engagement, "/history"), (self._routing, "/work"))
        found = await asyncio.gather(
            *(whole_list(service, f"/v1/retention/preview{part}{query}", item=RetentionDueView) for service, part in parts)
        )
        return [due for each in found for due in each]

    async def save_retention(self, payload: Mapping[str, object]) -> RetentionView:
        """Payload: rules, version."""
        return await self._service.ask("PUT", "/v1/retention", expect=RetentionView, payload=payload)
