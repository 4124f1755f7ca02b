"""REST of moderation: hide and like on the platform what people said there."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.contracts.ids import ChannelId, InteractionId
from services.contracts.views.composing import ModerationView
from services.contracts.vocabulary import Moderation
from services.engagement import moderating
from services.engagement.api.edge import PartsOf
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import is_repetition, once

router = APIRouter(prefix="/v1", tags=["conversations"])
Writer = Annotated[Caller, Depends(require("conversations:write"))]


class Moderate(RequestBody):
    """What to do to it on its platform."""

    act: Moderation


@router.post("/interactions/{interaction_id}/moderation", response_model=ModerationView)
async def moderate(request: Request, interaction_id: UUID, body: Moderate, caller: Writer, parts: PartsOf) -> Response:
    """Hide, show again, like or no longer like what a person said, where the platform lets us. Takes an Idempotency-Key."""
    interaction = InteractionId(interaction_id)
    async with parts.database.transaction(caller.workspace_id) as connection:
        said = await moderating.get_said(connection, caller.workspace_id, interaction)
    channel = await parts.channel(ChannelId(said["channel_id"]))

    async with parts.moderator.turn(caller.workspace_id, interaction) as turn:

        async def act(connection: Connection) -> tuple[int, object]:
            now, member = parts.clock.now(), caller.member_id
            return 200, await moderating.note(connection, caller.workspace_id, interaction, body.act, turn=turn, member=member, now=now)

        if not await is_repetition(request, parts.database, caller):
            await parts.moderator.ask(channel, said, body.act, turn=turn)
        return await once(request, parts.database, caller, act)
