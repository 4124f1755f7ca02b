"""Queries of the inbox. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.inbox.fields import Exactly
from gateway.inbox.types import ChannelCount, InboxCount, InboxItem, SavedFilter
from gateway.loaders import InboxPageKey
from gateway.relay import After, Connection, First, read_after, read_first
from gateway.vocabulary import InboxViewName
from services.contracts.views import ChannelCountView, InboxCountView, InboxItemView, PageView, SavedFilterView

OfView = Annotated[InboxViewName, strawberry.argument(description="Which view.")]


def list_inbox(info: Info, view: OfView, first: First = 20, after: After = None) -> Awaitable[PageView[InboxItemView]]:
    """A view's entries."""
    return info.context.loaders.inbox_by_page.load(InboxPageKey(view, read_first(first), read_after(after)))


async def count_inbox(info: Info, exact: Exactly = False) -> list[InboxCountView]:  # noqa: FBT002 - the argument of the schema
    """The counts of all views."""
    return list((await info.context.loaders.inbox_counts.load(exact)).views)


async def count_inbox_channels(info: Info, exact: Exactly = False) -> list[ChannelCountView]:  # noqa: FBT002 - the argument of the schema
    """The counts of all channels."""
    loaders = info.context.loaders
    channels = await loaders.channels_by_caller.load(None)
    ids = [channel.id for channel in channels]
    return await (loaders.exact_count_by_channel.load_many(ids) if exact else loaders.count_by_channel.load_many(ids))


def list_filters(info: Info) -> Awaitable[list[SavedFilterView]]:
    """The member's filters."""
    return info.context.loaders.filters_by_caller.load(None)


@strawberry.type
class InboxQueries:
    """Part of Query."""

    inbox = strawberry.field(
        resolver=list_inbox,
        graphql_type=Connection[InboxItem],
        description="A view of the member's inbox: work by its due time, threads and mentions the newest first. At most 100 a page.",
    )
    inbox_counts = strawberry.field(
        resolver=count_inbox,
        graphql_type=list[InboxCount],
        description="How much is in each view of the member's inbox.",
    )
    inbox_channels = strawberry.field(
        resolver=count_inbox_channels,
        graphql_type=list[ChannelCount],
        description="How many threads of each channel are not closed; at most 100 channels.",
    )
    saved_filters = strawberry.field(
        resolver=list_filters,
        graphql_type=list[SavedFilter],
        description="The member's own filters and the shared ones, by name; at most 100.",
    )
