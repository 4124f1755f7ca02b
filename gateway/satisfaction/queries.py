"""Queries for ratings. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.loaders import AverageKey, RatingPageKey
from gateway.relay import After, Connection, First, read_after, read_first
from gateway.satisfaction.types import Rating, RatingAverage, RatingsBy
from services.contracts.views import PageView
from services.contracts.views.ratings import AverageView, RatingView

Since = Annotated[datetime | None, strawberry.argument(description="Only what was said at or after this; null: from the beginning.")]
Until = Annotated[datetime | None, strawberry.argument(description="Only what was said before this; null: until now.")]
By = Annotated[RatingsBy, strawberry.argument(description="What they are averaged by.")]
From = Annotated[datetime, strawberry.argument(description="The beginning of the time.")]
To = Annotated[datetime, strawberry.argument(description="Its end.")]


def list_ratings(
    info: Info, first: First = 20, after: After = None, since: Since = None, until: Until = None
) -> Awaitable[PageView[RatingView]]:
    """What people said."""
    return info.context.loaders.ratings_by_page.load(RatingPageKey(read_first(first), read_after(after), since, until))


def list_averages(info: Info, by: By, since: From, until: To) -> Awaitable[list[AverageView]]:
    """Averages."""
    return info.context.loaders.rating_averages.load(AverageKey(by.value, since, until))


@strawberry.type
class SatisfactionQueries:
    """Part of Query."""

    ratings = strawberry.field(
        resolver=list_ratings,
        graphql_type=Connection[Rating],
        description="What people said of answers, the newest first. At most 100 a page.",
    )
    rating_averages = strawberry.field(
        resolver=list_averages,
        graphql_type=list[RatingAverage],
        description="Ratings of a time by member, discipline or channel; those with most first; at most 500.",
    )
