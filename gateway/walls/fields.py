"""How the connected things of walls are found. Called through the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from services.contracts.views import InteractionView
from services.contracts.views.walls import WallView


def oldest_of(root: strawberry.Parent[WallView], info: Info) -> Awaitable[InteractionView | None]:
    """The oldest unanswered message."""
    return info.context.loaders.interaction_by_id.load(root.oldest_id)
