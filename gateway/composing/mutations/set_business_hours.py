"""setBusinessHours: says when a channel is open, and what is said by itself when it is not."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import strawberry

from gateway.composing.types import BusinessHours
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ChannelId
from services.contracts.views.composing import HoursView


@strawberry.input(description="A stretch of a day.")
class PeriodInput:
    """Part of a week."""

    opens: str = strawberry.field(description="From when, as 09:00.")
    closes: str = strawberry.field(description="Until when, as 17:30; 24:00 for the end of the day.")


@strawberry.input(description="A day of the week and when the channel is open on it.")
class BusinessDayInput:
    """Part of a week."""

    day: str = strawberry.field(description="monday to sunday.")
    periods: list[PeriodInput] = strawberry.field(description="In order, not overlapping; at most 10.")


@strawberry.input(description="A day on which the channel is closed.")
class HolidayInput:
    """Part of a calendar."""

    day: date = strawberry.field(description="Which day.")
    name: str = strawberry.field(default="", description="What it is called.")


@strawberry.input(description="A channel's hours.")
class BusinessHoursInput:
    """Part of setBusinessHours' arguments."""

    time_zone: str = strawberry.field(description="Such as Europe/Madrid.")
    week: list[BusinessDayInput] = strawberry.field(description="The days on which it is open; the others are closed.")
    holidays: list[HolidayInput] = strawberry.field(default_factory=list, description="At most 366.")
    notice: str = strawberry.field(
        default="", description="What is said outside the hours; may hold {{hours.next_opening}}; empty for nothing."
    )
    holiday_notice: str = strawberry.field(
        default="", description="What is said on holidays; may hold {{hours.holiday}}; empty for the same."
    )


@strawberry.input(description="A channel and its hours.")
class SetBusinessHoursInput:
    """Arguments of setBusinessHours."""

    channel_id: strawberry.ID = strawberry.field(description="The channel, by global id.")
    hours: BusinessHoursInput | None = strawberry.field(description="The hours; null for none: always open, nothing said by itself.")


@strawberry.type(description="The hours are set.")
class BusinessHoursSet:
    """Success."""

    hours: HoursView | None = strawberry.field(graphql_type=BusinessHours | None, description="The hours from now on.")


SetBusinessHoursResult = Annotated[
    BusinessHoursSet | NotFound | InvalidInput | NotAllowed,
    strawberry.union("SetBusinessHoursResult", description="The hours, or why nothing was set."),
]


async def set_business_hours(info: Info, input: SetBusinessHoursInput) -> BusinessHoursSet | Problem:  # noqa: A002 - the argument's name in the schema
    """Set a channel's hours."""
    composing = info.context.clients.composing
    try:
        channel = ChannelId(read_id_of(input.channel_id, type_name="Channel"))
        if input.hours is None:
            await composing.delete_hours(channel)
            return BusinessHoursSet(hours=None)
        return BusinessHoursSet(hours=await composing.set_hours(channel, payload=_payload(input.hours)))
    except GatewayError as error:
        return problem_of(error)


def _payload(hours: BusinessHoursInput) -> dict[str, object]:
    return {
        "time_zone": hours.time_zone,
        "week": {each.day.lower(): _periods(each.periods) for each in hours.week},
        "holidays": [{"day": each.day.isoformat(), "name": each.name} for each in hours.holidays],
        "notice": hours.notice,
        "holiday_notice": hours.holiday_notice,
    }


def _periods(periods: Sequence[PeriodInput]) -> list[dict[str, str]]:
    return [{"opens": each.opens, "closes": each.closes} for each in periods]


field = strawberry.mutation(
    resolver=set_business_hours,
    graphql_type=SetBusinessHoursResult,
    description="Say when a channel is open. Who writes in private while it is closed is told so once, and still owed an answer.",
)
