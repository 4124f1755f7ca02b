"""REST of threads of one matter: merge, split, link, and who takes part in a thread."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import ConversationId
from services.contracts.views import ConversationView
from services.engagement.api.edge import PartsOf
from services.engagement.conversations import merging
from services.engagement.rendering import conversation_view
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once

router = APIRouter(prefix="/v1/conversations", tags=["merging"])
Writer = Annotated[Caller, Depends(require("conversations:write"))]


class Merge(RequestBody):
    """The thread that is to speak for both, and the version of the one that goes, as the caller saw it."""

    into_id: UUID
    version: int = Field(ge=0, le=2**31 - 1)


@router.post("/{conversation_id}/merge", response_model=ConversationView)
async def merge(request: Request, conversation_id: UUID, body: Merge, caller: Writer, parts: PartsOf) -> Response:
    """Read this thread as part of another from now on; its id answers with the other. No message moves."""

    async def act(connection: Connection) -> tuple[int, object]:
        row = await merging.merge(
            connection,
            caller.workspace_id,
            ConversationId(conversation_id),
            into=ConversationId(body.into_id),
            version=body.version,
            member=caller.member_id,
            now=parts.clock.now(),
        )
        return 200, conversation_view(row)

    response = await once(request, parts.database, caller, act)
    parts.published()
    return response


@router.post("/{conversation_id}/split", response_model=ConversationView)
async def split(request: Request, conversation_id: UUID, caller: Writer, parts: PartsOf) -> Response:
    """Take the merge of this thread back; it is open and speaks for itself again."""

    async def act(connection: Connection) -> tuple[int, object]:
        row = await merging.split(
            connection, caller.workspace_id, ConversationId(conversation_id), member=caller.member_id, now=parts.clock.now()
        )
        return 200, conversation_view(row)

    response = await once(request, parts.database, caller, act)
    parts.published()
    return response


@router.put("/{conversation_id}/links/{other_id}")
async def link(conversation_id: UUID, other_id: UUID, caller: Writer, parts: PartsOf) -> ConversationView:
    """Tie two threads of one matter together; they stay two."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await merging.link(
            connection,
            caller.workspace_id,
            ConversationId(conversation_id),
            other=ConversationId(other_id),
            member=caller.member_id,
            now=parts.clock.now(),
        )
    parts.published()
    return conversation_view(row)


@router.delete("/{conversation_id}/links/{other_id}")
async def unlink(conversation_id: UUID, other_id: UUID, caller: Writer, parts: PartsOf) -> ConversationView:
    """Untie two threads."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await merging.unlink(
            connection,
            caller.workspace_id,
            ConversationId(conversation_id),
            other=ConversationId(other_id),
            member=caller.member_id,
            now=parts.clock.now(),
        )
    parts.published()
    return conversation_view(row)
