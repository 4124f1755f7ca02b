"""How the connected things of drafts, rules and the like are found. Called through the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.loaders import TranslationKey
from services.contracts.views import ChannelView, ConversationView, InteractionView, MemberView
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


def answered_by_draft(root: strawberry.Parent[DraftView], info: Info) -> Awaitable[InteractionView | None] | None:
    """What a draft answers."""
    return None if root.in_reply_to is None else info.context.loaders.interaction_by_id.load(root.in_reply_to)


def draft_in_conversation(root: strawberry.Parent[ConversationView], info: Info) -> Awaitable[DraftView | None]:
    """The caller's own draft."""
    return info.context.loaders.draft_by_conversation.load(root.id)


def approval_rule_of_channel(root: strawberry.Parent[ChannelView], info: Info) -> Awaitable[ApprovalRuleView]:
    """Which public replies wait."""
    return info.context.loaders.approval_rule_by_channel.load(root.id)


def changer_of_canned_reply(root: strawberry.Parent[CannedReplyView], info: Info) -> Awaitable[MemberView | None] | None:
    """Who wrote it last."""
    return None if root.changed_by is None else info.context.loaders.member_by_id.load(root.changed_by)


def rendered_canned_reply(root: strawberry.Parent[RenderedReplyView], info: Info) -> Awaitable[CannedReplyView | None]:
    """What was filled."""
    return info.context.loaders.canned_reply_by_id.load(root.canned_reply_id)


def promises_in_conversation(root: strawberry.Parent[ConversationView], info: Info) -> Awaitable[list[PromiseView]]:
    """What was promised there."""
    return info.context.loaders.promises_by_conversation.load(root.id)


def hours_of_channel(root: strawberry.Parent[ChannelView], info: Info) -> Awaitable[HoursView | None]:
    """When it is open."""
    return info.context.loaders.hours_by_channel.load(root.id)


def moderation_of_interaction(root: strawberry.Parent[InteractionView], info: Info) -> Awaitable[ModerationView | None]:
    """What we did to it where it was said."""
    return info.context.loaders.moderation_by_interaction.load(root.id)


IntoLanguage = Annotated[str, strawberry.argument(description="The language wanted, such as en.")]


def translation_of_interaction(root: strawberry.Parent[InteractionView], info: Info, to: IntoLanguage) -> Awaitable[TranslationView]:
    """What it says in another language."""
    return info.context.loaders.translation_by_key.load(TranslationKey(to, interaction_id=root.id))
