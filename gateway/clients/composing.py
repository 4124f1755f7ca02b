"""Calls to engagement about writing. Called by the loaders and mutations of `composing`."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from gateway.clients.engagement import ReplyAnswer
from gateway.clients.service import COMMAND_TIMEOUT_SECONDS, Service
from services.contracts.ids import CannedReplyId, ChannelId, ConversationId, InteractionId, PromiseId, ReplyId
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
from services.contracts.vocabulary import Moderation

Payload = Mapping[str, object]


class BegunAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A new conversation and its first reply."""

    conversation_id: ConversationId
    reply: ReplyView


class ComposingClient:
    """What members do before and beside a reply."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def drafts_by_conversation_ids(self, ids: list[UUID]) -> list[DraftView | None]:
        """The caller's draft in each conversation."""
        return await self._service.batch("/internal/drafts/by-conversation-ids", ids, expect=list[DraftView | None])

    async def page_of_drafts(self, page: Payload) -> PageView[DraftView]:
        """The caller's drafts; page: limit, after."""
        return await self._service.ask("POST", "/internal/drafts/page", expect=PageView[DraftView], payload=page)

    async def save_draft(self, conversation: ConversationId, *, payload: Payload) -> DraftView:
        """Keep a draft; payload: text, in_reply_to, version."""
        return await self._service.ask("PUT", f"/v1/conversations/{conversation}/draft", expect=DraftView, payload=payload)

    async def delete_draft(self, conversation: ConversationId) -> None:
        """Throw the caller's draft away."""
        await self._service.tell("DELETE", f"/v1/conversations/{conversation}/draft")

    async def page_of_proposed(self, page: Payload) -> PageView[ReplyView]:
        """What waits for approval; page: limit, after."""
        return await self._service.ask("POST", "/internal/replies/proposed", expect=PageView[ReplyView], payload=page)

    async def page_of_unsent(self, page: Payload) -> PageView[ReplyView]:
        """What did not go out; page: state, limit, after."""
        return await self._service.ask("POST", "/internal/replies/unsent", expect=PageView[ReplyView], payload=page)

    async def retry_reply(self, reply: ReplyId, *, payload: Payload) -> ReplyAnswer:
        """Send a reply that failed once more; payload: version."""
        path = f"/v1/replies/{reply}/retry"
        return await self._service.ask("POST", path, expect=ReplyAnswer, payload=payload, timeout_seconds=COMMAND_TIMEOUT_SECONDS)

    async def approve_reply(self, reply: ReplyId, *, payload: Payload) -> ReplyAnswer:
        """Approve a colleague's reply; payload: text, version."""
        path = f"/v1/replies/{reply}/approve"
        return await self._service.ask("POST", path, expect=ReplyAnswer, payload=payload, timeout_seconds=COMMAND_TIMEOUT_SECONDS)

    async def reject_reply(self, reply: ReplyId, *, reason: str) -> ReplyView:
        """Reject a colleague's reply."""
        return await self._service.ask("POST", f"/v1/replies/{reply}/reject", expect=ReplyView, payload={"reason": reason})

    async def approval_rules_by_channel_ids(self, ids: list[UUID]) -> list[ApprovalRuleView]:
        """Which public replies of each channel wait."""
        return await self._service.batch("/internal/approval-rules/by-channel-ids", ids, expect=list[ApprovalRuleView])

    async def set_approval_rule(self, channel: ChannelId, *, payload: Payload) -> ApprovalRuleView:
        """Replace a channel's rule; payload: all, disciplines."""
        return await self._service.ask("PUT", f"/v1/channels/{channel}/approval-rule", expect=ApprovalRuleView, payload=payload)

    async def begin_conversation(self, *, payload: Payload, idempotency_key: str | None) -> BegunAnswer:
        """Write to a person first; payload: channel_id, recipient, text, title, template, attachments."""
        headers = () if idempotency_key is None else (("idempotency-key", idempotency_key),)
        return await self._service.ask(
            "POST",
            "/v1/conversations",
            expect=BegunAnswer,
            payload=payload,
            headers=headers,
            timeout_seconds=COMMAND_TIMEOUT_SECONDS,
        )

    async def moderations_by_interaction_ids(self, ids: list[UUID]) -> list[ModerationView | None]:
        """What we did on the platform to these interactions."""
        return await self._service.batch("/internal/moderations/by-interaction-ids", ids, expect=list[ModerationView | None])

    async def moderate(self, interaction: InteractionId, *, act: Moderation) -> ModerationView:
        """Have it done on the platform, which may take its seconds."""
        return await self._service.ask(
            "POST",
            f"/v1/interactions/{interaction}/moderation",
            expect=ModerationView,
            payload={"act": act},
            timeout_seconds=COMMAND_TIMEOUT_SECONDS,
        )

    async def answer_elsewhere(self, interaction: InteractionId, *, where: str) -> None:
        """Say that it was answered in another place."""
        await self._service.tell("POST", f"/v1/interactions/{interaction}/answered-elsewhere", payload={"where": where})

    async def accept_peer_answer(self, interaction: InteractionId, *, answer: InteractionId) -> None:
        """Say that another person's words answer it."""
        await self._service.tell("POST", f"/v1/interactions/{interaction}/accept-peer-answer", payload={"answer_id": answer})

    async def take_back_decline(self, interaction: InteractionId) -> None:
        """Owe an answer again."""
        await self._service.tell("POST", f"/v1/interactions/{interaction}/take-back-decline")

    async def canned_replies_by_ids(self, ids: list[UUID]) -> list[CannedReplyView | None]:
        """The canned replies."""
        return await self._service.batch("/internal/canned-replies/by-ids", ids, expect=list[CannedReplyView | None])

    async def page_of_canned_replies(self, page: Payload) -> PageView[CannedReplyView]:
        """Canned replies in order; page: limit, after, prefix, language."""
        return await self._service.ask("POST", "/internal/canned-replies/page", expect=PageView[CannedReplyView], payload=page)

    async def save_canned_reply(self, id_: CannedReplyId | None, *, payload: Payload) -> CannedReplyView:
        """Keep one, new or anew; payload: shortcut, language, title, text, and version where it is there already."""
        if id_ is None:
            return await self._service.ask("POST", "/v1/canned-replies", expect=CannedReplyView, payload=payload)
        return await self._service.ask("PUT", f"/v1/canned-replies/{id_}", expect=CannedReplyView, payload=payload)

    async def delete_canned_reply(self, id_: CannedReplyId) -> None:
        """Remove one."""
        await self._service.tell("DELETE", f"/v1/canned-replies/{id_}")

    async def render_canned_reply(self, conversation: UUID, *, payload: Payload) -> RenderedReplyView:
        """Fill one for a conversation; payload: shortcut, language."""
        path = f"/v1/conversations/{conversation}/canned-replies/render"
        return await self._service.ask("POST", path, expect=RenderedReplyView, payload=payload)

    async def promises_by_ids(self, ids: list[UUID]) -> list[PromiseView | None]:
        """The promises."""
        return await self._service.batch("/internal/promises/by-ids", ids, expect=list[PromiseView | None])

    async def promises_by_conversation_ids(self, ids: list[UUID]) -> list[list[PromiseView]]:
        """What was promised in each conversation."""
        return await self._service.batch("/internal/promises/by-conversation-ids", ids, expect=list[list[PromiseView]])

    async def page_of_promises(self, page: Payload) -> PageView[PromiseView]:
        """Open promises, the next due first; page: limit, after."""
        return await self._service.ask("POST", "/internal/promises/page", expect=PageView[PromiseView], payload=page)

    async def make_promise(self, conversation: ConversationId, *, payload: Payload) -> PromiseView:
        """Keep a promise in mind; payload: text, due_at."""
        return await self._service.ask("POST", f"/v1/conversations/{conversation}/promises", expect=PromiseView, payload=payload)

    async def settle_promise(self, promise: PromiseId, *, payload: Payload) -> PromiseView:
        """Say what became of one; payload: state, version."""
        return await self._service.ask("PATCH", f"/v1/promises/{promise}", expect=PromiseView, payload=payload)

    async def hours_by_channel_ids(self, ids: list[UUID]) -> list[HoursView | None]:
        """When each channel is open."""
        return await self._service.batch("/internal/hours/by-channel-ids", ids, expect=list[HoursView | None])

    async def set_hours(self, channel: ChannelId, *, payload: Payload) -> HoursView:
        """Say when a channel is open; payload: time_zone, week, holidays, notice, holiday_notice."""
        return await self._service.ask("PUT", f"/v1/channels/{channel}/hours", expect=HoursView, payload=payload)

    async def delete_hours(self, channel: ChannelId) -> None:
        """Let a channel have no hours."""
        await self._service.tell("DELETE", f"/v1/channels/{channel}/hours")

    async def translate_text(self, text: str, *, to: str) -> TranslationView:
        """A text in another language."""
        payload = {"text": text, "to": to}
        return await self._service.ask(
            "POST", "/v1/translations", expect=TranslationView, payload=payload, timeout_seconds=COMMAND_TIMEOUT_SECONDS
        )

    async def translate_interaction(self, interaction: UUID, *, to: str) -> TranslationView:
        """What an interaction says in another language."""
        path = f"/v1/interactions/{interaction}/translation"
        return await self._service.ask("POST", path, expect=TranslationView, payload={"to": to}, timeout_seconds=COMMAND_TIMEOUT_SECONDS)
