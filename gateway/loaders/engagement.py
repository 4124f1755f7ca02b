"""Loaders of what: histories, conversations, replies, channels, the ledger. Called by resolvers through `Loaders`."""

from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from gateway.clients.engagement import EngagementClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader, PagesLoader
from services.contracts.views import ChannelView, ConversationView, InteractionView, LedgerView, PageView, ReplyView
from services.contracts.vocabulary import ConversationStatus


class ConversationPageKey(NamedTuple):
    """A page of the workspace's conversations."""

    limit: int
    after: str | None
    status: ConversationStatus | None = None
    channel_id: UUID | None = None


class ConversationByIdLoader(ByIdLoader[ConversationView | None]):
    """Conversations."""


class ConversationsByProfileLoader(ByIdLoader[list[ConversationView]]):
    """A profile's conversations."""


class InteractionByIdLoader(ByIdLoader[InteractionView | None]):
    """Interactions."""


class ReplyByIdLoader(ByIdLoader[ReplyView | None]):
    """Replies."""


class ChannelByIdLoader(ByIdLoader[ChannelView | None]):
    """Channels."""


class TimelineByContactLoader(PagesLoader):
    """A page of a contact's timeline."""


class MessagesByConversationLoader(PagesLoader):
    """A page of a conversation's entries."""


class ConversationsByPageLoader(OneByOneLoader[ConversationPageKey, PageView[ConversationView]]):
    """A page of the workspace's conversations."""


class LedgerByCallerLoader(OneByOneLoader[None, LedgerView]):
    """The ledger of the caller's workspace."""


class ChannelsByCallerLoader(OneByOneLoader[None, list[ChannelView]]):
    """The channels of the caller's workspace."""


class EngagementLoaders:
    """Part of Loaders."""

    _engagement: EngagementClient

    @cached_property
    def timeline_by_contact(self) -> TimelineByContactLoader:
        """Keys: pages of contact ids."""
        return TimelineByContactLoader(self._engagement.timelines_by_contact_ids)

    @cached_property
    def messages_by_conversation(self) -> MessagesByConversationLoader:
        """Keys: pages of conversation ids."""
        return MessagesByConversationLoader(self._engagement.messages_by_conversation_ids)

    @cached_property
    def conversation_by_id(self) -> ConversationByIdLoader:
        """Keys: conversation ids."""
        return ConversationByIdLoader(self._engagement.conversations_by_ids)

    @cached_property
    def conversations_by_profile(self) -> ConversationsByProfileLoader:
        """Keys: profile ids."""
        return ConversationsByProfileLoader(self._engagement.conversations_by_profile_ids)

    @cached_property
    def conversations_by_page(self) -> ConversationsByPageLoader:
        """Keys: pages."""
        return ConversationsByPageLoader(lambda key: self._engagement.page_of_conversations(key._asdict()))

    @cached_property
    def interaction_by_id(self) -> InteractionByIdLoader:
        """Keys: interaction ids."""
        return InteractionByIdLoader(self._engagement.interactions_by_ids)

    @cached_property
    def reply_by_id(self) -> ReplyByIdLoader:
        """Keys: reply ids."""
        return ReplyByIdLoader(self._engagement.replies_by_ids)

    @cached_property
    def channel_by_id(self) -> ChannelByIdLoader:
        """Keys: channel ids."""
        return ChannelByIdLoader(self._engagement.channels_by_ids)

    @cached_property
    def channels_by_caller(self) -> ChannelsByCallerLoader:
        """Key: None."""
        return ChannelsByCallerLoader(lambda _key: self._engagement.channels())

    @cached_property
    def ledger_by_caller(self) -> LedgerByCallerLoader:
        """Key: None."""
        return LedgerByCallerLoader(lambda _key: self._engagement.ledger())
