"""When a channel is open: weeks, holidays, days of 23 and of 25 hours; and what is said when nobody is there."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engagement.business_hours import Hours
from services.kit.calendars import EVER, Holiday, HoursError, Period, check_calendar, find_closed, is_open, next_opening
from tests.engagement.composing.desk import Desk
from tests.engagement.waiting import ledger, messages

NINE_TO_FIVE = (Period("09:00", "12:00"), Period("13:00", "17:00"))
OFFICE = Hours(
    time_zone="Europe/Madrid",
    week=(NINE_TO_FIVE,) * 5 + ((), ()),
    notice="We are back at {{hours.next_opening}}.",
    holidays=(Holiday(date(2026, 12, 25), "Christmas"),),
    holiday_notice="Merry {{hours.holiday}}!",
)
ZONES = ("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Pacific/Apia")


def madrid(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Madrid")).astimezone(UTC)  # type: ignore[arg-type, misc] # year to minute


def test_lunch_nights_weekends_and_holidays_are_closed() -> None:
    check_calendar(OFFICE)
    assert is_open(OFFICE, madrid(2026, 5, 4, 9))
    assert not is_open(OFFICE, madrid(2026, 5, 4, 12))
    lunch = find_closed(OFFICE, madrid(2026, 5, 4, 12, 30))
    assert lunch is not None
    assert (lunch.since, lunch.until, lunch.holiday) == (madrid(2026, 5, 4, 12), madrid(2026, 5, 4, 13), None)
    weekend = find_closed(OFFICE, madrid(2026, 5, 9, 3))
    assert weekend is not None
    assert (weekend.since, weekend.until) == (madrid(2026, 5, 8, 17), madrid(2026, 5, 11, 9))
    christmas = find_closed(OFFICE, madrid(2026, 12, 25, 10))
    assert christmas is not None
    assert (christmas.since, christmas.until, christmas.holiday) == (
        madrid(2026, 12, 24, 17),
        madrid(2026, 12, 28, 9),
        OFFICE.holidays[0],
    )


def test_periods_that_touch_at_midnight_are_one() -> None:
    always = Hours(time_zone="Europe/Madrid", week=((Period("00:00", "24:00"),),) * 7)
    assert find_closed(always, madrid(2026, 10, 25, 2)) is None
    never = Hours(time_zone="Europe/Madrid", week=((),) * 7)
    closed = find_closed(never, madrid(2026, 5, 4, 9))
    assert closed is not None
    assert (closed.since, closed.until) == (EVER, None)


def test_a_time_that_does_not_exist_is_later_and_one_that_exists_twice_is_open_both_times() -> None:
    early = Hours(time_zone="Europe/Madrid", week=((Period("02:30", "04:00"),),) * 7)
    # 29 March 2026: after 01:59 comes 03:00. 25 October 2026: 02:00 to 02:59 comes twice.
    assert next_opening(early, datetime(2026, 3, 29, 0, tzinfo=UTC)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    night = Hours(time_zone="Europe/Madrid", week=((Period("02:00", "02:30"),),) * 7)
    assert next_opening(night, datetime(2026, 3, 28, 23, tzinfo=UTC)) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    for minute in (0, 29, 60, 89):
        assert is_open(night, datetime(2026, 10, 25, 0, tzinfo=UTC) + timedelta(minutes=minute))
    assert not is_open(night, datetime(2026, 10, 25, 1, 30, tzinfo=UTC))


TIMES = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")


@st.composite
def days(draw: st.DrawFn) -> tuple[Period, ...]:
    times = sorted(draw(st.sets(TIMES, max_size=6)))
    ends = [*times[1::2], "24:00"]
    return tuple(Period(opens, closes) for opens, closes in zip(times[::2], ends, strict=False))


WEEKS = st.tuples(*([days()] * 7))
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by the library's wish


@given(zone=st.sampled_from(ZONES), week=WEEKS, at=MOMENTS, closed_days=st.sets(st.integers(0, 6), max_size=3))
def test_a_moment_is_open_or_in_one_closed_stretch(zone: str, week: Any, at: datetime, closed_days: set[int]) -> None:
    today = at.astimezone(ZoneInfo(zone)).date()
    hours = Hours(time_zone=zone, week=week, holidays=tuple(Holiday(today + timedelta(days=each - 3)) for each in sorted(closed_days)))
    check_calendar(hours)
    closed = find_closed(hours, at)
    assert (closed is None) == is_open(hours, at)
    if closed is None:
        return
    assert closed.since <= at
    if closed.since != EVER:
        assert is_open(hours, closed.since - timedelta(microseconds=1))
        assert not is_open(hours, closed.since)
    if closed.until is not None:
        assert closed.until > at
        assert is_open(hours, closed.until)
        middle = at + (closed.until - at) / 2
        again = find_closed(hours, middle)
        assert again is not None
        assert (again.since, again.until) == (closed.since, closed.until)


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../etc/passwd"},
        {"time_zone": ""},
        {"week": ((),) * 6},
        {"week": ((Period("9:00", "12:00"),), *((),) * 6)},
        {"week": ((Period("12:00", "12:00"),), *((),) * 6)},
        {"week": ((Period("12:00", "09:00"), Period("13:00", "14:00")), *((),) * 6)},
        {"week": ((Period("09:00", "12:00"), Period("11:00", "13:00")), *((),) * 6)},
        {"week": ((Period("24:00", "24:00"),), *((),) * 6)},
        {"holidays": (Holiday(date(2026, 1, 1)), Holiday(date(2026, 1, 1)))},
    ],
)
def test_hours_that_cannot_be_kept_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(HoursError):
        check_calendar(Hours(**{"time_zone": "UTC", "week": ((),) * 7, **wrong}))


async def notices(desk: Desk, thread: dict[str, Any]) -> list[dict[str, Any]]:
    rows = await messages(desk.service, thread["id"])
    return [each for each in rows if each["reply"] and each["reply"]["automatic"]]


async def test_e19_whoever_writes_while_closed_is_told_once_and_still_owed(desk: Desk) -> None:
    path = f"/v1/channels/{desk.partner.channel_id}/hours"
    never = {"time_zone": "Europe/Madrid", "week": {}, "notice": "We are away."}
    assert (await desk.ask("PUT", path, never)).json()["open_now"] is False
    thread = await desk.hear("Anybody there?")
    (notice,) = await notices(desk, thread)
    await desk.state_of(notice["reply"]["id"], "sent")
    await desk.hear("Hello??")
    assert [each["text"] for each in desk.taken()] == ["We are away."]
    assert len(await notices(desk, thread)) == 1
    assert (await ledger(desk.service))["owed"] == 2
    # It makes nobody's answer stale, and an answer settles what is owed.
    answered = await desk.reply(thread, "Here we are.", version=thread["version"] - 1)
    assert answered.status_code == 201, answered.text
    await desk.state_of(answered.json()["reply"]["id"], "sent")
    assert (await ledger(desk.service))["owed"] == 0


async def test_nothing_is_said_in_public_or_while_open_or_without_hours(desk: Desk) -> None:
    path = f"/v1/channels/{desk.partner.channel_id}/hours"
    assert (await desk.ask("GET", path)).json()["code"] == "no_hours"
    always = {"time_zone": "UTC", "week": {day: [{"opens": "00:00", "closes": "24:00"}] for day in WEEK}, "notice": "We are away."}
    assert (await desk.ask("PUT", path, always)).json()["open_now"] is True
    assert await notices(desk, await desk.hear()) == []
    await desk.ask("PUT", path, {**always, "week": {}})
    assert await notices(desk, await desk.hear_comment()) == []
    assert (await desk.ask("DELETE", path)).status_code == 204
    assert await notices(desk, await desk.hear("Still there?")) == []
    assert desk.taken() == []


async def test_odd_hours_are_refused_and_agents_do_not_set_them(desk: Desk) -> None:
    path = f"/v1/channels/{desk.partner.channel_id}/hours"
    odd = await desk.ask("PUT", path, {"time_zone": "Mars/Olympus", "week": {}})
    assert (odd.status_code, odd.json()["code"]) == (422, "hours_refused")
    unknown = await desk.ask("PUT", path, {"time_zone": "UTC", "week": {}, "notice": "Dear {{contact.name}}"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "placeholder_unknown")
    assert (await desk.ask("PUT", path, {"time_zone": "UTC", "week": {}}, role="agent")).status_code == 403
    nowhere = "/v1/channels/0197a000-0000-7000-8000-00000000ffff/hours"
    assert (await desk.ask("PUT", nowhere, {"time_zone": "UTC", "week": {}})).status_code == 404


async def test_each_closed_stretch_has_its_own_notice(desk: Desk) -> None:
    path = f"/v1/channels/{desk.partner.channel_id}/hours"
    body = {"time_zone": "UTC", "week": {}, "notice": "We are back at {{hours.next_opening|another time}}."}
    assert (await desk.ask("PUT", path, body)).json()["next_opening"] is None
    thread = await desk.hear()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    week = {WEEK[yesterday.weekday()]: [{"opens": "00:00", "closes": "24:00"}]}
    assert (await desk.ask("PUT", path, {**body, "week": week})).json()["open_now"] is False
    await desk.hear("And now?")
    again = (yesterday + timedelta(days=7)).strftime("%Y-%m-%d 00:00")
    texts = {each["text"] for each in await notices(desk, thread)}
    assert texts == {f"We are back at {again}.", "We are back at another time."}


WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
