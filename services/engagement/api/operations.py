"""REST for operators: the journal and its replay, dead letters and their redrive, events after a position, projections."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.contracts.ids import ChannelId
from services.engagement import members
from services.engagement.api.edge import PartsOf, parts_of
from services.engagement.consent.keeping import refill_consent
from services.engagement.errors import BeyondRetentionError, JournalRowNotFoundError
from services.engagement.statements import journal, reading
from services.kit.access import Caller, require
from services.kit.bus import encode
from services.kit.db import Connection
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page, cut_page, decode_cursor
from services.kit.redriving import Graveyard, dead_letter_routes
from services.kit.relay import header_of

router = APIRouter(tags=["operations"])
SERVICE = "engagement"
Operator = Annotated[Caller, Depends(require("operations:write"))]
Reader = Annotated[Caller, Depends(require("conversations:read"))]
State = Literal["waiting", "done", "ignored", "unknown", "parked", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRowView:
    """A delivered item and what became of it; never its body."""

    id: UUID
    channel_id: ChannelId
    received_at: datetime
    state: str
    reason: str
    attempts: int
    waits_for: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsView:
    """Events after a position, each as it travels on the bus (CloudEvents JSON), in order."""

    events: tuple[dict[str, object], ...]
    has_next: bool


def _graveyard(request: Request) -> Graveyard:
    parts = parts_of(request)
    return Graveyard(parts.database, parts.subscriptions, parts.clock)


router.include_router(dead_letter_routes(SERVICE, _graveyard))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedView:
    """How many deliveries are read again."""

    replayed: int


@router.get("/v1/journal")
async def list_journal(
    caller: Operator, parts: PartsOf, state: State | None = None, limit: Limit = 50, after: After = None
) -> Page[JournalRowView]:
    """Deliveries, the newest first."""
    position = None if after is None else decode_cursor(after, (UUID,))[0]
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await journal.journal_page(connection, caller.workspace_id, state=state, after=position, limit=limit + 1)
    return cut_page([JournalRowView(**dict(row)) for row in rows], limit=limit, key=lambda row: (row.id,))


@router.post("/v1/journal/replay", status_code=202, response_model=ReplayedView)
async def replay_failed(request: Request, caller: Operator, parts: PartsOf) -> Response:
    """Read all deliveries again that failed or were not understood, after a fix."""
    channels: list[ChannelId] = []

    async def act(connection: Connection) -> tuple[int, object]:
        channels.extend(await journal.replay_failed(connection, caller.workspace_id))
        return 202, ReplayedView(replayed=len(channels))

    response = await once(request, parts.database, caller, act)
    for channel in set(channels):
        parts.unread(channel)
    return response


@router.post("/v1/journal/{item_id}/replay", status_code=202)
async def replay_journal(request: Request, item_id: UUID, caller: Operator, parts: PartsOf) -> Response:
    """Read a delivery again, after a fix; what it had already led to stays as it is."""
    channels: list[ChannelId] = []

    async def act(connection: Connection) -> tuple[int, object]:
        channel = await journal.replay_item(connection, caller.workspace_id, item_id)
        if channel is None:
            raise JournalRowNotFoundError
        channels.append(channel)
        return 202, None

    response = await once(request, parts.database, caller, act)
    for channel in channels:
        parts.unread(channel)
    return response


@router.post("/v1/projections/members/refill", status_code=202)
async def refill_members(request: Request, caller: Operator, parts: PartsOf) -> Response:
    """Read all members from identity again, soon. For a projection that was damaged: it never needs this by itself."""

    async def act(connection: Connection) -> tuple[int, object]:
        await members.refill_members(connection, caller.workspace_id)
        return 202, None

    return await once(request, parts.database, caller, act)


@router.post("/v1/projections/consent/refill", status_code=202)
async def refill_projected_consent(request: Request, caller: Operator, parts: PartsOf) -> Response:
    """Read from identity again, soon, what people let us do. For a projection that was damaged: it never needs this by itself."""

    async def act(connection: Connection) -> tuple[int, object]:
        await refill_consent(connection, caller.workspace_id)
        return 202, None

    return await once(request, parts.database, caller, act)


@router.get("/internal/events", response_model=EventsView)
async def list_events(
    caller: Reader,
    parts: PartsOf,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Limit = 100,
) -> Response:
    """What a front-end missed: the workspace's events after a position, in order. 410 where the retention no longer reaches back to it."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        oldest = await reading.oldest_event(connection, caller.workspace_id)
        if after > 0 and (oldest is None or oldest > after):
            raise BeyondRetentionError
        rows = await reading.events_after(connection, caller.workspace_id, sequence=after, limit=limit + 1)
    headers = [header_of(SERVICE, {**row, "workspace_id": caller.workspace_id}) for row in rows[:limit]]
    events = [encode(header, row["data"].encode()) for header, row in zip(headers, rows, strict=False)]
    more = b"true" if len(rows) > limit else b"false"
    body = b'{"events":[%b],"has_next":%b}' % (b",".join(events), more)
    return Response(body, media_type="application/json")
