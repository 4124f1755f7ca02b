"""REST of promises: make, list, say what became of one."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import ConversationId
from services.contracts.views.composing import PromiseView
from services.contracts.vocabulary import PromiseState
from services.engagement.api.edge import PartsOf
from services.engagement.composing import promises
from services.engagement.composing.showing import promise_view
from services.engagement.rendering import list_of, position_of
from services.engagement.statements import promises as statements
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.http.moments import Moment
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1", tags=["promises"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Writer = Annotated[Caller, Depends(require("conversations:write"))]
MOST = 100


class MakePromise(RequestBody):
    """What was promised to the person, and until when."""

    text: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
    due_at: Moment


class SettlePromise(RequestBody):
    """What became of it, over the version that the caller saw."""

    state: Literal["kept", "broken", "withdrawn"]
    version: int = Field(ge=0, le=2**31 - 1)


@router.get("/promises")
async def list_promises(caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[PromiseView]:
    """What is promised and not settled, the next due first."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await statements.open_promises(connection, caller.workspace_id, after=position_of(after), limit=limit + 1)
    return list_of(rows, limit=limit, render=promise_view, time="due_at")


@router.get("/conversations/{conversation_id}/promises")
async def list_promises_of_conversation(conversation_id: UUID, caller: Reader, parts: PartsOf) -> list[PromiseView]:
    """What was promised in a conversation, at most 100, the first due first."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await statements.promises_in(connection, caller.workspace_id, [conversation_id], limit=MOST)
    return [promise_view(row) for row in rows]


@router.post("/conversations/{conversation_id}/promises", status_code=201, response_model=PromiseView)
async def make_promise(request: Request, conversation_id: UUID, body: MakePromise, caller: Writer, parts: PartsOf) -> Response:
    """Keep what was promised. Takes an Idempotency-Key."""
    due_at: datetime = body.due_at

    async def act(connection: Connection) -> tuple[int, object]:
        row = await promises.make_promise(
            connection,
            caller.workspace_id,
            ConversationId(conversation_id),
            text=body.text,
            due_at=due_at,
            member=caller.member_id,
            now=parts.clock.now(),
        )
        return 201, promise_view(row)

    return await once(request, parts.database, caller, act)


@router.patch("/promises/{promise_id}")
async def settle_promise(promise_id: UUID, body: SettlePromise, caller: Writer, parts: PartsOf) -> PromiseView:
    """Say that it was kept, broken or withdrawn."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await promises.settle_promise(
            connection,
            caller.workspace_id,
            promise_id,
            state=PromiseState(body.state),
            version=body.version,
            member=caller.member_id,
            now=parts.clock.now(),
        )
    return promise_view(row)
