"""How the connected things of a task are found. Called by `types` through the schema; asks loaders only."""

import strawberry

from gateway.context import Info
from services.contracts.views import PAGE_LIMIT, InteractionView, TaskView


async def interactions_of_task(root: strawberry.Parent[TaskView], info: Info) -> list[InteractionView]:
    """What led to the task; those that the caller may not see are left out."""
    found = await info.context.loaders.interaction_by_id.load_many(root.interaction_ids[:PAGE_LIMIT])
    return [interaction for interaction in found if interaction is not None]
