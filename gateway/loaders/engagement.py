"""Loaders of what: histories, conversations, replies, channels, the ledger. Called by resolvers through `Loaders`."""

from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from gateway.clients.engagement import EngagementClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader, PagesLoader
from services.contracts.views import (
    ChannelCountView,
    ChannelView,
    ConversationView,
    FilterCountView,
    InboxCountsView,
    InboxItemView,
    InteractionView,
    LabelView,
    LedgerView,
    PageView,
    ReconciliationView,
    ReplyView,
    SavedFilterView,
)
from services.contracts.views.media import MediaView
from services.contracts.views.search import SearchHitView
from services.contracts.views.sending import ChannelHealthView
from services.contracts.vocabulary import ConversationStatus, Direction, Discipline, InboxViewName, Kind


class ConversationPageKey(NamedTuple):
    """A page of the workspace's conversations."""

    limit: int
    after: str | None
    status: ConversationStatus | None = None
    channel_id: UUID | None = None
    owner_id: UUID | None = None
    label_id: UUID | None = None


class SearchKey(NamedTuple):
    """A page of a search, and what narrows it."""

    query: str
    limit: int
    after: str | None
    contact_id: UUID | None = None
    profile_id: UUID | None = None
    channel_id: UUID | None = None
    venue: tuple[str, str, str] | None = None
    kinds: tuple[Kind, ...] | None = None
    direction: Direction | None = None
    discipline: Discipline | None = None
    label_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


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


class ReconciliationByChannelLoader(ByIdLoader[ReconciliationView | None]):
    """How a channel compares with its platform."""


class HealthByChannelLoader(ByIdLoader[ChannelHealthView | None]):
    """How a channel fares."""


class LabelByIdLoader(ByIdLoader[LabelView | None]):
    """Labels."""


class LabelsByCallerLoader(OneByOneLoader[None, list[LabelView]]):
    """The labels of the caller's workspace."""


class TimelineByContactLoader(PagesLoader[InteractionView]):
    """A page of a contact's timeline."""


class MessagesByConversationLoader(PagesLoader[InteractionView]):
    """A page of a conversation's entries."""


class ConversationsByPageLoader(OneByOneLoader[ConversationPageKey, PageView[ConversationView]]):
    """A page of the workspace's conversations."""


class MediaByIdLoader(ByIdLoader[MediaView | None]):
    """Files."""


class HitsBySearchLoader(OneByOneLoader[SearchKey, PageView[SearchHitView]]):
    """A page of a search."""


class LedgerByCallerLoader(OneByOneLoader[None, LedgerView]):
    """The ledger of the caller's workspace."""


class ChannelsByCallerLoader(OneByOneLoader[None, list[ChannelView]]):
    """The channels of the caller's workspace."""


class InboxPageKey(NamedTuple):
    """A page of a view of the member's inbox."""

    view: InboxViewName
    limit: int
    after: str | None


class InboxByPageLoader(OneByOneLoader[InboxPageKey, PageView[InboxItemView]]):
    """A page of an inbox view."""


class InboxCountsLoader(OneByOneLoader[bool, InboxCountsView]):
    """The counts of all views, exact or capped."""


class UnreadCountsLoader(OneByOneLoader[None, InboxCountsView]):
    """The same, with what is unread in every view."""


class CountByChannelLoader(ByIdLoader[ChannelCountView]):
    """How many threads of a channel are not closed."""


class UnreadByConversationLoader(ByIdLoader[bool]):
    """Whether a thread has something that the member has not read."""


class FiltersByCallerLoader(OneByOneLoader[None, list[SavedFilterView]]):
    """The saved filters that the caller may see."""


class ExactCountByChannelLoader(ByIdLoader[ChannelCountView]):
    """The same, beyond 1,000."""


class FilterCountKey(NamedTuple):
    """A saved filter, and whether to count beyond 1,000."""

    id: UUID
    exact: bool


class CountByFilterLoader(OneByOneLoader[FilterCountKey, FilterCountView]):
    """How many conversations a saved filter finds."""


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
    def media_by_id(self) -> MediaByIdLoader:
        """Keys: ids of files."""
        return MediaByIdLoader(self._engagement.media_by_ids)

    @cached_property
    def hits_by_search(self) -> HitsBySearchLoader:
        """Keys: pages of searches."""
        return HitsBySearchLoader(lambda key: self._engagement.search(key._asdict()))

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
    def reconciliation_by_channel(self) -> ReconciliationByChannelLoader:
        """Keys: channel ids."""
        return ReconciliationByChannelLoader(self._engagement.reconciliations_by_channel_ids)

    @cached_property
    def health_by_channel(self) -> HealthByChannelLoader:
        """Keys: channel ids."""
        return HealthByChannelLoader(self._engagement.health_by_channel_ids)

    @cached_property
    def label_by_id(self) -> LabelByIdLoader:
        """Keys: label ids."""
        return LabelByIdLoader(self._engagement.labels_by_ids)

    @cached_property
    def labels_by_caller(self) -> LabelsByCallerLoader:
        """Key: None."""
        return LabelsByCallerLoader(lambda _key: self._engagement.labels())

    @cached_property
    def channels_by_caller(self) -> ChannelsByCallerLoader:
        """Key: None."""
        return ChannelsByCallerLoader(lambda _key: self._engagement.channels())

    @cached_property
    def ledger_by_caller(self) -> LedgerByCallerLoader:
        """Key: None."""
        return LedgerByCallerLoader(lambda _key: self._engagement.ledger())

    @cached_property
    def inbox_by_page(self) -> InboxByPageLoader:
        """Keys: pages of views."""
        return InboxByPageLoader(lambda key: self._engagement.page_of_inbox(key._asdict()))

    @cached_property
    def inbox_counts(self) -> InboxCountsLoader:
        """Keys: whether exact."""
        return InboxCountsLoader(lambda key: self._engagement.inbox_counts(exact=key))

    @cached_property
    def unread_counts(self) -> UnreadCountsLoader:
        """One key: None."""
        return UnreadCountsLoader(lambda _: self._engagement.unread_counts())

    @cached_property
    def count_by_channel(self) -> CountByChannelLoader:
        """Keys: channel ids."""
        return CountByChannelLoader(self._engagement.counts_by_channel_ids)

    @cached_property
    def exact_count_by_channel(self) -> ExactCountByChannelLoader:
        """Keys: channel ids."""
        return ExactCountByChannelLoader(lambda ids: self._engagement.counts_by_channel_ids(ids, exact=True))

    @cached_property
    def unread_by_conversation(self) -> UnreadByConversationLoader:
        """Keys: conversation ids."""
        return UnreadByConversationLoader(self._engagement.unread_by_conversation_ids)

    @cached_property
    def filters_by_caller(self) -> FiltersByCallerLoader:
        """Key: None."""
        return FiltersByCallerLoader(lambda _key: self._engagement.saved_filters())

    @cached_property
    def count_by_filter(self) -> CountByFilterLoader:
        """Keys: filter ids."""
        return CountByFilterLoader(lambda key: self._engagement.filter_count(key.id, exact=key.exact))
