"""Saved filters: a member's choices of conversations under a name. Called by REST and batch routes, in the edge's transaction."""

from datetime import datetime

import asyncpg

from services.contracts.ids import ChannelId, LabelId, MemberId, SavedFilterId, WorkspaceId
from services.contracts.views import FilterCountView, SavedFilterView
from services.contracts.vocabulary import ConversationStatus
from services.engagement.errors import (
    ChannelNotFoundError,
    FilterNotFoundError,
    LabelNotFoundError,
    MemberNotFoundError,
    TooManyFiltersError,
    VersionConflictError,
)
from services.engagement.inbox import MOST_COUNTED, MOST_COUNTED_EXACTLY, Reader, shown
from services.engagement.statements import filters as statements
from services.engagement.statements.filters import Chosen
from services.kit.db import Connection
from services.kit.ids import new_id

FILTERS_LIMIT = 100


async def list_filters(connection: Connection, reader: Reader) -> list[SavedFilterView]:
    """The member's own and the shared ones by name, at most 100."""
    rows = await statements.filters_of(connection, reader.workspace, reader.member, limit=FILTERS_LIMIT)
    return [filter_view(row) for row in rows]


async def get_filter(connection: Connection, reader: Reader, filter_id: SavedFilterId) -> SavedFilterView:
    """One that the member may see. Raises FilterNotFoundError."""
    rows = await statements.filters_by_id(connection, reader.workspace, reader.member, [filter_id])
    if not rows:
        raise FilterNotFoundError
    return filter_view(rows[0])


async def add_filter(connection: Connection, reader: Reader, *, name: str, shared: bool, chosen: Chosen, now: datetime) -> SavedFilterView:
    """Keep a new one. Raises TooManyFiltersError, ChannelNotFoundError, LabelNotFoundError, MemberNotFoundError."""
    await _refuse_missing(connection, reader, chosen)
    if len(await list_filters(connection, reader)) >= FILTERS_LIMIT:
        raise TooManyFiltersError(f"A member sees at most {FILTERS_LIMIT} filters; delete one first.")
    made = await statements.insert_filter(
        connection, reader.workspace, SavedFilterId(new_id()), member=reader.member, name=name, shared=shared, chosen=chosen, now=now
    )
    if made is None:
        message = "an insert returns its row"
        raise LookupError(message)
    return filter_view(made)


async def change_filter(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection, reader: Reader, filter_id: SavedFilterId, *, version: int, name: str, shared: bool, chosen: Chosen
) -> SavedFilterView:
    """Replace one of the member's own. Raises FilterNotFoundError (also for a colleague's), VersionConflictError, and as add_filter."""
    await _refuse_missing(connection, reader, chosen)
    changed = await statements.changed_filter(
        connection, reader.workspace, filter_id, member=reader.member, version=version, name=name, shared=shared, chosen=chosen
    )
    if changed is not None:
        return filter_view(changed)
    known = await get_filter(connection, reader, filter_id)
    if known.member_id != reader.member:
        raise FilterNotFoundError("It is a colleague's: only its maker may change it. Save one of your own.")
    raise VersionConflictError("Read the filter again and repeat.", version=known.version)


async def delete_filter(connection: Connection, reader: Reader, filter_id: SavedFilterId) -> None:
    """Forget one of the member's own. Raises FilterNotFoundError."""
    if not await statements.delete_filter(connection, reader.workspace, filter_id, member=reader.member):
        raise FilterNotFoundError


async def count_found(connection: Connection, workspace: WorkspaceId, found: SavedFilterView, *, exact: bool = False) -> FilterCountView:
    """How many conversations it finds; beyond 1,000 only on request."""
    most = MOST_COUNTED_EXACTLY if exact else MOST_COUNTED
    count = await statements.count_chosen(connection, workspace, chosen_of(found), most=most + 1)
    return FilterCountView(count=min(count, most), capped=count > most, shown=shown(count, most=most))


async def _refuse_missing(connection: Connection, reader: Reader, chosen: Chosen) -> None:
    """A filter by what is not there would silently find nothing for ever."""
    missing = await statements.missing_of(connection, reader.workspace, chosen)
    if missing is None:
        return
    if missing["channel"]:
        raise ChannelNotFoundError("Name a channel of this workspace; GET /v1/channels tells them.")
    if missing["label"]:
        raise LabelNotFoundError("Name a label of this workspace; GET /v1/labels tells them.")
    if missing["owner"]:
        raise MemberNotFoundError("Name a member of this workspace; GET /v1/members tells them.")


def chosen_of(found: SavedFilterView) -> Chosen:
    """What a filter narrows by."""
    return Chosen(status=found.status, channel_id=found.channel_id, owner_id=found.owner_id, label_id=found.label_id)


def filter_view(row: asyncpg.Record) -> SavedFilterView:
    """A row of statements.filters."""
    return SavedFilterView(
        id=SavedFilterId(row["id"]),
        member_id=MemberId(row["member_id"]),
        name=row["name"],
        shared=row["shared"],
        status=None if row["status"] is None else ConversationStatus(row["status"]),
        channel_id=None if row["channel_id"] is None else ChannelId(row["channel_id"]),
        owner_id=None if row["owner_id"] is None else MemberId(row["owner_id"]),
        label_id=None if row["label_id"] is None else LabelId(row["label_id"]),
        version=row["version"],
    )
