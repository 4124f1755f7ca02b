"""Calls to identity about erasing people. Called by the loaders and mutations of `erasures`."""

from uuid import UUID

from gateway.clients.service import Service
from gateway.errors import ServiceProblemError
from services.contracts.ids import ContactId
from services.contracts.views import ErasureView
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
