"""REST of the ledger by hand: answered elsewhere, answered by a peer, a decline taken back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import InteractionId
from services.contracts.views import InteractionView
from services.engagement.api.edge import PartsOf
from services.engagement.composing import settling
from services.engagement.rendering import interaction_view
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once

router = APIRouter(prefix="/v1", tags=["ledger"])
Writer = Annotated[Caller, Depends(require("conversations:write"))]


class AnsweredElsewhere(RequestBody):
    """Where it was answered: an address, or words such as "by telephone"."""

    where: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]


class AcceptPeerAnswer(RequestBody):
    """The interaction of another person in the same conversation that answers it."""

    answer_id: UUID


@router.post("/interactions/{interaction_id}/answered-elsewhere", response_model=InteractionView)
async def answer_elsewhere(request: Request, interaction_id: UUID, body: AnsweredElsewhere, caller: Writer, parts: PartsOf) -> Response:
    """Say that this was answered in another place."""

    async def act(connection: Connection) -> tuple[int, object]:
        row = await settling.answer_elsewhere(
            connection,
            caller.workspace_id,
            InteractionId(interaction_id),
            where=body.where,
            member=caller.member_id,
            now=parts.clock.now(),
        )
        return 200, interaction_view(row)

    response = await once(request, parts.database, caller, act)
    parts.published()
    return response


@router.post("/interactions/{interaction_id}/accept-peer-answer", response_model=InteractionView)
async def accept_peer_answer(request: Request, interaction_id: UUID, body: AcceptPeerAnswer, caller: Writer, parts: PartsOf) -> Response:
    """Say that what another person wrote in the thread is the answer."""

    async def act(connection: Connection) -> tuple[int, object]:
        row = await settling.accept_peer_answer(
            connection,
            caller.workspace_id,
            InteractionId(interaction_id),
            answer=InteractionId(body.answer_id),
            member=caller.member_id,
            now=parts.clock.now(),
        )
        return 200, interaction_view(row)

    response = await once(request, parts.database, caller, act)
    parts.published()
    return response


@router.post("/interactions/{interaction_id}/take-back-decline", response_model=InteractionView)
async def take_back_decline(request: Request, interaction_id: UUID, caller: Writer, parts: PartsOf) -> Response:
    """Owe an answer again that was declined."""

    async def act(connection: Connection) -> tuple[int, object]:
        row = await settling.take_back_decline(
            connection, caller.workspace_id, InteractionId(interaction_id), member=caller.member_id, now=parts.clock.now()
        )
        return 200, interaction_view(row)

    response = await once(request, parts.database, caller, act)
    parts.published()
    return response
