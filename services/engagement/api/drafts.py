"""REST of drafts: the caller's own, one per conversation."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from services.contracts.ids import ConversationId, InteractionId
from services.contracts.views.composing import DraftView
from services.engagement.api.edge import PartsOf, member_of
from services.engagement.api.replies import TEXT_LIMIT_CHARS
from services.engagement.composing import drafts
from services.engagement.composing.showing import draft_view
from services.engagement.rendering import list_of, position_of
from services.engagement.statements import drafts as statements
from services.kit.access import Caller, require
from services.kit.http import RequestBody
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1", tags=["drafts"])
Writer = Annotated[Caller, Depends(require("conversations:write"))]


class SaveDraft(RequestBody):
    """What is written so far. `version` is the draft's as this screen has it: absent overwrites, 0 wants none to be there."""

    text: str = Field(max_length=TEXT_LIMIT_CHARS)
    in_reply_to: UUID | None = None
    version: int | None = Field(default=None, ge=0, le=2**31 - 1)


@router.get("/drafts")
async def list_drafts(caller: Writer, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[DraftView]:
    """The caller's drafts, the latest first."""
    member = member_of(caller)
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await statements.drafts_page(connection, caller.workspace_id, member=member, before=position_of(after), limit=limit + 1)
    return list_of(rows, limit=limit, render=draft_view, time="changed_at")


@router.get("/conversations/{conversation_id}/draft")
async def get_draft(conversation_id: UUID, caller: Writer, parts: PartsOf) -> DraftView:
    """The caller's draft in a conversation."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await drafts.get_draft(connection, caller.workspace_id, ConversationId(conversation_id), member=member_of(caller))
    return draft_view(row)


@router.put("/conversations/{conversation_id}/draft")
async def save_draft(conversation_id: UUID, body: SaveDraft, caller: Writer, parts: PartsOf) -> DraftView:
    """Keep what the caller has written so far; it is gone once a reply is posted."""
    sketch = drafts.Sketch(
        conversation=ConversationId(conversation_id),
        member=member_of(caller),
        text=body.text,
        answers=None if body.in_reply_to is None else InteractionId(body.in_reply_to),
        version=body.version,
    )
    async with parts.database.transaction(caller.workspace_id) as connection:
        return draft_view(await drafts.save_draft(connection, caller.workspace_id, sketch, now=parts.clock.now()))


@router.delete("/conversations/{conversation_id}/draft", status_code=204)
async def delete_draft(conversation_id: UUID, caller: Writer, parts: PartsOf) -> Response:
    """Throw the caller's draft away."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        await drafts.delete_draft(connection, caller.workspace_id, ConversationId(conversation_id), member=member_of(caller))
    return Response(status_code=204)
