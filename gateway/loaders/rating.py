"""Loaders of ratings. Called by resolvers through `Loaders`."""

from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from gateway.clients.rating import RatingClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader
from services.contracts.views import PageView
from services.contracts.views.ratings import AverageView, RatingView, SatisfactionView
from services.kit.pagination import encode_cursor


class RatingPageKey(NamedTuple):
    """A page of the workspace's ratings of a time."""

    limit: int
    after: str | None
    since: datetime | None = None
    until: datetime | None = None


class AverageKey(NamedTuple):
    """Averages of a time, by member, discipline or channel."""

    by: str
    since: datetime
    until: datetime


class RatingsByPageLoader(OneByOneLoader[RatingPageKey, PageView[RatingView]]):
    """A page of the workspace's ratings."""


class AveragesLoader(OneByOneLoader[AverageKey, list[AverageView]]):
    """Averages of the workspace's ratings."""


class SatisfactionByChannelLoader(ByIdLoader[SatisfactionView | None]):
    """Whether and when a channel asks."""


class RatingLoaders:
    """Part of Loaders."""

    _rating: RatingClient

    @cached_property
    def ratings_by_page(self) -> RatingsByPageLoader:
        """Keys: pages."""
        return RatingsByPageLoader(self._page_of_ratings)

    @cached_property
    def rating_averages(self) -> AveragesLoader:
        """Keys: what by, and of which time."""
        return AveragesLoader(lambda key: self._rating.averages(by=key.by, since=key.since, until=key.until))

    @cached_property
    def satisfaction_by_channel(self) -> SatisfactionByChannelLoader:
        """Keys: channel ids."""
        return SatisfactionByChannelLoader(self._rating.satisfaction_by_channel_ids)

    async def _page_of_ratings(self, key: RatingPageKey) -> PageView[RatingView]:
        rows, has_next = await self._rating.page(limit=key.limit, after=key.after, since=key.since, until=key.until)
        return PageView(items=tuple(rows), cursors=tuple(encode_cursor(each.rated_at, each.id) for each in rows), has_next=has_next)
