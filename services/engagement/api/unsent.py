"""REST of replies that did not go out: which they are, and another try for one that failed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import ChannelId, ReplyId
from services.contracts.views import ReplyView
from services.contracts.vocabulary import UnsentState
from services.engagement.api.edge import PartsOf
from services.engagement.api.replies import PostedView, posted_view
from services.engagement.composing import unsent
from services.engagement.rendering import list_of, position_of, reply_view
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1/replies", tags=["replies"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Writer = Annotated[Caller, Depends(require("conversations:write"))]


class RetryReply(RequestBody):
    """`version` is the conversation's as read: if a colleague has answered since, nothing is sent."""

    version: int | None = Field(default=None, ge=0, le=2**31 - 1)


@router.get("")
async def list_unsent(state: UnsentState, caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[ReplyView]:
    """Replies that failed, are in doubt, or were rejected, the newest first; without those that somebody took back."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await unsent.list_unsent(connection, caller.workspace_id, state, before=position_of(after), limit=limit + 1)
    return list_of(rows, limit=limit, render=reply_view, time="queued_at")


@router.post("/{reply_id}/retry", response_model=PostedView)
async def retry_reply(request: Request, reply_id: UUID, body: RetryReply, caller: Writer, parts: PartsOf) -> Response:
    """Send a reply that failed once more, after what kept it is mended. Takes an Idempotency-Key."""
    asked = unsent.Retry(reply=ReplyId(reply_id), member=caller.member_id, version=body.version)

    async def act(connection: Connection) -> tuple[int, object]:
        reply, thread = await unsent.get_failed(connection, caller.workspace_id, asked.reply)
        channel = await parts.channel(ChannelId(reply["channel_id"]))
        return 200, posted_view(await unsent.retry(connection, channel, reply, thread, asked, now=parts.clock.now()))

    response = await once(request, parts.database, caller, act)
    parts.published()
    parts.queued(caller.workspace_id)
    return response
