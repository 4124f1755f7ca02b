"""REST of what members say to one another about a thread: notes with mentions, following."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import ConversationId, MemberId
from services.contracts.views import ConversationView, InteractionView
from services.engagement.api.edge import PartsOf
from services.engagement.conversations import notes
from services.engagement.errors import MemberNeededError
from services.engagement.rendering import conversation_view, interaction_view
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once

router = APIRouter(prefix="/v1/conversations", tags=["notes"])
Writer = Annotated[Caller, Depends(require("conversations:write"))]
TEXT_LIMIT_CHARS = 20_000
MENTIONS_LIMIT = 50


class AddNote(RequestBody):
    """What colleagues should know, and whom it names, by member id."""

    text: str = Field(min_length=1, max_length=TEXT_LIMIT_CHARS, pattern=r"\S")
    mentioned_member_ids: list[UUID] = Field(default=[], max_length=MENTIONS_LIMIT)


@router.post("/{conversation_id}/notes", status_code=201, response_model=InteractionView)
async def add_note(request: Request, conversation_id: UUID, body: AddNote, caller: Writer, parts: PartsOf) -> Response:
    """Write a note into a thread; it never leaves the company. Takes an Idempotency-Key."""

    async def act(connection: Connection) -> tuple[int, object]:
        row = await notes.add_note(
            connection,
            caller.workspace_id,
            ConversationId(conversation_id),
            text=body.text,
            mentioned=[MemberId(each) for each in body.mentioned_member_ids],
            member=caller.member_id,
            now=parts.clock.now(),
        )
        return 201, interaction_view(row)

    response = await once(request, parts.database, caller, act)
    parts.published()
    return response


@router.put("/{conversation_id}/following")
async def follow(conversation_id: UUID, caller: Writer, parts: PartsOf) -> ConversationView:
    """Hear of this thread from now on; for a member, not for a key."""
    member = _member(caller)
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await notes.follow(connection, caller.workspace_id, ConversationId(conversation_id), member=member, now=parts.clock.now())
    return conversation_view(row)


@router.delete("/{conversation_id}/following")
async def unfollow(conversation_id: UUID, caller: Writer, parts: PartsOf) -> ConversationView:
    """Hear of this thread no longer."""
    member = _member(caller)
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await notes.unfollow(connection, caller.workspace_id, ConversationId(conversation_id), member=member)
    return conversation_view(row)


def _member(caller: Caller) -> MemberId:
    if caller.member_id is None:
        raise MemberNeededError("An API key follows nothing; sign in as a member.")
    return caller.member_id
