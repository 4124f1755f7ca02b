"""Queries for writing. Called by the schema; asks loaders only."""

import re
from collections.abc import Awaitable
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.composing.fields import IntoLanguage
from gateway.composing.types import CannedReply, Draft, Promise, RenderedReply, Translation
from gateway.context import Context, Info
from gateway.conversations.types import Reply
from gateway.loaders import CannedPageKey, ListPageKey, PageKey, RenderingKey, TranslationKey, UnsentPageKey
from gateway.relay import After, Connection, First, read_after, read_first, read_id_of
from gateway.vocabulary import UnsentState
from services.contracts.views import PageView, ReplyView
from services.contracts.views.composing import CannedReplyView, DraftView, PromiseView, RenderedReplyView, TranslationView
from services.contracts.vocabulary import Direction

InState = Annotated[UnsentState, strawberry.argument(description="How it did not go out.")]
Beginning = Annotated[str, strawberry.argument(description="What the shortcut begins with; empty for all.")]
InLanguage = Annotated[str | None, strawberry.argument(description="Only of this language; null for all.")]
ForConversation = Annotated[strawberry.ID, strawberry.argument(description="The conversation, by global id.")]
Shortcut = Annotated[str, strawberry.argument(description="The shortcut.")]
Preferred = Annotated[
    str | None,
    strawberry.argument(description="The language wanted; null for the one in which the person wrote last, as far as triage knows."),
]
Words = Annotated[str, strawberry.argument(description="The words; at most 20,000 characters.")]
LOOKED_BACK = 20
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}")


def list_drafts(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[DraftView]]:
    """The caller's drafts."""
    return info.context.loaders.drafts_by_page.load(ListPageKey(read_first(first), read_after(after)))


def list_replies_to_approve(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[ReplyView]]:
    """What waits for approval."""
    return info.context.loaders.proposed_by_page.load(ListPageKey(read_first(first), read_after(after)))


def list_unsent_replies(info: Info, state: InState, first: First = 20, after: After = None) -> Awaitable[PageView[ReplyView]]:
    """What did not go out."""
    return info.context.loaders.unsent_by_page.load(UnsentPageKey(state, read_first(first), read_after(after)))


def list_canned_replies(
    info: Info, prefix: Beginning = "", language: InLanguage = None, first: First = 20, after: After = None
) -> Awaitable[PageView[CannedReplyView]]:
    """Prepared texts."""
    return info.context.loaders.canned_replies_by_page.load(
        CannedPageKey(read_first(first), read_after(after), prefix, language and language.lower())
    )


async def render_canned_reply(
    info: Info, conversation_id: ForConversation, shortcut: Shortcut, language: Preferred = None
) -> RenderedReplyView:
    """A prepared text, filled."""
    conversation = read_id_of(conversation_id, type_name="Conversation")
    wanted = language or await _language_of(info.context, conversation)
    return await info.context.loaders.rendered_by_key.load(RenderingKey(conversation, shortcut, wanted))


async def _language_of(context: Context, conversation: UUID) -> str | None:
    """The language of what the person wrote last, by triage."""
    page = await context.loaders.messages_by_conversation.load(PageKey(conversation, LOOKED_BACK, None))
    latest = next((message for message in page.items if message.direction is Direction.INBOUND and message.text), None)
    triage = None if latest is None else await context.loaders.triage_by_interaction.load(latest.id)
    return None if triage is None or not LANGUAGE.fullmatch(triage.language) else triage.language


def list_promises(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[PromiseView]]:
    """Open promises."""
    return info.context.loaders.promises_by_page.load(ListPageKey(read_first(first), read_after(after)))


def translate_text(info: Info, text: Words, to: IntoLanguage) -> Awaitable[TranslationView]:
    """Words in another language."""
    return info.context.loaders.translation_by_key.load(TranslationKey(to, text=text))


@strawberry.type
class ComposingQueries:
    """Part of Query."""

    drafts = strawberry.field(
        resolver=list_drafts, graphql_type=Connection[Draft], description="The caller's drafts, the latest first. At most 100 a page."
    )
    replies_to_approve = strawberry.field(
        resolver=list_replies_to_approve,
        graphql_type=Connection[Reply],
        description="Replies that wait for another member's approval, the oldest first; the caller's own among them. At most 100 a page.",
    )
    unsent_replies = strawberry.field(
        resolver=list_unsent_replies,
        graphql_type=Connection[Reply],
        description="Replies that failed (retryReply), are in doubt (settleReply) or were rejected, the newest first; without those that "
        "somebody took back. At most 100 a page.",
    )
    canned_replies = strawberry.field(
        resolver=list_canned_replies,
        graphql_type=Connection[CannedReply],
        description="Prepared texts in the order of shortcut and language. At most 100 a page.",
    )
    render_canned_reply = strawberry.field(
        resolver=render_canned_reply,
        graphql_type=RenderedReply,
        description="A prepared text filled for a conversation, to be read over, with what could not be filled.",
    )
    promises = strawberry.field(
        resolver=list_promises,
        graphql_type=Connection[Promise],
        description="What is promised and not settled, the next due first. At most 100 a page.",
    )
    translate_text = strawberry.field(
        resolver=translate_text,
        graphql_type=Translation,
        description="Words in another language, for a reply. Without a provider an error with the code TRANSLATION_NOT_CONFIGURED.",
    )
