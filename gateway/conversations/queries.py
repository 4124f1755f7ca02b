"""Queries for conversations, channels and the ledger. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Channel, Conversation, Label, LedgerCounts
from gateway.loaders import ConversationPageKey
from gateway.relay import After, Connection, First, Identifying, read_after, read_first, read_id_of
from gateway.vocabulary import ConversationStatus
from services.contracts.views import ChannelView, ConversationView, LabelView, LedgerView, PageView

OfStatus = Annotated[ConversationStatus | None, strawberry.argument(description="Only conversations of this status; null for all.")]
OfChannel = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only conversations of this channel, by global id; null for all.")
]
OfOwner = Annotated[strawberry.ID | None, strawberry.argument(description="Only conversations of this member, by global id; null for all.")]
OfLabel = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only conversations with this label, by global id; null for all.")
]


def find_conversation(info: Info, id: Identifying) -> Awaitable[ConversationView | None]:  # noqa: A002 - the argument's name in the schema
    """One conversation, or null where there is none that the caller may see."""
    return info.context.loaders.conversation_by_id.load(read_id_of(id, type_name="Conversation"))


def list_conversations(  # noqa: PLR0913, PLR0917 - each is an argument of the field
    info: Info,
    first: First = 20,
    after: After = None,
    status: OfStatus = None,
    channel_id: OfChannel = None,
    owner_id: OfOwner = None,
    label_id: OfLabel = None,
) -> Awaitable[PageView[ConversationView]]:
    """The workspace's conversations."""
    channel = None if channel_id is None else read_id_of(channel_id, type_name="Channel")
    owner = None if owner_id is None else read_id_of(owner_id, type_name="Member")
    label = None if label_id is None else read_id_of(label_id, type_name="Label")
    key = ConversationPageKey(read_first(first), read_after(after), status, channel, owner, label)
    return info.context.loaders.conversations_by_page.load(key)


def list_channels(info: Info) -> Awaitable[list[ChannelView]]:
    """The workspace's channels."""
    return info.context.loaders.channels_by_caller.load(None)


def list_labels(info: Info) -> Awaitable[list[LabelView]]:
    """The workspace's labels."""
    return info.context.loaders.labels_by_caller.load(None)


def count_ledger(info: Info) -> Awaitable[LedgerView]:
    """The workspace's ledger."""
    return info.context.loaders.ledger_by_caller.load(None)


@strawberry.type
class ConversationQueries:
    """Part of Query."""

    conversation = strawberry.field(
        resolver=find_conversation,
        graphql_type=Conversation | None,
        description="One thread. Null where there is none.",
    )
    conversations = strawberry.field(
        resolver=list_conversations,
        graphql_type=Connection[Conversation],
        description="The threads of the workspace, latest activity first. At most 100 a page.",
    )
    channels = strawberry.field(
        resolver=list_channels,
        graphql_type=list[Channel],
        description="The connected accounts of the company; at most 100.",
    )
    labels = strawberry.field(resolver=list_labels, graphql_type=list[Label], description="The workspace's labels by name; at most 500.")
    ledger = strawberry.field(
        resolver=count_ledger, graphql_type=LedgerCounts, description="How many interactions are in which state, now."
    )
