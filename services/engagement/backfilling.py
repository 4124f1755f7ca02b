"""What is known of a channel's reconciliation, and asking for one now. Called by REST, batch routes and the command line."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, WorkspaceId
from services.contracts.views import GapView, ReconciliationView
from services.engagement.connectors import find_connector
from services.engagement.errors import ChannelNotFoundError, NotBackfillableError, NotPastError
from services.engagement.protocol import Backfills
from services.engagement.statements import channels, completing
from services.engagement.statements import reconciling as statements
from services.kit.db import Connection

GAPS_SHOWN = 20
MOST_LACKING = 1_000


async def demand_backfill(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, since: datetime, now: datetime
) -> ReconciliationView:
    """Let a channel be asked for everything since then, and for what it never told of what is here.

    Raises ChannelNotFoundError, NotBackfillableError, NotPastError.
    """
    row = await channels.channel_of(connection, workspace, channel)
    if row is None:
        raise ChannelNotFoundError
    if not _is_askable(row["platform"]):
        raise NotBackfillableError(f"{row['platform']} shows nothing of what happened before.")
    if since > now:
        raise NotPastError
    await statements.demand(connection, workspace, channel, since=since, now=now)
    await completing.ask_again(connection, workspace, channel, now=now)
    return await get_reconciliation(connection, workspace, channel)


async def get_reconciliation(connection: Connection, workspace: WorkspaceId, channel: ChannelId) -> ReconciliationView:
    """How a channel stands. Raises ChannelNotFoundError."""
    (view,) = await reconciliations_of(connection, workspace, [channel])
    if view is None:
        raise ChannelNotFoundError
    return view


async def reconciliations_of(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[ReconciliationView | None]:
    """How these channels stand, aligned with the ids; None where there is no such channel."""
    platforms = {row["id"]: row["platform"] for row in await channels.channels_by_id(connection, workspace, ids)}
    rows = {row["channel_id"]: row for row in await statements.reconciliations_of(connection, workspace, ids)}
    gaps: dict[UUID, list[GapView]] = {}
    for row in await statements.gaps_of(connection, workspace, ids, limit=GAPS_SHOWN):
        gap = GapView(first=row["first"], last=row["last"], noticed_at=row["noticed_at"], filled_at=row["filled_at"])
        gaps.setdefault(row["channel_id"], []).append(gap)
    asked = await completing.standing_of(connection, workspace, ids, most=MOST_LACKING, shown=GAPS_SHOWN)
    lacking = {row["channel_id"]: row for row in asked}
    return [
        _view(platforms[each], rows.get(each), gaps=gaps.get(each, ()), lacking=lacking.get(each)) if each in platforms else None
        for each in ids
    ]


def _view(platform: str, row: asyncpg.Record | None, *, gaps: Sequence[GapView], lacking: asyncpg.Record | None) -> ReconciliationView:
    possible = _is_askable(platform)
    return ReconciliationView(
        possible=possible,
        reconciled_until=row["reconciled_until"] if row and possible else None,
        demanded_since=row["demanded_since"] if row else None,
        due_at=row["due_at"] if row and possible else None,
        finished_at=row["finished_at"] if row else None,
        found=row["found"] if row else 0,
        reason=row["reason"] if row else "",
        gaps=tuple(gaps),
        lacking=lacking["waiting"] if lacking else 0,
        untold=lacking["given_up"] if lacking else 0,
        untold_reasons=tuple(lacking["reasons"] or ()) if lacking else (),
    )


def _is_askable(platform: str) -> bool:
    return isinstance(find_connector(platform), Backfills)
