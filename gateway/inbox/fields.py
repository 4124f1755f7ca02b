"""How the connected things of the inbox are found. Called through the schema; asks loaders only."""

import strawberry

from gateway.context import Info
from services.contracts.views import InboxItemView, TaskView


async def task_of_item(root: strawberry.Parent[InboxItemView], info: Info) -> TaskView | None:
    """The task that puts a thread into the view."""
    return None if root.task_id is None else await info.context.loaders.task_by_id.load(root.task_id)
