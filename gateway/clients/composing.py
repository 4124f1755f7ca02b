"""Calls to engagement about writing. Called by the loaders and mutations of `composing`."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from gateway.clients.engagement import ReplyAnswer
from gateway.clients.service import COMMAND_TIMEOUT_SECONDS, Service
from services.contracts.composing import ApprovalRuleView, DraftView
from services.contracts.ids import ChannelId, ConversationId, ReplyId
from services.contracts.views import PageView, ReplyView

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
