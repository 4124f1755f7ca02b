"""setServiceLevels: replaces the workspace's calendars and service levels, unless a colleague was faster."""

from typing import Annotated

import strawberry

from gateway.composing.mutations.set_business_hours import BusinessDayInput, HolidayInput
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.levels.types import ServiceLevels
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from gateway.vocabulary import Discipline, StakeholderKind, Urgency
from services.contracts.views.levels import ServiceLevelsView


@strawberry.input(description="When people are at work.")
class CalendarInput:
    """Part of setServiceLevels' arguments."""

    name: str = strawberry.field(description="By which levels speak of it; `default` counts where they name none.")
    time_zone: str = strawberry.field(description="Such as Europe/Madrid.")
    week: list[BusinessDayInput] = strawberry.field(description="The days on which somebody comes; the others are free.")
    holidays: list[HolidayInput] = strawberry.field(default_factory=list, description="At most 366.")


@strawberry.input(description="Within how long whom. What is left out holds for all.")
class ServiceLevelInput:
    """Part of setServiceLevels' arguments."""

    name: str = strawberry.field(description="As tasks name it.")
    disciplines: list[Discipline] = strawberry.field(default_factory=list, description="Whose work it holds for.")
    channel_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="On which channels, by global id; at most 100.")
    urgencies: list[Urgency] = strawberry.field(default_factory=list, description="For work of which urgency.")
    kinds: list[StakeholderKind] = strawberry.field(default_factory=list, description="For people of which kinds.")
    calendar: str = strawberry.field(default="", description="By which calendar; empty: the one named default, or every minute.")
    first_minutes: int | None = strawberry.field(default=None, description="Until the first answer; null: as the playbook says.")
    next_minutes: int | None = strawberry.field(default=None, description="Until each answer after that; null: as the playbook says.")
    resolution_minutes: int | None = strawberry.field(default=None, description="Until the conversation is closed; null: no target.")
    warn_percent: int = strawberry.field(default=80, description="After how much of the time to warn the owner, 1 to 99.")
    escalate_to: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Members who hear of what is missed, by global id; at most 20."
    )


@strawberry.input(description="All calendars and levels as they are to be.")
class SetServiceLevelsInput:
    """Arguments of setServiceLevels."""

    calendars: list[CalendarInput] = strawberry.field(description="At most 20.")
    levels: list[ServiceLevelInput] = strawberry.field(description="In their order, the first that holds counts; at most 50.")
    version: int = strawberry.field(description="The version that was read; 0 where there are none yet.")


@strawberry.type(description="They are replaced.")
class ServiceLevelsSet:
    """Success."""

    service_levels: ServiceLevelsView = strawberry.field(graphql_type=ServiceLevels, description="As they stand now.")


SetServiceLevelsResult = Annotated[
    ServiceLevelsSet | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SetServiceLevelsResult", description="The service levels, or why nothing changed."),
]


async def set_service_levels(info: Info, input: SetServiceLevelsInput) -> ServiceLevelsSet | Problem:  # noqa: A002 - the argument's name in the schema
    """Replace them."""
    try:
        return ServiceLevelsSet(service_levels=await info.context.clients.routing.set_service_levels(_payload(input)))
    except GatewayError as error:
        return problem_of(error)


def _payload(wanted: SetServiceLevelsInput) -> dict[str, object]:
    return {
        "calendars": [_calendar(each) for each in wanted.calendars],
        "levels": [_level(each) for each in wanted.levels],
        "version": wanted.version,
    }


def _calendar(calendar: CalendarInput) -> dict[str, object]:
    return {
        "name": calendar.name,
        "time_zone": calendar.time_zone,
        "week": {day.day.lower(): [{"opens": period.opens, "closes": period.closes} for period in day.periods] for day in calendar.week},
        "holidays": [{"day": each.day.isoformat(), "name": each.name} for each in calendar.holidays],
    }


def _level(level: ServiceLevelInput) -> dict[str, object]:
    return {
        "name": level.name,
        "disciplines": level.disciplines,
        "channel_ids": [str(read_id_of(each, type_name="Channel")) for each in level.channel_ids],
        "urgencies": level.urgencies,
        "kinds": level.kinds,
        "calendar": level.calendar,
        "first_minutes": level.first_minutes,
        "next_minutes": level.next_minutes,
        "resolution_minutes": level.resolution_minutes,
        "warn_percent": level.warn_percent,
        "escalate_to": [str(read_id_of(each, type_name="Member")) for each in level.escalate_to],
    }


field = strawberry.mutation(
    resolver=set_service_levels,
    graphql_type=SetServiceLevelsResult,
    description="Replace the workspace's calendars and service levels, for work that comes from now on; what is due already stays due.",
)
