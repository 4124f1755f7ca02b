"""REST of blocked people: list, block, take back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from services.contracts.ids import ProfileId
from services.contracts.views import BlockView
from services.engagement.api.edge import PartsOf
from services.engagement.conversations import blocking
from services.engagement.rendering import block_view, list_of, position_of
from services.engagement.statements import ledger
from services.kit.access import Caller, require
from services.kit.http import RequestBody
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1/blocked-profiles", tags=["blocks"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Writer = Annotated[Caller, Depends(require("conversations:write"))]


class Block(RequestBody):
    """Why, for colleagues to read."""

    reason: str = Field(default="", max_length=500)


@router.get("")
async def list_blocks(caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[BlockView]:
    """Who is blocked, the latest first."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await ledger.blocks_page(connection, caller.workspace_id, before=position_of(after), limit=limit + 1)
    return list_of(rows, limit=limit, render=block_view, time="blocked_at")


@router.put("/{profile_id}")
async def block(profile_id: UUID, body: Block, caller: Writer, parts: PartsOf) -> BlockView:
    """Keep what this person sends, and owe nothing for it; also what is owed now."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await blocking.block(
            connection,
            caller.workspace_id,
            ProfileId(profile_id),
            reason=body.reason,
            member=caller.member_id,
            now=parts.clock.now(),
        )
    parts.published()
    return block_view(row)


@router.delete("/{profile_id}", status_code=204)
async def unblock(profile_id: UUID, caller: Writer, parts: PartsOf) -> Response:
    """Take a block back; what the person wrote meanwhile is owed."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        await blocking.unblock(connection, caller.workspace_id, ProfileId(profile_id), member=caller.member_id, now=parts.clock.now())
    parts.published()
    return Response(status_code=204)
