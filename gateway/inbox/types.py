"""Inbox, its counts and entries. Called by the schema; the values are the contract's views."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.conversations.fields import channel_of, conversation_of, member_of
from gateway.inbox import fields
from gateway.relay import Connection, Node, shows
from gateway.vocabulary import ConversationStatus, Discipline, InboxViewName, Urgency
from services.contracts.views import ChannelCountView, FilterCountView, InboxCountView, InboxItemView, SavedFilterView

if TYPE_CHECKING:
    from gateway.access.types import Member
    from gateway.conversations.types import Channel, Conversation, Label
    from gateway.routing.types import Task

LazyMember = Annotated["Member", strawberry.lazy("gateway.access.types")]
LazyChannel = Annotated["Channel", strawberry.lazy("gateway.conversations.types")]
LazyConversation = Annotated["Conversation", strawberry.lazy("gateway.conversations.types")]
LazyLabel = Annotated["Label", strawberry.lazy("gateway.conversations.types")]
LazyTask = Annotated["Task", strawberry.lazy("gateway.routing.types")]


@shows(InboxItemView, description="One entry of an inbox view: a thread, and the task that puts it there.")
class InboxItem:
    """See InboxItemView."""

    discipline: Discipline | None = strawberry.field(description="Whose job the task is; null where there is no task.")
    urgency: Urgency | None = strawberry.field(description="How soon; null where there is no task.")
    due_at: datetime | None = strawberry.field(description="When the task is due; UTC; null where there is no task.")
    at: datetime = strawberry.field(description="By what the view is sorted: due time, last activity or mention; UTC.")
    unread: bool = strawberry.field(description="Whether a person spoke since the member looked.")
    conversation = strawberry.field(resolver=conversation_of, graphql_type=LazyConversation | None, description="The thread.")
    member = strawberry.field(resolver=member_of, graphql_type=LazyMember | None, description="Who has it; null where nobody has.")
    task = strawberry.field(resolver=fields.task_of_item, graphql_type=LazyTask | None, description="The task; null where there is none.")


@shows(InboxCountView, description="How much is in a view.")
class InboxCount:
    """See InboxCountView."""

    view: InboxViewName = strawberry.field(description="Of which view.")
    count: int = strawberry.field(description="How many, counted no further than 1,000 unless exact counts were asked for.")
    capped: bool = strawberry.field(description="Whether there are more than counted.")
    shown: str = strawberry.field(description='What to print: the count, or "1,000+".')
    unread = strawberry.field(
        resolver=fields.unread_in_view,
        graphql_type=int | None,
        description="How many have something that the member has not read; of the first 1,000.",
    )


@shows(ChannelCountView, description="How many threads of a channel are not closed.")
class ChannelCount:
    """See ChannelCountView."""

    count: int = strawberry.field(description="How many, counted no further than 1,000 unless exact counts were asked for.")
    capped: bool = strawberry.field(description="Whether there are more than counted.")
    shown: str = strawberry.field(description='What to print: the count, or "1,000+".')
    channel = strawberry.field(resolver=channel_of, graphql_type=LazyChannel | None, description="The channel.")


@shows(FilterCountView, description="How many conversations a saved filter finds.")
class FilterCount:
    """See FilterCountView."""

    count: int = strawberry.field(description="How many, counted no further than 1,000 unless exact counts were asked for.")
    capped: bool = strawberry.field(description="Whether there are more than counted.")
    shown: str = strawberry.field(description='What to print: the count, or "1,000+".')


@shows(SavedFilterView, description="A choice of conversations under a name; what is null does not narrow.")
class SavedFilter(Node):
    """See SavedFilterView."""

    name: str = strawberry.field(description="What its maker calls it; at most 100 characters.")
    shared: bool = strawberry.field(description="Whether every member sees it.")
    status: ConversationStatus | None = strawberry.field(description="Only conversations of this status.")
    version: int = strawberry.field(description="Grows with every change; pass it to change the filter.")
    member = strawberry.field(resolver=member_of, graphql_type=LazyMember | None, description="Who made it, and may change it.")
    channel = strawberry.field(resolver=fields.channel_of_filter, graphql_type=LazyChannel | None, description="Only of this channel.")
    owner = strawberry.field(resolver=fields.owner_of_filter, graphql_type=LazyMember | None, description="Only of this owner.")
    label = strawberry.field(resolver=fields.label_of_filter, graphql_type=LazyLabel | None, description="Only with this label.")
    count = strawberry.field(resolver=fields.count_of_filter, graphql_type=FilterCount, description="How many it finds.")
    conversations = strawberry.field(
        resolver=fields.conversations_of_filter,
        graphql_type=Connection[LazyConversation],
        description="What it finds, latest activity first. At most 100 a page.",
    )
