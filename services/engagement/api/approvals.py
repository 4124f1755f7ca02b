"""REST of approval: what waits, approve, reject, and which replies of a channel have to wait."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import ChannelId, ReplyId
from services.contracts.views import ReplyView
from services.contracts.views.composing import ApprovalRuleView
from services.contracts.vocabulary import Discipline
from services.engagement import channels
from services.engagement.api.edge import PartsOf, member_of
from services.engagement.api.replies import TEXT_LIMIT_CHARS, PostedView, posted_view
from services.engagement.composing import approvals
from services.engagement.composing.showing import approval_rule_view
from services.engagement.rendering import list_of, position_of, reply_view
from services.engagement.statements import approvals as statements
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1", tags=["approval"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Writer = Annotated[Caller, Depends(require("conversations:write"))]
ChannelReader = Annotated[Caller, Depends(require("channels:read"))]
ChannelWriter = Annotated[Caller, Depends(require("channels:write"))]


class ApproveReply(RequestBody):
    """`text` is said instead of what was proposed; `version` is the conversation's as the approving member has read it."""

    text: str | None = Field(default=None, max_length=TEXT_LIMIT_CHARS)
    version: int | None = Field(default=None, ge=0, le=2**31 - 1)


class RejectReply(RequestBody):
    """Why it should not be said; its author reads this."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S")


class SetApprovalRule(RequestBody):
    """About which matters public replies wait: these disciplines, or with `all` any. Neither: none waits."""

    disciplines: list[Discipline] = Field(default_factory=list, max_length=len(Discipline))
    all: bool = False


@router.get("/approvals")
async def list_proposed(caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[ReplyView]:
    """Replies that wait for approval, the oldest first."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await statements.proposed_page(connection, caller.workspace_id, after=position_of(after), limit=limit + 1)
    return list_of(rows, limit=limit, render=reply_view, time="queued_at")


@router.post("/replies/{reply_id}/approve", response_model=PostedView)
async def approve_reply(request: Request, reply_id: UUID, body: ApproveReply, caller: Writer, parts: PartsOf) -> Response:
    """Let a colleague's reply go out, perhaps in other words. Takes an Idempotency-Key."""
    approval = approvals.Approval(reply=ReplyId(reply_id), member=member_of(caller), text=body.text, version=body.version)

    async def act(connection: Connection) -> tuple[int, object]:
        reply, thread = await approvals.get_proposed(connection, caller.workspace_id, approval.reply)
        channel = await parts.channel(ChannelId(reply["channel_id"]))
        return 200, posted_view(await approvals.approve(connection, channel, reply, thread, approval, now=parts.clock.now()))

    response = await once(request, parts.database, caller, act)
    parts.published()
    parts.queued(caller.workspace_id)
    return response


@router.post("/replies/{reply_id}/reject", response_model=ReplyView)
async def reject_reply(request: Request, reply_id: UUID, body: RejectReply, caller: Writer, parts: PartsOf) -> Response:
    """Say that a colleague's reply should not go out, and why."""
    member = member_of(caller)

    async def act(connection: Connection) -> tuple[int, object]:
        reply, _ = await approvals.get_proposed(connection, caller.workspace_id, ReplyId(reply_id))
        row = await approvals.reject(connection, caller.workspace_id, reply, member=member, reason=body.reason, now=parts.clock.now())
        return 200, reply_view(row)

    response = await once(request, parts.database, caller, act)
    parts.published()
    return response


@router.get("/channels/{channel_id}/approval-rule")
async def get_approval_rule(channel_id: UUID, caller: ChannelReader, parts: PartsOf) -> ApprovalRuleView:
    """Which public replies of the channel wait."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        await channels.get_channel(connection, caller.workspace_id, ChannelId(channel_id))
        rows = await statements.rules_of(connection, caller.workspace_id, [channel_id])
    return approval_rule_view(ChannelId(channel_id), rows)


@router.put("/channels/{channel_id}/approval-rule")
async def set_approval_rule(channel_id: UUID, body: SetApprovalRule, caller: ChannelWriter, parts: PartsOf) -> ApprovalRuleView:
    """Say which public replies of the channel wait from now on; what waits already goes on waiting."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        await channels.get_channel(connection, caller.workspace_id, ChannelId(channel_id))
        rows = await approvals.set_rules(
            connection,
            caller.workspace_id,
            ChannelId(channel_id),
            disciplines=None if body.all else body.disciplines,
            member=caller.member_id,
            now=parts.clock.now(),
        )
    return approval_rule_view(ChannelId(channel_id), rows)
