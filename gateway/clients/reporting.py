"""Calls to engagement about walls. Called by loaders of `walls`."""

from collections.abc import Mapping

from gateway.clients.service import Service
from services.contracts.views import InteractionView, PageView
from services.contracts.views.walls import WallTotalsView, WallView


class ReportingClient:
    """Who is left unanswered. `asked` is what counts and narrows: as the fields of `WallKey`."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def walls(self, asked: Mapping[str, object]) -> PageView[WallView]:
        """A page of people."""
        return await self._service.ask("POST", "/internal/walls/page", expect=PageView[WallView], payload=asked)

    async def totals(self, asked: Mapping[str, object]) -> WallTotalsView:
        """The sums."""
        return await self._service.ask("POST", "/internal/walls/totals", expect=WallTotalsView, payload=asked)

    async def unanswered(self, asked: Mapping[str, object]) -> PageView[InteractionView]:
        """A page of their messages."""
        return await self._service.ask("POST", "/internal/walls/interactions", expect=PageView[InteractionView], payload=asked)
