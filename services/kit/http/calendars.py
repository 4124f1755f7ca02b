"""Bodies in which people say when they are at work: a week of periods, and holidays. Used by edges that take calendars."""

from datetime import date
from typing import Annotated

from pydantic import Field

from services.kit import calendars
from services.kit.http.documents import RequestBody


class PeriodInput(RequestBody):
    """Open from `opens` until `closes`, as 09:00; the end of a day is 24:00. The last of a day may close on the next, as 22:00 to 06:00."""

    opens: Annotated[str, Field(max_length=5)]
    closes: Annotated[str, Field(max_length=5)]


Day = Annotated[list[PeriodInput], Field(max_length=calendars.MOST_PERIODS)]


class WeekInput(RequestBody):
    """The periods of each day; none: closed."""

    monday: Day = Field(default_factory=list)
    tuesday: Day = Field(default_factory=list)
    wednesday: Day = Field(default_factory=list)
    thursday: Day = Field(default_factory=list)
    friday: Day = Field(default_factory=list)
    saturday: Day = Field(default_factory=list)
    sunday: Day = Field(default_factory=list)

    def periods(self) -> tuple[tuple[calendars.Period, ...], ...]:
        """The same as calendars take it, from Monday."""
        days: list[Day] = [getattr(self, day) for day in calendars.DAYS]
        return tuple(tuple(calendars.Period(each.opens, each.closes) for each in day) for day in days)


class HolidayInput(RequestBody):
    """A day on which nobody is there."""

    day: date
    name: Annotated[str, Field(max_length=200)] = ""


Holidays = Annotated[list[HolidayInput], Field(max_length=calendars.MOST_HOLIDAYS)]


def read_holidays(holidays: list[HolidayInput]) -> tuple[calendars.Holiday, ...]:
    """The same as calendars take them, in order."""
    return tuple(calendars.Holiday(each.day, each.name) for each in sorted(holidays, key=lambda each: each.day))
