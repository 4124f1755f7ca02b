"""REST of the inbox: counts, lists, what has been read. A member's own: an API key has none."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from services.contracts.ids import ConversationId
from services.contracts.views import ChannelCountView, InboxCountsView, InboxItemView
from services.contracts.vocabulary import InboxViewName
from services.engagement import inbox
from services.engagement.api.edge import PartsOf
from services.engagement.rendering import list_of, position_of
from services.engagement.statements import channels
from services.kit.access import Caller, require
from services.kit.errors import ForbiddenError
from services.kit.http import RequestBody
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1", tags=["inbox"])
Reading = Annotated[Caller, Depends(require("conversations:read"))]


class MarkRead(RequestBody):
    """How far: the conversation's version as the member saw it; absent for all of it."""

    version: int | None = Field(default=None, ge=0, le=2**31 - 1)


def reader_of(caller: Caller) -> inbox.Reader:
    """Whose inbox it is. Raises ForbiddenError for an API key."""
    if caller.member_id is None:
        raise ForbiddenError("Only a member has an inbox; sign in as one.")
    return inbox.Reader(workspace=caller.workspace_id, member=caller.member_id, disciplines=sorted(caller.disciplines))


@router.get("/inbox")
async def count_inbox(caller: Reading, parts: PartsOf, *, exact: bool = False, unread: bool = False) -> InboxCountsView:
    """How much is in each view; counts stop at 1,000 and are then shown as "1,000+", unless `exact`.

    With `unread`, how many of them have something that the member has not read; else that is counted for `mine` alone.
    """
    reader = reader_of(caller)
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await inbox.count_views(connection, reader, exact=exact, unread_too=unread, now=parts.clock.now())


@router.get("/inbox/channels")
async def count_inbox_channels(caller: Reading, parts: PartsOf, *, exact: bool = False) -> list[ChannelCountView]:
    """How many threads of each channel are not closed; counts stop at 1,000 and are then shown as "1,000+", unless `exact`."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await channels.channels_of(connection, caller.workspace_id)
        return await inbox.count_channels(connection, caller.workspace_id, [row["id"] for row in rows], exact=exact)


@router.get("/inbox/{view}")
async def list_inbox(view: InboxViewName, caller: Reading, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[InboxItemView]:
    """What is in a view: work by its due time, threads and mentions the newest first."""
    reader = reader_of(caller)
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await inbox.list_items(connection, reader, view, after=position_of(after), limit=limit + 1, now=parts.clock.now())
    return list_of(rows, limit=limit, render=inbox.item_view, time="at")


@router.put("/conversations/{conversation_id}/read", status_code=204)
async def mark_read(conversation_id: UUID, body: MarkRead, caller: Reading, parts: PartsOf) -> Response:
    """Say that the member has read a thread. Doing so twice changes nothing."""
    reader = reader_of(caller)
    async with parts.database.transaction(caller.workspace_id) as connection:
        await inbox.mark_read(connection, reader, ConversationId(conversation_id), version=body.version, now=parts.clock.now())
    return Response(status_code=204)


@router.delete("/conversations/{conversation_id}/read", status_code=204)
async def mark_unread(conversation_id: UUID, caller: Reading, parts: PartsOf) -> Response:
    """Say that the member wants to see it as unread again."""
    reader = reader_of(caller)
    async with parts.database.transaction(caller.workspace_id) as connection:
        await inbox.mark_unread(connection, reader, ConversationId(conversation_id))
    return Response(status_code=204)
