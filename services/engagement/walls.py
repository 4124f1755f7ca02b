"""Walls: people who are owed an answer and do not get it, as a report. Called by REST and batch routes; reads only.

Unanswered is what is owed and past its due time, and what nobody gave a due time for an hour; or, where a length is asked for,
whatever has been owed for so long. What is exempt, declined or answered is in no report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.contracts.views.walls import ChannelWallsView, DisciplineWallsView, MemberWallsView, WallTotalsView, WallView
from services.contracts.vocabulary import Discipline
from services.engagement.rendering import venue_view
from services.engagement.statements import walls as statements
from services.engagement.statements.walls import MOST_READ, Unanswered
from services.kit.db import Connection

UNPLANNED = timedelta(hours=1)
LONGEST_MINUTES = 10 * 366 * 24 * 60
MOST_MEMBERS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """Whose messages, where and whose job. `untriaged`: only what has no discipline; `unassigned`: only what no member has."""

    contact: UUID | None = None
    profile: UUID | None = None
    channel: UUID | None = None
    discipline: Discipline | None = None
    untriaged: bool = False
    member: UUID | None = None
    unassigned: bool = False


def unanswered(narrowed: Narrowed, *, older_than_minutes: int | None, now: datetime) -> Unanswered:
    """What counts as unanswered at this moment: past due, or owed for so many minutes."""
    long = None if older_than_minutes is None else now - timedelta(minutes=older_than_minutes)
    return Unanswered(
        due_before=now if long is None else None,
        undue_since=now - UNPLANNED if long is None else None,
        said_before=long,
        contact=narrowed.contact,
        profile=narrowed.profile,
        channel=narrowed.channel,
        discipline=None if narrowed.discipline is None else narrowed.discipline.value,
        untriaged=narrowed.untriaged,
        member=narrowed.member,
        unassigned=narrowed.unassigned,
    )


async def count_walls(connection: Connection, workspace: WorkspaceId, asked: Unanswered) -> WallTotalsView:
    """How many people and interactions, in all and by channel, discipline and member; beyond 100,000 interactions not counted on."""
    return totals_of(await statements.wall_totals(connection, workspace, asked))


def totals_of(rows: Sequence[Mapping[str, Any] | asyncpg.Record]) -> WallTotalsView:
    """The sums from the rows of `wall_totals`."""
    grouped = {by: [row for row in rows if row["by"] == by] for by in ("channel", "discipline", "member")}
    whole = next(row for row in rows if row["by"] == "all")
    return WallTotalsView(
        people=whole["people"],
        interactions=min(whole["interactions"], MOST_READ),
        since=whole["since"],
        capped=whole["interactions"] > MOST_READ,
        by_channel=tuple(ChannelWallsView(channel_id=row["channel_id"], **_figures(row)) for row in grouped["channel"]),
        by_discipline=tuple(DisciplineWallsView(discipline=_discipline(row), **_figures(row)) for row in grouped["discipline"]),
        by_member=tuple(MemberWallsView(member_id=row["member_id"], **_figures(row)) for row in grouped["member"][:MOST_MEMBERS]),
    )


def wall_view(row: asyncpg.Record) -> WallView:
    """One person."""
    return WallView(
        oldest_id=row["id"],
        contact_id=row["contact_id"],
        profile_id=row["profile_id"],
        conversation_id=row["conversation_id"],
        channel_id=row["channel_id"],
        platform=row["platform"],
        venue=venue_view(row),
        discipline=_discipline(row),
        member_id=row["member_id"],
        since=row["occurred_at"],
        due_at=row["due_at"],
        count=row["count"],
    )


def _discipline(row: Mapping[str, Any] | asyncpg.Record) -> Discipline | None:
    return Discipline(row["discipline"]) if row["discipline"] else None


def _figures(row: Mapping[str, Any] | asyncpg.Record) -> dict[str, int]:
    return {"people": row["people"], "interactions": row["interactions"]}
