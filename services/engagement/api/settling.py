"""REST of the ledger by hand: answered elsewhere, answered by a peer, a decline taken back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from services.contracts.ids import InteractionId
from services.contracts.views import InteractionView
from services.engagement.api.edge import PartsOf
from services.engagement.composing import settling
from services.engagement.rendering import interaction_view
from services.kit.access import Caller, require
from services.kit.http import RequestBody

router = APIRouter(prefix="/v1", tags=["ledger"])
Writer = Annotated[Caller, Depends(require("conversations:write"))]


class AnsweredElsewhere(RequestBody):
    """Where it was answered: an address, or words such as "by telephone"."""

    where: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]


class AcceptPeerAnswer(RequestBody):
    """The interaction of another person in the same conversation that answers it."""

    answer_id: UUID


@router.post("/interactions/{interaction_id}/answered-elsewhere")
async def answer_elsewhere(interaction_id: UUID, body: AnsweredElsewhere, caller: Writer, parts: PartsOf) -> InteractionView:
    """Say that this was answered in another place."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await settling.answer_elsewhere(
            connection,
            caller.workspace_id,
            InteractionId(interaction_id),
            where=body.where,
            member=caller.member_id,
            now=parts.clock.now(),
        )
    parts.published()
    return interaction_view(row)


@router.post("/interactions/{interaction_id}/accept-peer-answer")
async def accept_peer_answer(interaction_id: UUID, body: AcceptPeerAnswer, caller: Writer, parts: PartsOf) -> InteractionView:
    """Say that what another person wrote in the thread is the answer."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await settling.accept_peer_answer(
            connection,
            caller.workspace_id,
            InteractionId(interaction_id),
            answer=InteractionId(body.answer_id),
            member=caller.member_id,
            now=parts.clock.now(),
        )
    parts.published()
    return interaction_view(row)


@router.post("/interactions/{interaction_id}/take-back-decline")
async def take_back_decline(interaction_id: UUID, caller: Writer, parts: PartsOf) -> InteractionView:
    """Owe an answer again that was declined."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await settling.take_back_decline(
            connection, caller.workspace_id, InteractionId(interaction_id), member=caller.member_id, now=parts.clock.now()
        )
    parts.published()
    return interaction_view(row)
