"""How the connected things of a task are found. Called by `types` through the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from services.contracts.views import PAGE_LIMIT, InteractionView, MemberView, TaskView
from services.contracts.views.assigning import AssignmentView


def hander_of(root: strawberry.Parent[TaskView], info: Info) -> Awaitable[MemberView | None] | None:
    """Who handed the task off, if a member did."""
    return None if root.handed_by is None else info.context.loaders.member_by_id.load(root.handed_by)


async def interactions_of_task(root: strawberry.Parent[TaskView], info: Info) -> list[InteractionView]:
    """What led to the task; those that the caller may not see are left out."""
    found = await info.context.loaders.interaction_by_id.load_many(root.interaction_ids[:PAGE_LIMIT])
    return [interaction for interaction in found if interaction is not None]


def assignments_of_task(root: strawberry.Parent[TaskView], info: Info) -> Awaitable[list[AssignmentView]]:
    """Why the task went where it went."""
    return info.context.loaders.assignments_by_task.load(root.id)
