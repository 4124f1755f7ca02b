"""Calls to engagement about ratings. Called by loaders."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

import msgspec

from gateway.clients.service import Service
from services.contracts.rating_views import AverageView, RatingView


class RatingsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of ratings."""

    items: list[RatingView]
    next_cursor: str | None = None


class RatingClient:
    """What people said of answers."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def page(self, *, limit: int, after: str | None, since: datetime | None, until: datetime | None) -> tuple[list[RatingView], bool]:
        """The newest first, and whether there are more."""
        given: Mapping[str, object | None] = {"limit": limit, "after": after, "since": since, "until": until}
        query = urlencode({name: _text(value) for name, value in given.items() if value is not None})
        found = await self._service.ask("GET", f"/v1/ratings?{query}", expect=RatingsAnswer)
        return found.items, found.next_cursor is not None

    async def averages(self, *, by: str, since: datetime, until: datetime) -> list[AverageView]:
        """By member, discipline or channel; at most 500."""
        query = urlencode({"by": by, "since": _text(since), "until": _text(until)})
        return await self._service.ask("GET", f"/v1/ratings/averages?{query}", expect=list[AverageView])


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
