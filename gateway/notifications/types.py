"""Notification, UnreadCount, NotificationSettings. Called by the schema; the values are the contract's views."""

from datetime import datetime
from typing import Annotated, Protocol

import strawberry

from gateway.clients.notifying import UnreadAnswer
from gateway.context import Info
from gateway.conversations.types import Channel, Conversation
from gateway.relay import Node, shows
from gateway.vocabulary import DigestEvery, NotificationKind
from services.contracts.ids import ChannelId, ConversationId
from services.contracts.views import ChannelView, ConversationView
from services.contracts.views.notifications import NotificationMeansView, NotificationSettingsView, NotificationView


class Concerning(Protocol):
    """May concern a thread and a channel."""

    @property
    def conversation_id(self) -> ConversationId | None:
        """Which thread."""
        ...

    @property
    def channel_id(self) -> ChannelId | None:
        """Which channel."""
        ...


async def conversation_concerned(root: strawberry.Parent[Concerning], info: Info) -> ConversationView | None:
    """The thread, if any."""
    return None if root.conversation_id is None else await info.context.loaders.conversation_by_id.load(root.conversation_id)


async def channel_concerned(root: strawberry.Parent[Concerning], info: Info) -> ChannelView | None:
    """The channel, if any."""
    return None if root.channel_id is None else await info.context.loaders.channel_by_id.load(root.channel_id)


@shows(NotificationView, description="A matter that the caller is to know of. What happens in it again while it is unread is counted.")
class Notification(Node):
    """See NotificationView."""

    kind: NotificationKind = strawberry.field(description="What it is about.")
    reason: str = strawberry.field(description="Why, where there is more to say, such as a platform's words; at most 300 characters.")
    count: int = strawberry.field(description="How often something happened in it since it was last read.")
    created_at: datetime = strawberry.field(description="When it began; UTC.")
    changed_at: datetime = strawberry.field(description="When something last happened in it; UTC.")
    read_at: datetime | None = strawberry.field(description="When it was read; null while it is unread; UTC.")
    conversation = strawberry.field(
        resolver=conversation_concerned, graphql_type=Conversation | None, description="The thread it is about, if any."
    )
    channel = strawberry.field(resolver=channel_concerned, graphql_type=Channel | None, description="The channel it is about, if any.")


@shows(UnreadAnswer, description="How many notifications are unread.")
class UnreadCount:
    """See UnreadAnswer."""

    unread: int = strawberry.field(description="How many; at most 1,000.")
    more: bool = strawberry.field(description="Whether there are more than 1,000.")


@shows(NotificationMeansView, description="By which means one kind is told; none of them: not at all.")
class NotificationMeans:
    """See NotificationMeansView."""

    kind: NotificationKind = strawberry.field(description="What.")
    app: bool = strawberry.field(description="In the application: in the list and the count.")
    email: bool = strawberry.field(description="By e-mail, at once outside of quiet hours.")
    chat: bool = strawberry.field(description="To the chat's webhook, at once outside of quiet hours.")
    digest: bool = strawberry.field(description="In the digest.")


@shows(NotificationSettingsView, description="How a member, or the workspace's chat room, is told.")
class NotificationSettings:
    """See NotificationSettingsView."""

    kinds: list[NotificationMeans] = strawberry.field(graphql_type=list[NotificationMeans], description="Every kind; at most 50.")
    time_zone: str = strawberry.field(description="IANA name, such as Europe/Berlin.")
    quiet_from: int | None = strawberry.field(description="From when nothing goes out: minutes after local midnight; null: never quiet.")
    quiet_until: int | None = strawberry.field(description="Until when; may lie on the next day.")
    digest: DigestEvery = strawberry.field(description="How often the digest comes, if there is anything in it.")
    digest_at: int = strawberry.field(description="When a daily digest comes: minutes after local midnight.")
    has_chat: bool = strawberry.field(description="Whether an address for chat is set; it is never shown.")
    email_possible: bool = strawberry.field(description="Whether this deployment can send mail.")
    trouble: str = strawberry.field(description="Which means do not work at present, and why; empty where all do.")
    version: int = strawberry.field(description="Pass it with a change.")


Room = Annotated[bool, strawberry.argument(description="The workspace's chat room instead of the caller; for administrators.")]
