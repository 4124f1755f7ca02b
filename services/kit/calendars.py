"""When people are at work: periods of a week in a time zone, and holidays. Pure; asked by notices of channels and by due times of tasks.

Times of day are wall-clock times; what a change to or from summer time makes of them is decided here, once: a time that does not
exist is later, of one that exists twice the whole stretch counts as open. A period past midnight belongs to the day it begins on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_PERIODS = 10
MOST_HOLIDAYS = 366
LOOK_BACK_DAYS = 40
LOOK_AHEAD_DAYS = 400
# Since when it is closed that was not open for so long as is looked back.
EVER = datetime(1970, 1, 1, tzinfo=UTC)
MIDNIGHT = "24:00"

Stretch = tuple[datetime, datetime]
"""Open from the first moment until before the second."""


class HoursError(ValueError):
    """Hours that cannot be kept; the message says which."""


@dataclass(frozen=True, slots=True)
class Period:
    """Open from `opens` until `closes`, as HH:MM; `closes` may be 24:00, or is on the next day where it is before `opens`."""

    opens: str
    closes: str

    @property
    def overnight(self) -> bool:
        """Whether it ends on the day after the one it begins on."""
        return self.closes < self.opens


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which nobody comes: no period begins on it."""

    day: date
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A week of seven days, from Monday, and the days that are not like it."""

    time_zone: str
    week: tuple[tuple[Period, ...], ...]
    holidays: tuple[Holiday, ...] = ()


@dataclass(frozen=True, slots=True)
class Closed:
    """A stretch in which it is closed. `until` is None where it opens no more; `holiday` names today's, if it is one."""

    since: datetime
    until: datetime | None
    holiday: Holiday | None


def check_calendar(calendar: Calendar) -> None:
    """Raise HoursError for hours that cannot be kept."""
    _zone(calendar.time_zone)
    if len(calendar.week) != len(DAYS):
        raise HoursError("a week has seven days")
    for day, periods in zip(DAYS, calendar.week, strict=True):
        _check_day(day, periods)
    dates = [each.day for each in calendar.holidays]
    if len(dates) > MOST_HOLIDAYS or len(dates) != len(set(dates)):
        raise HoursError(f"each holiday stands once, at most {MOST_HOLIDAYS}")


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether it is open at a moment."""
    return any(opens <= at < closes for opens, closes in _around(calendar, at, back=2, ahead=1))


def find_closed(calendar: Calendar, at: datetime) -> Closed | None:
    """The closed stretch in which a moment lies; None where it is open then."""
    if is_open(calendar, at):
        return None
    before = [closes for _, closes in _around(calendar, at, back=LOOK_BACK_DAYS, ahead=1) if closes <= at]
    today = at.astimezone(_zone(calendar.time_zone)).date()
    holiday = next((each for each in calendar.holidays if each.day == today), None)
    return Closed(max(before, default=EVER), next_opening(calendar, at), holiday)


def next_opening(calendar: Calendar, at: datetime) -> datetime | None:
    """When it opens next, after `at`; None where it does not within a year."""
    for ahead in (8, LOOK_AHEAD_DAYS):
        found = [opens for opens, _ in _around(calendar, at, back=2, ahead=ahead) if opens > at]
        if found:
            return min(found)
    return None


def after_open(calendar: Calendar, since: datetime, span: timedelta) -> datetime | None:
    """The moment by which it will have been open for `span` after `since`; None where a year does not hold so much."""
    left, last = span, since
    for opens, closes in _stretches(calendar, since, back=2, ahead=LOOK_AHEAD_DAYS):
        begins = max(opens, last)
        if begins >= closes:
            continue
        if left <= closes - begins:
            return begins + left
        left, last = left - (closes - begins), closes
    return None


def open_between(calendar: Calendar, since: datetime, until: datetime) -> timedelta:
    """For how long of a stretch it is open."""
    total, last = timedelta(), since
    for opens, closes in _stretches(calendar, since, back=2, ahead=(until - since).days + 2):
        begins, ends = max(opens, last), min(closes, until)
        if begins < ends:
            total, last = total + (ends - begins), ends
    return total


def local_time(calendar: Calendar, at: datetime) -> str:
    """A moment as people of the calendar's time zone write it: 2026-05-04 09:00."""
    return at.astimezone(_zone(calendar.time_zone)).strftime("%Y-%m-%d %H:%M")


def _around(calendar: Calendar, at: datetime, *, back: int, ahead: int) -> list[Stretch]:
    """The open stretches of the days around a moment, in order; those that touch are one."""
    merged: list[Stretch] = []
    for opens, closes in sorted(_stretches(calendar, at, back=back, ahead=ahead)):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return merged


def _stretches(calendar: Calendar, at: datetime, *, back: int, ahead: int) -> Iterator[Stretch]:
    """The open stretches of the days around a moment, each as its day says, by when they begin."""
    zone = _zone(calendar.time_zone)
    today = at.astimezone(zone).date()
    holidays = {each.day for each in calendar.holidays}
    for number in range(-back, ahead + 1):
        day = today + timedelta(days=number)
        if day in holidays:
            continue
        # Sorted, because an hour that does not exist moves its period behind the next one.
        yield from sorted(_day(day, calendar.week[day.weekday()], zone=zone))


def _day(day: date, periods: tuple[Period, ...], *, zone: ZoneInfo) -> Iterator[Stretch]:
    for period in periods:
        opens = _moment(day, period.opens, zone=zone, fold=0)
        last_day = day + timedelta(days=1) if period.overnight else day
        closes = max(_moment(last_day, period.closes, zone=zone, fold=fold) for fold in (0, 1))
        if opens < closes:
            yield opens, closes


def _moment(day: date, text: str, *, zone: ZoneInfo, fold: int) -> datetime:
    if text == MIDNIGHT:
        return datetime.combine(day + timedelta(days=1), time(), zone).replace(fold=fold).astimezone(UTC)
    return datetime.combine(day, time.fromisoformat(text), zone).replace(fold=fold).astimezone(UTC)


def _check_day(day: str, periods: tuple[Period, ...]) -> None:
    if len(periods) > MOST_PERIODS:
        raise HoursError(f"{day} has more than {MOST_PERIODS} periods")
    last = ""
    for number, period in enumerate(periods, start=1):
        if not _is_time(period.opens) or not (_is_time(period.closes) or period.closes == MIDNIGHT):
            raise HoursError(f"{day}: times are written as 09:00, the end of a day as {MIDNIGHT}")
        if last > period.opens or period.opens == period.closes:
            raise HoursError(f"{day}: periods follow one another, and each closes after it opens")
        if period.overnight and number < len(periods):
            raise HoursError(f"{day}: only its last period may go on past midnight")
        last = period.closes


def _is_time(text: str) -> bool:
    try:
        return time.fromisoformat(text).strftime("%H:%M") == text
    except ValueError:
        return False


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        raise HoursError(f"{name!r} is no time zone: write one such as Europe/Madrid") from error
