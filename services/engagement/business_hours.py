"""When a channel is open: periods of a week in a time zone, and holidays. Pure; asked by notices and shown by REST.

Times of day are wall-clock times; what a change to or from summer time makes of them is decided here, once: a time that does not
exist is later, of one that exists twice the whole stretch counts as open.
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
# Since when a channel is closed that was not open for so long as is looked back.
EVER = datetime(1970, 1, 1, tzinfo=UTC)
MIDNIGHT = "24:00"


class HoursError(ValueError):
    """Hours that cannot be kept; the message says which."""


@dataclass(frozen=True, slots=True)
class Period:
    """Open from `opens` until `closes`, as HH:MM; `closes` may be 24:00."""

    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which the channel is closed."""

    day: date
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A channel's hours. `week` has seven days, from Monday; `notice` is said outside them, `holiday_notice` on holidays (or `notice`)."""

    time_zone: str
    week: tuple[tuple[Period, ...], ...]
    notice: str = ""
    holidays: tuple[Holiday, ...] = ()
    holiday_notice: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """A stretch in which the channel is closed. `until` is None where it opens no more; `holiday` names today's, if it is one."""

    since: datetime
    until: datetime | None
    holiday: Holiday | None


def check_hours(hours: Hours) -> None:
    """Raise HoursError for hours that cannot be kept."""
    _zone(hours.time_zone)
    if len(hours.week) != len(DAYS):
        raise HoursError("a week has seven days")
    for day, periods in zip(DAYS, hours.week, strict=True):
        _check_day(day, periods)
    dates = [each.day for each in hours.holidays]
    if len(dates) > MOST_HOLIDAYS or len(dates) != len(set(dates)):
        raise HoursError(f"each holiday stands once, at most {MOST_HOLIDAYS}")


def is_open(hours: Hours, at: datetime) -> bool:
    """Whether the channel is open at a moment."""
    return any(opens <= at < closes for opens, closes in _around(hours, at, back=1, ahead=1))


def find_closed(hours: Hours, at: datetime) -> Closed | None:
    """The closed stretch in which a moment lies; None where the channel is open then."""
    if is_open(hours, at):
        return None
    before = [closes for _, closes in _around(hours, at, back=LOOK_BACK_DAYS, ahead=1) if closes <= at]
    today = at.astimezone(_zone(hours.time_zone)).date()
    holiday = next((each for each in hours.holidays if each.day == today), None)
    return Closed(max(before, default=EVER), next_opening(hours, at), holiday)


def next_opening(hours: Hours, at: datetime) -> datetime | None:
    """When the channel opens next, after `at`; None where it does not within a year."""
    for ahead in (8, LOOK_AHEAD_DAYS):
        found = [opens for opens, _ in _around(hours, at, back=1, ahead=ahead) if opens > at]
        if found:
            return min(found)
    return None


def local_time(hours: Hours, at: datetime) -> str:
    """A moment as people of the channel's time zone write it: 2026-05-04 09:00."""
    return at.astimezone(_zone(hours.time_zone)).strftime("%Y-%m-%d %H:%M")


def _around(hours: Hours, at: datetime, *, back: int, ahead: int) -> list[tuple[datetime, datetime]]:
    """The open stretches of the days around a moment, in order; those that touch are one."""
    today = at.astimezone(_zone(hours.time_zone)).date()
    merged: list[tuple[datetime, datetime]] = []
    for opens, closes in sorted(_spans(hours, today, back=back, ahead=ahead)):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return merged


def _spans(hours: Hours, today: date, *, back: int, ahead: int) -> Iterator[tuple[datetime, datetime]]:
    zone = _zone(hours.time_zone)
    holidays = {each.day for each in hours.holidays}
    for number in range(-back, ahead + 1):
        day = today + timedelta(days=number)
        if day in holidays:
            continue
        for period in hours.week[day.weekday()]:
            opens = _moment(day, period.opens, zone=zone, fold=0)
            closes = max(_moment(day, period.closes, zone=zone, fold=fold) for fold in (0, 1))
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
    for period in periods:
        if not _is_time(period.opens) or not (_is_time(period.closes) or period.closes == MIDNIGHT):
            raise HoursError(f"{day}: times are written as 09:00, the end of a day as {MIDNIGHT}")
        if not last <= period.opens < period.closes:
            raise HoursError(f"{day}: periods follow one another, and each closes after it opens")
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
