"""Loaders of what members write: drafts, what waits for approval, rules. Called by resolvers through `Loaders`."""

from functools import cached_property
from typing import NamedTuple

from gateway.clients.composing import ComposingClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader
from services.contracts.composing import ApprovalRuleView, DraftView
from services.contracts.views import PageView, ReplyView


class ListPageKey(NamedTuple):
    """A page of a list that needs no other argument."""

    limit: int
    after: str | None


class DraftByConversationLoader(ByIdLoader[DraftView | None]):
    """The caller's draft in a conversation."""


class ApprovalRuleByChannelLoader(ByIdLoader[ApprovalRuleView]):
    """Which public replies of a channel wait."""


class DraftsByPageLoader(OneByOneLoader[ListPageKey, PageView[DraftView]]):
    """A page of the caller's drafts."""


class ProposedByPageLoader(OneByOneLoader[ListPageKey, PageView[ReplyView]]):
    """A page of what waits for approval."""


class ComposingLoaders:
    """Part of Loaders."""

    _composing: ComposingClient

    @cached_property
    def draft_by_conversation(self) -> DraftByConversationLoader:
        """Keys: conversation ids."""
        return DraftByConversationLoader(self._composing.drafts_by_conversation_ids)

    @cached_property
    def drafts_by_page(self) -> DraftsByPageLoader:
        """Keys: pages."""
        return DraftsByPageLoader(lambda key: self._composing.page_of_drafts(key._asdict()))

    @cached_property
    def proposed_by_page(self) -> ProposedByPageLoader:
        """Keys: pages."""
        return ProposedByPageLoader(lambda key: self._composing.page_of_proposed(key._asdict()))

    @cached_property
    def approval_rule_by_channel(self) -> ApprovalRuleByChannelLoader:
        """Keys: channel ids."""
        return ApprovalRuleByChannelLoader(self._composing.approval_rules_by_channel_ids)
