"""Calls to engagement about ratings, and which channels ask for them. Called by loaders and mutations of `satisfaction`."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from gateway.clients.service import Service
from services.contracts.ids import ChannelId
from services.contracts.views.ratings import AverageView, RatingView, SatisfactionView


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

    async def satisfaction_by_channel_ids(self, ids: list[UUID]) -> list[SatisfactionView | None]:
        """Whether and when each channel asks; None where that was never said."""
        return await self._service.batch("/internal/satisfaction/by-channel-ids", ids, expect=list[SatisfactionView | None])

    async def set_satisfaction(self, channel: ChannelId, *, payload: Mapping[str, object]) -> SatisfactionView:
        """Have a channel ask, or not; payload: asks, delay_minutes, review_url, review_text."""
        return await self._service.ask("PUT", f"/v1/channels/{channel}/satisfaction", expect=SatisfactionView, payload=payload)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
