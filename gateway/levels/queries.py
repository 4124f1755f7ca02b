"""The query for service levels. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from gateway.levels.types import ServiceLevels
from services.contracts.views.levels import ServiceLevelsView


def service_levels(info: Info) -> Awaitable[ServiceLevelsView]:
    """What the workspace said."""
    return info.context.loaders.service_levels_by_caller.load(None)


@strawberry.type
class LevelQueries:
    """Part of Query."""

    service_levels = strawberry.field(
        resolver=service_levels,
        graphql_type=ServiceLevels,
        description="Within how long people are answered and their matters resolved, and by which calendars.",
    )
