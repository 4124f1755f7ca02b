"""A workspace's service levels: read as a plan, shown, and replaced whole by whoever may.

Called by edges, subscribers and sweeps, in their transaction. Changes no task: what is due already stays due.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from services.contracts.ids import MemberId, WorkspaceId
from services.contracts.views.composing import DayView, HolidayView, PeriodView
from services.contracts.views.levels import CalendarView, ServiceLevelsView
from services.kit.calendars import DAYS, Calendar, Holiday, HoursError, Period, check_calendar
from services.kit.db import Connection
from services.routing.errors import LevelsRefusedError, VersionConflictError
from services.routing.levels.plan import Plan
from services.routing.members import refuse_stranger
from services.routing.statements import levels as statements

NO_LEVELS = ServiceLevelsView(calendars=(), levels=(), version=0)


async def levels_of(connection: Connection, workspace: WorkspaceId) -> ServiceLevelsView:
    """What the workspace said, in its order."""
    row = await statements.document_of(connection, workspace)
    if row is None:
        return NO_LEVELS
    return msgspec.convert({**row["document"], "version": row["version"]}, ServiceLevelsView)


async def plan_of(connection: Connection, workspace: WorkspaceId) -> Plan:
    """The same, to reckon with."""
    said = await levels_of(connection, workspace)
    return Plan(said.levels, {each.name: calendar_of(each) for each in said.calendars})


async def replace_levels(
    connection: Connection, workspace: WorkspaceId, said: ServiceLevelsView, *, by: UUID | None, now: datetime
) -> ServiceLevelsView:
    """Let these be the workspace's, for work that comes from now on; `said.version` is the one that was read.

    Raises LevelsRefusedError, MemberNotFoundError, VersionConflictError.
    """
    _refuse_odd(said)
    for member in sorted({member for level in said.levels for member in level.escalate_to}):
        await refuse_stranger(connection, workspace, MemberId(member))
    document = msgspec.json.encode({"calendars": said.calendars, "levels": said.levels}).decode()
    written = await statements.replaced_document(connection, workspace, document, version=said.version, by=by, now=now)
    if written is None:
        present = await levels_of(connection, workspace)
        raise VersionConflictError("The service levels were changed in the meantime; read them again.", version=present.version)
    return ServiceLevelsView(calendars=said.calendars, levels=said.levels, version=written)


def calendar_view(name: str, calendar: Calendar) -> CalendarView:
    """A calendar as it is shown and kept."""
    week = tuple(
        DayView(day, tuple(PeriodView(each.opens, each.closes) for each in periods))
        for day, periods in zip(DAYS, calendar.week, strict=True)
    )
    holidays = tuple(HolidayView(each.day, each.name) for each in calendar.holidays)
    return CalendarView(name=name, time_zone=calendar.time_zone, week=week, holidays=holidays)


def calendar_of(view: CalendarView) -> Calendar:
    """The same, to reckon with."""
    return Calendar(
        time_zone=view.time_zone,
        week=tuple(tuple(Period(each.opens, each.closes) for each in day.periods) for day in view.week),
        holidays=tuple(Holiday(each.day, each.name) for each in view.holidays),
    )


def _refuse_odd(said: ServiceLevelsView) -> None:
    names = [each.name for each in said.calendars]
    _refuse_twins(names, "calendar")
    _refuse_twins([each.name for each in said.levels], "service level")
    for calendar in said.calendars:
        try:
            check_calendar(calendar_of(calendar))
        except HoursError as error:
            raise LevelsRefusedError(f"Calendar {calendar.name}: {error}.") from error
    for level in said.levels:
        if level.calendar not in {"", *names}:
            detail = f"Service level {level.name} counts by the calendar {level.calendar}, which is not among {', '.join(names) or 'none'}."
            raise LevelsRefusedError(detail)
        if level.first_minutes is level.next_minutes is level.resolution_minutes is None:
            detail = f"Service level {level.name} says nothing: give it first_minutes, next_minutes or resolution_minutes."
            raise LevelsRefusedError(detail)


def _refuse_twins(names: Sequence[str], what: str) -> None:
    twins = sorted({each for each in names if names.count(each) > 1})
    if twins:
        raise LevelsRefusedError(f"Each {what} has a name of its own; {', '.join(twins)} stands twice.")
