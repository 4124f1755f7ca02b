"""Calls to identity about erasing people, holding them, and how long things are kept. Called by loaders and mutations of `erasures`."""

from collections.abc import Mapping
from uuid import UUID

from gateway.clients.service import Service
from gateway.errors import ServiceProblemError
from services.contracts.ids import ContactId
from services.contracts.views import ErasureView, HoldView, PersonExportView
from services.contracts.views.retention import RetentionView
from services.contracts.vocabulary import ErasureReason

NOT_FOUND = 404


class ErasureClient:
    """Erasures and their certificates."""

    def __init__(self, service: Service) -> None:
        self._service = service

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

    async def save_retention(self, payload: Mapping[str, object]) -> RetentionView:
        """Payload: rules, version."""
        return await self._service.ask("PUT", "/v1/retention", expect=RetentionView, payload=payload)
