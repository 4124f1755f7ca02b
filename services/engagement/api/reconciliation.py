"""REST of reconciliation: how a channel compares with its platform, and back-fill on demand."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import ChannelId
from services.contracts.views import ReconciliationView
from services.engagement import backfilling
from services.engagement.api.edge import PartsOf
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.http.moments import Moment
from services.kit.idempotency import once

router = APIRouter(prefix="/v1/channels/{channel_id}", tags=["channels"])
Reader = Annotated[Caller, Depends(require("channels:read"))]
# No platform is older.
FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
Writer = Annotated[Caller, Depends(require("channels:write"))]


class Backfill(RequestBody):
    """From when everything is asked for; a time in the past."""

    since: Annotated[Moment, Field(ge=FIRST_MOMENT)]


@router.get("/reconciliation")
async def get_reconciliation(channel_id: UUID, caller: Reader, parts: PartsOf) -> ReconciliationView:
    """How the channel's journal compares with its platform, and the newest gaps in what the platform numbers."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await backfilling.get_reconciliation(connection, caller.workspace_id, ChannelId(channel_id))


@router.post("/backfill", status_code=202, response_model=ReconciliationView)
async def backfill_channel(request: Request, channel_id: UUID, body: Backfill, caller: Writer, parts: PartsOf) -> Response:
    """Ask the platform for everything since then; what is here already stays as it is. Takes an Idempotency-Key."""

    async def act(connection: Connection) -> tuple[int, object]:
        now = parts.clock.now()
        channel = ChannelId(channel_id)
        return 202, await backfilling.demand_backfill(connection, caller.workspace_id, channel, since=body.since, now=now)

    return await once(request, parts.database, caller, act)
