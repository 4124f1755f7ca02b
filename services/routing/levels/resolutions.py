"""Matters that are to be resolved: begun with their first task, paused while the thread waits, ended when it is closed.

Called by tasks and subscribers, in their transaction, which they finish. Working time that is left at a pause is what counts after it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.contracts.events import ConversationChanged
from services.contracts.ids import ConversationId, ProfileId, ResolutionId, WorkspaceId
from services.contracts.views.levels import ResolutionView
from services.contracts.vocabulary import ConversationStatus, Discipline
from services.kit.calendars import Calendar, open_between
from services.kit.db import Connection
from services.routing.levels.keeping import plan_of
from services.routing.levels.plan import working_until
from services.routing.statements import levels as statements

WAITING = frozenset({ConversationStatus.PENDING, ConversationStatus.SNOOZED})


async def begin_resolutions(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Begin those whose matter has none that goes on; rows in the order of statements.levels.RESOLUTION_COLUMNS."""
    if rows:
        await statements.insert_resolutions(connection, workspace, rows)


async def follow_threads(connection: Connection, workspace: WorkspaceId, changes: Sequence[ConversationChanged], *, now: datetime) -> None:
    """Pause, resume or end the matters of threads whose status changed. The threads must be locked."""
    last = {each.conversation_id: each for each in sorted(changes, key=lambda each: each.version)}
    rows = await statements.open_resolutions(connection, workspace, sorted(last))
    moved = [(row, last[row["conversation_id"]]) for row in rows if row["version"] < last[row["conversation_id"]].version]
    if not moved:
        return
    plan = await plan_of(connection, workspace)
    changed = [_moved(row, change, calendar=plan.calendar_of(plan.level_named(row["level"])), now=now) for row, change in moved]
    await statements.move_resolutions(connection, workspace, changed)


def _moved(row: asyncpg.Record, change: ConversationChanged, *, calendar: Calendar | None, now: datetime) -> tuple[object, ...]:
    """In the order of statements.levels.MOVED_COLUMNS."""
    due_at, wakes_at, left, paused_at = row["due_at"], row["wakes_at"], row["left_seconds"], row["paused_at"]
    ended = change.status is ConversationStatus.CLOSED or change.survivor_id is not None
    if ended:
        return row["id"], due_at, None, None, paused_at, now, change.version
    if change.status in WAITING and paused_at is None:
        return row["id"], due_at, None, _seconds(calendar, now, due_at), now, None, change.version
    if change.status is ConversationStatus.OPEN and paused_at is not None:
        due_at = working_until(calendar, now, timedelta(seconds=left or 0))
        warn_at = working_until(calendar, now, timedelta(seconds=max(0, (left or 0) - row["warn_seconds"])))
        wakes_at = None if row["missed_at"] else due_at if row["warned_at"] else warn_at
        return row["id"], due_at, wakes_at, None, None, None, change.version
    return row["id"], due_at, wakes_at, left, paused_at, None, change.version


def _seconds(calendar: Calendar | None, since: datetime, until: datetime) -> int:
    if until <= since:
        return 0
    return round((until - since if calendar is None else open_between(calendar, since, until)).total_seconds())


def resolution_view(row: asyncpg.Record) -> ResolutionView:
    """A row of statements.levels."""
    return ResolutionView(
        id=ResolutionId(row["id"]),
        conversation_id=ConversationId(row["conversation_id"]),
        profile_id=ProfileId(row["profile_id"]),
        discipline=Discipline(row["discipline"]),
        level=row["level"],
        began_at=row["began_at"],
        due_at=row["due_at"],
        paused_at=row["paused_at"],
        warned_at=row["warned_at"],
        missed_at=row["missed_at"],
        ended_at=row["ended_at"],
    )


async def list_resolutions(connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID]) -> list[list[ResolutionView]]:
    """The matters of each conversation, oldest first."""
    found: dict[UUID, list[ResolutionView]] = {}
    for row in await statements.resolutions_by_conversation(connection, workspace, conversations):
        found.setdefault(row["conversation_id"], []).append(resolution_view(row))
    return [found.get(each, []) for each in conversations]
