"""Loaders of what members write: drafts, what waits for approval, rules. Called by resolvers through `Loaders`."""

from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from gateway.clients.composing import ComposingClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader
from services.contracts.views import PageView, ReplyView
from services.contracts.views.composing import (
    ApprovalRuleView,
    CannedReplyView,
    DraftView,
    HoursView,
    ModerationView,
    PromiseView,
    RenderedReplyView,
    TranslationView,
)
from services.contracts.vocabulary import UnsentState


class ListPageKey(NamedTuple):
    """A page of a list that needs no other argument."""

    limit: int
    after: str | None


class UnsentPageKey(NamedTuple):
    """A page of replies that did not go out."""

    state: UnsentState
    limit: int
    after: str | None


class CannedPageKey(NamedTuple):
    """A page of canned replies."""

    limit: int
    after: str | None
    prefix: str = ""
    language: str | None = None


class RenderingKey(NamedTuple):
    """A canned reply to fill, for which conversation, in which language."""

    conversation_id: UUID
    shortcut: str
    language: str | None


class TranslationKey(NamedTuple):
    """Words, or the interaction that holds them, and the language wanted."""

    to: str
    text: str = ""
    interaction_id: UUID | None = None


class TranslationByKeyLoader(OneByOneLoader[TranslationKey, TranslationView]):
    """Translations."""


class CannedReplyByIdLoader(ByIdLoader[CannedReplyView | None]):
    """Canned replies."""


class PromiseByIdLoader(ByIdLoader[PromiseView | None]):
    """Promises."""


class PromisesByConversationLoader(ByIdLoader[list[PromiseView]]):
    """What was promised in a conversation."""


class PromisesByPageLoader(OneByOneLoader[ListPageKey, PageView[PromiseView]]):
    """A page of open promises."""


class CannedRepliesByPageLoader(OneByOneLoader[CannedPageKey, PageView[CannedReplyView]]):
    """A page of canned replies."""


class RenderedByKeyLoader(OneByOneLoader[RenderingKey, RenderedReplyView]):
    """Canned replies, filled."""


class DraftByConversationLoader(ByIdLoader[DraftView | None]):
    """The caller's draft in a conversation."""


class ApprovalRuleByChannelLoader(ByIdLoader[ApprovalRuleView]):
    """Which public replies of a channel wait."""


class ModerationByInteractionLoader(ByIdLoader[ModerationView | None]):
    """What we did on the platform to an interaction."""


class HoursByChannelLoader(ByIdLoader[HoursView | None]):
    """When a channel is open."""


class DraftsByPageLoader(OneByOneLoader[ListPageKey, PageView[DraftView]]):
    """A page of the caller's drafts."""


class ProposedByPageLoader(OneByOneLoader[ListPageKey, PageView[ReplyView]]):
    """A page of what waits for approval."""


class UnsentByPageLoader(OneByOneLoader[UnsentPageKey, PageView[ReplyView]]):
    """A page of what did not go out."""


class ComposingLoaders:
    """Part of Loaders."""

    _composing: ComposingClient

    @cached_property
    def draft_by_conversation(self) -> DraftByConversationLoader:
        """Keys: conversation ids."""
        return DraftByConversationLoader(self._composing.drafts_by_conversation_ids)

    @cached_property
    def moderation_by_interaction(self) -> ModerationByInteractionLoader:
        """Keys: interaction ids."""
        return ModerationByInteractionLoader(self._composing.moderations_by_interaction_ids)

    @cached_property
    def drafts_by_page(self) -> DraftsByPageLoader:
        """Keys: pages."""
        return DraftsByPageLoader(lambda key: self._composing.page_of_drafts(key._asdict()))

    @cached_property
    def proposed_by_page(self) -> ProposedByPageLoader:
        """Keys: pages."""
        return ProposedByPageLoader(lambda key: self._composing.page_of_proposed(key._asdict()))

    @cached_property
    def unsent_by_page(self) -> UnsentByPageLoader:
        """Keys: pages."""
        return UnsentByPageLoader(lambda key: self._composing.page_of_unsent(key._asdict()))

    @cached_property
    def approval_rule_by_channel(self) -> ApprovalRuleByChannelLoader:
        """Keys: channel ids."""
        return ApprovalRuleByChannelLoader(self._composing.approval_rules_by_channel_ids)

    @cached_property
    def canned_reply_by_id(self) -> CannedReplyByIdLoader:
        """Keys: ids of canned replies."""
        return CannedReplyByIdLoader(self._composing.canned_replies_by_ids)

    @cached_property
    def canned_replies_by_page(self) -> CannedRepliesByPageLoader:
        """Keys: pages."""
        return CannedRepliesByPageLoader(lambda key: self._composing.page_of_canned_replies(key._asdict()))

    @cached_property
    def rendered_by_key(self) -> RenderedByKeyLoader:
        """Keys: what to fill, for which conversation."""
        return RenderedByKeyLoader(
            lambda key: self._composing.render_canned_reply(
                key.conversation_id, payload={"shortcut": key.shortcut, "language": key.language}
            )
        )

    @cached_property
    def promise_by_id(self) -> PromiseByIdLoader:
        """Keys: promise ids."""
        return PromiseByIdLoader(self._composing.promises_by_ids)

    @cached_property
    def promises_by_conversation(self) -> PromisesByConversationLoader:
        """Keys: conversation ids."""
        return PromisesByConversationLoader(self._composing.promises_by_conversation_ids)

    @cached_property
    def promises_by_page(self) -> PromisesByPageLoader:
        """Keys: pages."""
        return PromisesByPageLoader(lambda key: self._composing.page_of_promises(key._asdict()))

    @cached_property
    def hours_by_channel(self) -> HoursByChannelLoader:
        """Keys: channel ids."""
        return HoursByChannelLoader(self._composing.hours_by_channel_ids)

    @cached_property
    def translation_by_key(self) -> TranslationByKeyLoader:
        """Keys: what to translate, and into what."""
        return TranslationByKeyLoader(self._translate)

    async def _translate(self, key: TranslationKey) -> TranslationView:
        if key.interaction_id is None:
            return await self._composing.translate_text(key.text, to=key.to)
        return await self._composing.translate_interaction(key.interaction_id, to=key.to)
