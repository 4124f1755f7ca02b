"""Endpoints for operators: events that failed to the end, and their redrive."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.kit import dead_letters
from services.kit.access import Caller, require
from services.kit.dead_letters import DeadLetter
from services.kit.pagination import After, Limit, Page, cut_page, decode_cursor
from services.kit.subscriptions import redrive
from services.routing.api.edge import PartsOf
from services.routing.errors import DeadLetterNotFoundError

router = APIRouter(tags=["operations"])
Operator = Annotated[Caller, Depends(require("operations:write"))]


@router.get("/v1/dead-letters")
async def list_dead_letters(caller: Operator, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[DeadLetter]:
    """Events that failed to the end, the newest first."""
    position = None if after is None else decode_cursor(after, (UUID,))[0]
    async with parts.database.transaction(caller.workspace_id) as connection:
        found = await dead_letters.list_dead_letters(connection, caller.workspace_id, after=position, limit=limit + 1)
    return cut_page(found, limit=limit, key=lambda letter: (letter.id,))


@router.post("/v1/dead-letters/{letter_id}/redrive", status_code=202)
async def redrive_dead_letter(letter_id: UUID, caller: Operator, parts: PartsOf) -> Response:
    """Hand a dead letter to its consumer once more, after a fix."""
    if not await redrive(parts.database, parts.subscriptions, caller.workspace_id, letter_id, clock=parts.clock):
        raise DeadLetterNotFoundError
    return Response(status_code=202)
