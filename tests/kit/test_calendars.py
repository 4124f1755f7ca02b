"""Working time: added and counted as somebody would who looks at the clock on the wall every minute."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.calendars import Calendar, Holiday, Period, after_open, check_calendar, is_open, next_opening, open_between

MINUTE = timedelta(minutes=1)
MADRID = ZoneInfo("Europe/Madrid")
SPLIT_DAY = Calendar(time_zone="Europe/Madrid", week=((Period("09:00", "14:00"), Period("16:00", "19:00")),) * 5 + ((), ()))
NIGHTS = Calendar(time_zone="Europe/Madrid", week=((Period("22:00", "06:00"),),) * 7, holidays=(Holiday(date(2026, 12, 25)),))
ZONES = ("Europe/Madrid", "America/New_York", "Asia/Kathmandu", "UTC", "America/Sao_Paulo")
# The nights of 2026 in which one of these zones changes its time, and an ordinary one.
NIGHTS_OF_CHANGE = (date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1), date(2026, 6, 3))


def madrid(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=MADRID).astimezone(UTC)  # type: ignore[arg-type, misc] # year to minute


def test_r8_an_hour_that_begins_before_lunch_ends_after_it() -> None:
    assert after_open(SPLIT_DAY, madrid(2026, 5, 4, 13, 50), timedelta(minutes=60)) == madrid(2026, 5, 4, 16, 50)
    assert after_open(SPLIT_DAY, madrid(2026, 5, 8, 18, 30), timedelta(minutes=60)) == madrid(2026, 5, 11, 9, 30)
    assert after_open(SPLIT_DAY, madrid(2026, 5, 9, 3), timedelta(0)) == madrid(2026, 5, 11, 9)
    assert open_between(SPLIT_DAY, madrid(2026, 5, 4, 13, 50), madrid(2026, 5, 4, 16, 50)) == timedelta(minutes=60)


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    check_calendar(NIGHTS)
    assert is_open(NIGHTS, madrid(2026, 12, 25, 5))
    assert not is_open(NIGHTS, madrid(2026, 12, 25, 23))
    assert not is_open(NIGHTS, madrid(2026, 12, 26, 5))
    assert next_opening(NIGHTS, madrid(2026, 12, 25, 7)) == madrid(2026, 12, 26, 22)
    assert after_open(NIGHTS, madrid(2026, 12, 25, 5), timedelta(hours=2)) == madrid(2026, 12, 26, 23)


def test_what_never_opens_has_no_due_time() -> None:
    never = Calendar(time_zone="UTC", week=((),) * 7)
    assert after_open(never, madrid(2026, 5, 4), MINUTE) is None
    assert open_between(never, madrid(2026, 5, 4), madrid(2027, 5, 4)) == timedelta(0)


TIMES = st.integers(0, 47).map(lambda half: f"{half // 2:02}:{half % 2 * 30:02}")


@st.composite
def days(draw: st.DrawFn) -> tuple[Period, ...]:
    times = sorted(draw(st.sets(TIMES, max_size=5)))
    ends = [*times[1::2], draw(st.sampled_from(("24:00", "00:00", "01:30", "02:30")))]
    return tuple(Period(opens, closes) for opens, closes in zip(times[::2], ends, strict=False) if opens != closes)


@st.composite
def calendars(draw: st.DrawFn, around: date) -> Calendar:
    holidays = draw(st.sets(st.integers(-2, 3), max_size=2))
    return Calendar(
        time_zone=draw(st.sampled_from(ZONES)),
        week=draw(st.tuples(*([days()] * 7))),
        holidays=tuple(Holiday(around + timedelta(days=each)) for each in sorted(holidays)),
    )


@settings(deadline=None)  # the walls of a zone are walked along once, in whichever case comes first
@given(st.data())
def test_r8_working_time_is_what_the_clock_on_the_wall_says_minute_by_minute(data: st.DataObject) -> None:
    around = data.draw(st.sampled_from(NIGHTS_OF_CHANGE))
    calendar = data.draw(calendars(around))
    check_calendar(calendar)
    since = datetime.combine(around, time(), UTC) + timedelta(minutes=data.draw(st.integers(-1440, 1440)))
    work = data.draw(st.integers(1, 600))
    open_minutes = minutes_open(calendar, around)

    ends, counted, at = None, 0, since
    while at < since + timedelta(days=2):
        if at in open_minutes:
            counted += 1
            if counted == work:
                ends = at + MINUTE
        if at.minute % 30 in {0, 29}:  # periods begin and end on half hours
            assert is_open(calendar, at) == (at in open_minutes)
        at += MINUTE
    assert open_between(calendar, since, since + timedelta(days=2)) == counted * MINUTE
    if ends is not None:
        assert after_open(calendar, since, work * MINUTE) == ends


def minutes_open(calendar: Calendar, around: date) -> set[datetime]:
    """The minutes of the days around one in which somebody is there, found by walking through all of them."""
    wall = walls(ZoneInfo(calendar.time_zone), around)
    holidays = {each.day for each in calendar.holidays}
    found: set[datetime] = set()
    for number in range(-4, 5):
        day = around + timedelta(days=number)
        for period in () if day in holidays else calendar.week[day.weekday()]:
            at = first(wall, day, period.opens)
            ends_on = day + timedelta(days=period.closes < period.opens)
            end = last(wall, ends_on, period.closes)
            while at < end:
                found.add(at)
                at += MINUTE
    return found


@cache
def walls(zone: ZoneInfo, around: date) -> Mapping[datetime, list[datetime]]:
    """The minutes at which a clock on the wall shows each time, in order."""
    shown: dict[datetime, list[datetime]] = {}
    at = datetime.combine(around, time(), UTC) - timedelta(days=7)
    for _ in range(14 * 1440):
        shown.setdefault(at.astimezone(zone).replace(tzinfo=None), []).append(at)
        at += MINUTE
    return shown


def first(wall: Mapping[datetime, list[datetime]], day: date, text: str) -> datetime:
    return shown_at(wall, day, text)[0]


def last(wall: Mapping[datetime, list[datetime]], day: date, text: str) -> datetime:
    return shown_at(wall, day, text)[-1]


def shown_at(wall: Mapping[datetime, list[datetime]], day: date, text: str) -> list[datetime]:
    """When a clock shows it. A time that it skips comes as much later as it skips: an hour in all of these zones."""
    hour, minute = int(text[:2]), int(text[3:])
    told = datetime.combine(day, time()) + timedelta(hours=hour, minutes=minute)
    return wall.get(told) or wall[told + timedelta(hours=1)]
