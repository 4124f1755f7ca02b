"""How the connected things of interactions, conversations, replies are found. Called through the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Protocol

import strawberry

from gateway.context import Info
from gateway.loaders import PageKey
from gateway.relay import After, First, global_id, read_after, read_first
from services.contracts.ids import ChannelId, ConversationId, InteractionId, MemberId, ProfileId
from services.contracts.interaction import Attachment
from services.contracts.views import (
    PAGE_LIMIT,
    ChannelView,
    ContactView,
    ConversationView,
    InteractionView,
    LabelView,
    MemberView,
    PageView,
    ProfileView,
    ReplyView,
    TaskView,
    TriageView,
)
from services.contracts.views.levels import ResolutionView
from services.contracts.views.media import MediaView
from services.contracts.views.sending import ChannelHealthView


class OfChannel(Protocol):
    """Came through a channel, or, from a list, through none."""

    @property
    def channel_id(self) -> ChannelId | None:
        """Which."""
        ...


class OfProfile(Protocol):
    """Is with a person's account."""

    @property
    def profile_id(self) -> ProfileId:
        """Which."""
        ...


class OfConversation(Protocol):
    """Belongs to a thread; what a list says does not."""

    @property
    def conversation_id(self) -> ConversationId | None:
        """Which."""
        ...


class OfMember(Protocol):
    """Was done by, or is for, a member."""

    @property
    def member_id(self) -> MemberId | None:
        """Who, if anybody."""
        ...


class OfInteraction(Protocol):
    """Belongs to an interaction."""

    @property
    def interaction_id(self) -> InteractionId:
        """Which."""
        ...


def channel_of(root: strawberry.Parent[OfChannel], info: Info) -> Awaitable[ChannelView | None] | None:
    """The channel, if any."""
    return None if root.channel_id is None else info.context.loaders.channel_by_id.load(root.channel_id)


def profile_of(root: strawberry.Parent[OfProfile], info: Info) -> Awaitable[ProfileView | None]:
    """The person's account."""
    return info.context.loaders.profile_by_id.load(root.profile_id)


def contact_of(root: strawberry.Parent[OfProfile], info: Info) -> Awaitable[ContactView | None]:
    """The person."""
    return info.context.loaders.contact_by_profile.load(root.profile_id)


def conversation_of(root: strawberry.Parent[OfConversation], info: Info) -> Awaitable[ConversationView | None] | None:
    """The thread, if any."""
    return None if root.conversation_id is None else info.context.loaders.conversation_by_id.load(root.conversation_id)


def member_of(root: strawberry.Parent[OfMember], info: Info) -> Awaitable[MemberView | None] | None:
    """The member, if anybody."""
    return None if root.member_id is None else info.context.loaders.member_by_id.load(root.member_id)


def decider_of(root: strawberry.Parent[ReplyView], info: Info) -> Awaitable[MemberView | None] | None:
    """Who approved or rejected a reply."""
    return None if root.decided_by is None else info.context.loaders.member_by_id.load(root.decided_by)


def health_of_channel(root: strawberry.Parent[ChannelView], info: Info) -> Awaitable[ChannelHealthView | None]:
    """How the channel fares."""
    return info.context.loaders.health_by_channel.load(root.id)


def interaction_of(root: strawberry.Parent[OfInteraction], info: Info) -> Awaitable[InteractionView | None]:
    """The entry in the history."""
    return info.context.loaders.interaction_by_id.load(root.interaction_id)


def answer_of(root: strawberry.Parent[InteractionView], info: Info) -> Awaitable[InteractionView | None] | None:
    """What answered it."""
    return None if root.answer_id is None else info.context.loaders.interaction_by_id.load(root.answer_id)


def answered_profile_of(root: strawberry.Parent[InteractionView], info: Info) -> Awaitable[ProfileView | None] | None:
    """Whose words it answers."""
    return None if root.reply_to_profile_id is None else info.context.loaders.profile_by_id.load(root.reply_to_profile_id)


def task_of_interaction(root: strawberry.Parent[InteractionView], info: Info) -> Awaitable[TaskView | None]:
    """The work that it led to."""
    return info.context.loaders.task_by_interaction.load(root.id)


def triage_of_interaction(root: strawberry.Parent[InteractionView], info: Info) -> Awaitable[TriageView | None]:
    """What it is about."""
    return info.context.loaders.triage_by_interaction.load(root.id)


def messages_of_conversation(
    root: strawberry.Parent[ConversationView], info: Info, first: First = 20, after: After = None
) -> Awaitable[PageView[InteractionView]]:
    """What was said in the thread, newest first."""
    key = PageKey(root.id, read_first(first), read_after(after))
    return info.context.loaders.messages_by_conversation.load(key)


def tasks_of_conversation(root: strawberry.Parent[ConversationView], info: Info) -> Awaitable[list[TaskView]]:
    """The work that the thread led to."""
    return info.context.loaders.tasks_by_conversation.load(root.id)


def resolutions_of_conversation(root: strawberry.Parent[ConversationView], info: Info) -> Awaitable[list[ResolutionView]]:
    """By when the thread's matters are to be resolved."""
    return info.context.loaders.resolutions_by_conversation.load(root.id)


def unread_of_conversation(root: strawberry.Parent[ConversationView], info: Info) -> Awaitable[bool]:
    """Whether a person spoke since the member looked."""
    return info.context.loaders.unread_by_conversation.load(root.id)


def owner_of(root: strawberry.Parent[ConversationView], info: Info) -> Awaitable[MemberView | None] | None:
    """Whose the thread is, if anybody's."""
    return None if root.owner_id is None else info.context.loaders.member_by_id.load(root.owner_id)


async def labels_of(root: strawberry.Parent[ConversationView], info: Info) -> list[LabelView]:
    """The thread's labels, by name."""
    found = await info.context.loaders.label_by_id.load_many(root.label_ids[:PAGE_LIMIT])
    return sorted((label for label in found if label is not None), key=lambda label: label.name.casefold())


async def followers_of(root: strawberry.Parent[ConversationView], info: Info) -> list[MemberView]:
    """Who follows the thread."""
    found = await info.context.loaders.member_by_id.load_many(root.follower_ids[:PAGE_LIMIT])
    return [member for member in found if member is not None]


async def linked_to(root: strawberry.Parent[ConversationView], info: Info) -> list[ConversationView]:
    """Other threads of the same matter; those that were merged together count once."""
    found = await info.context.loaders.conversation_by_id.load_many(root.linked_ids[:PAGE_LIMIT])
    return list({each.id: each for each in found if each is not None and each.id != root.id}.values())


def merged_ids_of(root: strawberry.Parent[ConversationView]) -> list[strawberry.ID]:
    """The ids that the threads merged into this one had."""
    return [global_id("Conversation", each) for each in root.merged_ids[:PAGE_LIMIT]]


async def mentioned_in(root: strawberry.Parent[InteractionView], info: Info) -> list[MemberView]:
    """The members whom a note names."""
    found = await info.context.loaders.member_by_id.load_many(root.mentioned_member_ids[:PAGE_LIMIT])
    return [member for member in found if member is not None]


async def url_of_attachment(root: strawberry.Parent[Attachment], info: Info) -> str | None:
    """A link to our copy, else the platform's own."""
    media = None if root.media_id is None else await info.context.loaders.media_by_id.load(root.media_id)
    return root.url if media is None or media.url is None else media.url


def media_of_attachment(root: strawberry.Parent[Attachment], info: Info) -> Awaitable[MediaView | None] | None:
    """Our copy."""
    return None if root.media_id is None else info.context.loaders.media_by_id.load(root.media_id)
