"""Calls to identity: files of people. Called by the loaders and mutations of `imports`."""

from uuid import UUID

from gateway.clients.service import Service
from services.contracts.ids import ImportId
from services.contracts.views import ImportView, PageView


class ImportingClient:
    """Imports."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def by_ids(self, ids: list[UUID]) -> list[ImportView | None]:
        """The imports."""
        return await self._service.batch("/internal/imports/by-ids", ids, expect=list[ImportView | None])

    async def page(self, *, limit: int, after: str | None) -> PageView[ImportView]:
        """The newest first."""
        payload = {"limit": limit, "after": after}
        return await self._service.ask("POST", "/internal/imports/page", expect=PageView[ImportView], payload=payload)

    async def cancel(self, import_: ImportId) -> ImportView:
        """End one."""
        return await self._service.ask("POST", f"/v1/imports/{import_}/cancel", expect=ImportView)
