"""How the connected things of the inbox are found. Called through the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.loaders import ConversationPageKey, FilterCountKey
from gateway.relay import After, First, read_after, read_first
from services.contracts.views import (
    ChannelView,
    ConversationView,
    FilterCountView,
    InboxCountView,
    InboxItemView,
    LabelView,
    MemberView,
    PageView,
    SavedFilterView,
    TaskView,
)

Exactly = Annotated[bool, strawberry.argument(description="Whether to count beyond 1,000; slower in large workspaces.")]


async def unread_in_view(root: strawberry.Parent[InboxCountView], info: Info) -> int | None:
    """What is unread: told for the member's own work, asked for elsewhere."""
    if root.unread is not None:
        return root.unread
    counts = await info.context.loaders.unread_counts.load(None)
    return next((each.unread for each in counts.views if each.view is root.view), None)


async def task_of_item(root: strawberry.Parent[InboxItemView], info: Info) -> TaskView | None:
    """The task that puts a thread into the view."""
    return None if root.task_id is None else await info.context.loaders.task_by_id.load(root.task_id)


async def channel_of_filter(root: strawberry.Parent[SavedFilterView], info: Info) -> ChannelView | None:
    """The channel that a filter narrows to."""
    return None if root.channel_id is None else await info.context.loaders.channel_by_id.load(root.channel_id)


async def owner_of_filter(root: strawberry.Parent[SavedFilterView], info: Info) -> MemberView | None:
    """The owner that a filter narrows to."""
    return None if root.owner_id is None else await info.context.loaders.member_by_id.load(root.owner_id)


async def label_of_filter(root: strawberry.Parent[SavedFilterView], info: Info) -> LabelView | None:
    """The label that a filter narrows to."""
    return None if root.label_id is None else await info.context.loaders.label_by_id.load(root.label_id)


def count_of_filter(
    root: strawberry.Parent[SavedFilterView],
    info: Info,
    exact: Exactly = False,  # noqa: FBT002 - the argument of the schema
) -> Awaitable[FilterCountView]:
    """How many conversations a filter finds."""
    return info.context.loaders.count_by_filter.load(FilterCountKey(root.id, exact))


def conversations_of_filter(
    root: strawberry.Parent[SavedFilterView], info: Info, first: First = 20, after: After = None
) -> Awaitable[PageView[ConversationView]]:
    """What a filter finds."""
    key = ConversationPageKey(read_first(first), read_after(after), root.status, root.channel_id, root.owner_id, root.label_id)
    return info.context.loaders.conversations_by_page.load(key)
