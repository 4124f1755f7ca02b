"""REST of saved filters: list, keep, replace, forget, and what they find."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import SavedFilterId
from services.contracts.views import ConversationView, FilterCountView, SavedFilterView
from services.contracts.vocabulary import ConversationStatus
from services.engagement import filters
from services.engagement.api.edge import PartsOf
from services.engagement.api.inbox import reader_of
from services.engagement.rendering import conversation_view, list_of, position_of
from services.engagement.statements import reading
from services.engagement.statements.filters import Chosen
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1/saved-filters", tags=["inbox"])
Reading = Annotated[Caller, Depends(require("conversations:read"))]


class SaveFilter(RequestBody):
    """A name and what to narrow by; what is left out does not narrow."""

    name: str = Field(min_length=1, max_length=100, pattern=r"\S")
    shared: bool = False
    status: ConversationStatus | None = None
    channel_id: UUID | None = None
    owner_id: UUID | None = None
    label_id: UUID | None = None

    def chosen(self) -> Chosen:
        """What it narrows by."""
        return Chosen(status=self.status, channel_id=self.channel_id, owner_id=self.owner_id, label_id=self.label_id)


class ReplaceFilter(SaveFilter):
    """The whole filter anew, and the version that the caller saw."""

    version: int = Field(ge=0, le=2**31 - 1)


@router.get("")
async def list_filters(caller: Reading, parts: PartsOf) -> Page[SavedFilterView]:
    """The member's own filters and the shared ones, by name; at most 100, on one page."""
    reader = reader_of(caller)
    async with parts.database.transaction(caller.workspace_id) as connection:
        return Page(items=await filters.list_filters(connection, reader), next_cursor=None)


@router.post("", status_code=201, response_model=SavedFilterView)
async def add_filter(request: Request, body: SaveFilter, caller: Reading, parts: PartsOf) -> Response:
    """Keep a filter. Takes an Idempotency-Key."""
    reader = reader_of(caller)

    async def act(connection: Connection) -> tuple[int, object]:
        return 201, await filters.add_filter(
            connection, reader, name=body.name.strip(), shared=body.shared, chosen=body.chosen(), now=parts.clock.now()
        )

    return await once(request, parts.database, caller, act)


@router.put("/{filter_id}")
async def replace_filter(filter_id: UUID, body: ReplaceFilter, caller: Reading, parts: PartsOf) -> SavedFilterView:
    """Replace one of the member's own filters."""
    reader = reader_of(caller)
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await filters.change_filter(
            connection,
            reader,
            SavedFilterId(filter_id),
            version=body.version,
            name=body.name.strip(),
            shared=body.shared,
            chosen=body.chosen(),
        )


@router.delete("/{filter_id}", status_code=204)
async def delete_filter(filter_id: UUID, caller: Reading, parts: PartsOf) -> Response:
    """Forget one of the member's own filters."""
    reader = reader_of(caller)
    async with parts.database.transaction(caller.workspace_id) as connection:
        await filters.delete_filter(connection, reader, SavedFilterId(filter_id))
    return Response(status_code=204)


@router.get("/{filter_id}/count")
async def count_filter(filter_id: UUID, caller: Reading, parts: PartsOf, *, exact: bool = False) -> FilterCountView:
    """How many conversations it finds; the count stops at 1,000 and is then shown as "1,000+", unless `exact`."""
    reader = reader_of(caller)
    async with parts.database.transaction(caller.workspace_id) as connection:
        found = await filters.get_filter(connection, reader, SavedFilterId(filter_id))
        return await filters.count_found(connection, caller.workspace_id, found, exact=exact)


@router.get("/{filter_id}/conversations")
async def list_found(filter_id: UUID, caller: Reading, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[ConversationView]:
    """What it finds, latest activity first."""
    reader = reader_of(caller)
    async with parts.database.transaction(caller.workspace_id) as connection:
        found = await filters.get_filter(connection, reader, SavedFilterId(filter_id))
        rows = await reading.conversations_page(
            connection,
            caller.workspace_id,
            status=found.status,
            channel=found.channel_id,
            owner=found.owner_id,
            label=found.label_id,
            before=position_of(after),
            limit=limit + 1,
        )
    return list_of(rows, limit=limit, render=conversation_view, time="last_activity_at")
