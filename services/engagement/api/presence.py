"""REST of presence: a member says where they are and what they do there. Who is there is told by the gateway's subscription."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.contracts.events.presence import AGAIN_AFTER, LASTS
from services.contracts.ids import ConversationId
from services.contracts.vocabulary import PresenceActivity
from services.engagement.api.edge import PartsOf, member_of
from services.kit.access import Caller, require
from services.kit.http import RequestBody

router = APIRouter(prefix="/v1/conversations", tags=["presence"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]


class ShowPresence(RequestBody):
    """What the member does there; `tab` tells one window of theirs from another, each leaves by itself."""

    activity: PresenceActivity
    tab: str = Field(default="", max_length=64)


class ShownPresence(BaseModel):
    """Say it again after `again_after_seconds`; after `lasts_seconds` without a word nobody is shown any more."""

    again_after_seconds: float = AGAIN_AFTER.total_seconds()
    lasts_seconds: float = LASTS.total_seconds()


@router.put("/{conversation_id}/presence")
async def show_presence(conversation_id: UUID, body: ShowPresence, caller: Reader, parts: PartsOf) -> ShownPresence:
    """Let the others who have the thread open see that the caller views it, types a reply or a note, or has left. For members."""
    conversation, member = ConversationId(conversation_id), member_of(caller)
    await parts.presences.show_member(caller.workspace_id, conversation, member, activity=body.activity, tab=body.tab)
    return ShownPresence()
