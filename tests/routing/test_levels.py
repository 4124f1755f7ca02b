"""Service levels: which one holds, by when an answer is due, what stands still, who is warned and told, each exactly once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.contracts.events import ConversationChanged, InteractionReceived
from services.contracts.views.levels import ResolutionView, ServiceLevelsView
from services.contracts.vocabulary import ConversationStatus
from services.kit.db import Database
from services.kit.ids import new_id
from services.routing.api.levels import ServiceLevelsBody
from services.routing.levels.keeping import replace_levels
from services.routing.levels.resolutions import list_resolutions
from services.routing.watching import Watcher
from tests.routing.desk import NOON, Desk, Person, answered
from tests.routing.service import Service

SPLIT_DAY = [{"opens": "09:00", "closes": "14:00"}, {"opens": "16:00", "closes": "19:00"}]
MADRID = {
    "name": "default",
    "time_zone": "Europe/Madrid",
    "week": dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), SPLIT_DAY),
    "holidays": [{"day": "2026-03-03", "name": "A feast"}],
}
NOTHING: dict[str, Any] = {"calendars": [], "levels": [], "version": 0}


def madrid(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Madrid")).astimezone(UTC)  # type: ignore[arg-type, misc] # year to minute


async def kept(desk: Desk, **said: Any) -> ServiceLevelsView:
    """As over REST; the service itself would sweep by the machine's clock, for which noon is long ago."""
    wanted = ServiceLevelsBody.model_validate({**NOTHING, **said}).view()
    async with desk.database.transaction(desk.workspace) as connection:
        return await replace_levels(connection, desk.workspace, wanted, by=None, now=desk.clock.now())


@pytest.fixture
def watcher(desk: Desk, worker: Database) -> Watcher:
    return Watcher(desk.database, worker, clock=desk.clock, published=lambda: None)


def status(said: InteractionReceived, now: ConversationStatus, *, version: int) -> ConversationChanged:
    return ConversationChanged(conversation_id=said.conversation_id, channel_id=said.channel_id, status=now, version=version)


async def matters(desk: Desk, said: InteractionReceived) -> list[ResolutionView]:
    async with desk.database.transaction(desk.workspace) as connection:
        return (await list_resolutions(connection, desk.workspace, [said.conversation_id]))[0]


async def test_r8_the_playbook_s_minutes_are_working_minutes_where_there_is_a_calendar(desk: Desk) -> None:
    await kept(desk, calendars=[MADRID])
    # 60 minutes for this cell; 2 March 2026 is a Monday.
    await desk.hear(Person().says("sales purchase", received_at=madrid(2026, 3, 2, 13, 50)))

    (task,) = await desk.tasks()

    assert task["due_at"] == madrid(2026, 3, 2, 16, 50)
    assert "Due within 60 minutes of working time: by 2026-03-02 16:50 Europe/Madrid, urgency normal." in task["why"]


async def test_r8_the_first_level_that_holds_counts_and_holidays_do_not(desk: Desk) -> None:
    levels = [
        {"name": "Elsewhere", "channel_ids": [str(new_id())], "first_minutes": 1},
        {"name": "Press", "kinds": ["press"], "first_minutes": 2},
        {"name": "Urgent service", "disciplines": ["service"], "urgencies": ["high"], "first_minutes": 240, "next_minutes": 30},
        {"name": "Everybody", "first_minutes": 600},
    ]
    await kept(desk, calendars=[MADRID], levels=levels)
    await desk.hear(Person().says("service post high", received_at=madrid(2026, 3, 2, 18)))
    await desk.hear(Person().says("service post", received_at=madrid(2026, 3, 2, 9)))

    urgent, ordinary = await desk.tasks()

    assert (urgent["level"], urgent["due_at"]) == ("Urgent service", madrid(2026, 3, 4, 12))
    assert (ordinary["level"], ordinary["due_at"]) == ("Everybody", madrid(2026, 3, 4, 11))
    assert "service level Urgent service." in urgent["why"]


async def test_r8_whoever_had_an_answer_waits_for_the_next_one(desk: Desk) -> None:
    await kept(desk, levels=[{"name": "Quick", "first_minutes": 60, "next_minutes": 10}])
    lena = Person()
    first = lena.says("sales purchase")
    await desk.hear(first)
    await desk.hear(answered(first))
    await desk.hear(lena.says("sales purchase", received_at=NOON + timedelta(hours=1)))

    before, after = await desk.tasks()

    assert (before["answer"], before["due_at"]) == ("first", NOON + timedelta(minutes=60))
    assert (after["answer"], after["due_at"]) == ("next", NOON + timedelta(hours=1, minutes=10))


async def test_r8_the_owner_is_warned_then_told_once_of_each_also_after_a_crash(desk: Desk, watcher: Watcher) -> None:
    await kept(desk, levels=[{"name": "Hour", "first_minutes": 60, "warn_percent": 75}])
    await desk.hear(Person().says("sales purchase"), Person().says("service post"))
    done = Person().says("marketing pre")
    await desk.hear(done)
    await desk.hear(answered(done))

    desk.clock.advance(timedelta(minutes=44))
    await watcher.go()
    assert await desk.events("routing.target.warned") == []
    desk.clock.advance(timedelta(minutes=1))
    await watcher.go()
    await watcher.go()
    warned = await desk.events("routing.target.warned")
    assert {(each["discipline"], each["target"], each["level"]) for each in warned} == {
        ("sales", "first", "Hour"),
        ("service", "first", "Hour"),
    }
    # Nobody looked for an hour: what is told names the time that was set, not the time at which it was found.
    desk.clock.advance(timedelta(hours=1))
    await watcher.go()
    await watcher.go()
    missed = await desk.events("routing.target.missed")
    assert len(warned) == len(missed) == 2
    assert {each["due_at"] for each in missed} == {"2026-03-02T13:00:00Z"}
    assert [task["missed_at"] for task in await desk.tasks()] == [NOON + timedelta(hours=1)] * 2 + [None]


async def test_what_was_never_warned_of_is_only_told_as_missed(desk: Desk, watcher: Watcher) -> None:
    await desk.hear(Person().says("sales purchase"))
    desk.clock.advance(timedelta(days=1))
    await watcher.go()

    assert len(await desk.events("routing.target.missed")) == 1
    assert await desk.events("routing.target.warned") == []


async def test_r8_a_matter_stands_still_while_its_thread_waits_and_ends_with_it(desk: Desk, watcher: Watcher) -> None:
    await kept(desk, levels=[{"name": "Day", "resolution_minutes": 600}])
    said = Person().says("service post")
    await desk.hear(said)
    await desk.hear(said)
    (begun,) = await matters(desk, said)
    assert (begun.level, begun.due_at) == ("Day", NOON + timedelta(hours=10))

    desk.clock.advance(timedelta(hours=4))
    await desk.hear(status(said, ConversationStatus.PENDING, version=2))
    desk.clock.advance(timedelta(days=3))
    await watcher.go()
    assert [each for each in await desk.events("routing.target.missed") if each["target"] == "resolution"] == []
    await desk.hear(status(said, ConversationStatus.OPEN, version=3))
    (resumed,) = await matters(desk, said)
    assert (resumed.paused_at, resumed.due_at) == (None, NOON + timedelta(days=3, hours=10))

    desk.clock.advance(timedelta(hours=5))
    await watcher.go()
    await watcher.go()
    warned = [each for each in await desk.events("routing.target.warned") if each["target"] == "resolution"]
    assert [(each["level"], each["due_at"]) for each in warned] == [("Day", "2026-03-05T22:00:00Z")]
    await desk.hear(status(said, ConversationStatus.CLOSED, version=4))
    # What was told before comes late, and changes nothing.
    await desk.hear(status(said, ConversationStatus.OPEN, version=3))
    desk.clock.advance(timedelta(days=3))
    await watcher.go()
    (ended,) = await matters(desk, said)
    assert (ended.ended_at, ended.missed_at) == (NOON + timedelta(days=3, hours=9), None)


async def test_a_second_question_of_the_same_matter_has_the_matter_s_time(desk: Desk) -> None:
    await kept(desk, levels=[{"name": "Day", "resolution_minutes": 600}])
    lena = Person()
    first = lena.says("service post")
    await desk.hear(first)
    await desk.hear(answered(first))
    desk.clock.advance(timedelta(hours=1))
    await desk.hear(lena.says("service post", received_at=NOON + timedelta(hours=1)))

    assert [each.began_at for each in await matters(desk, first)] == [NOON]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"calendars": [{**MADRID, "time_zone": "Mars"}]}, "Calendar default: 'Mars' is no time zone: write one such as Europe/Madrid."),
        ({"calendars": [MADRID, MADRID]}, "Each calendar has a name of its own; default stands twice."),
        (
            {"levels": [{"name": "A", "first_minutes": 5, "calendar": "night"}]},
            "Service level A counts by the calendar night, which is not among none.",
        ),
        ({"levels": [{"name": "A"}]}, "Service level A says nothing: give it first_minutes, next_minutes or resolution_minutes."),
        ({"levels": [{"name": "A", "first_minutes": 5}] * 2}, "Each service level has a name of its own; A stands twice."),
    ],
)
async def test_levels_that_cannot_be_kept_are_refused_with_the_reason(service: Service, desk: Desk, said: Any, told: str) -> None:
    answer = await service.ask("PUT", "/v1/service-levels", {**NOTHING, **said}, token=service.token(desk.workspace))

    assert (answer.status, answer.body["code"], answer.body["detail"]) == (422, "service_levels_refused", told)
    assert (await service.ask("GET", "/v1/service-levels", token=service.token(desk.workspace))).body == NOTHING


async def test_levels_are_replaced_by_whoever_read_the_present_ones(service: Service, desk: Desk) -> None:
    token = service.token(desk.workspace)
    wanted = {**NOTHING, "levels": [{"name": "A", "first_minutes": 5, "kinds": ["press"]}]}
    first = await service.ask("PUT", "/v1/service-levels", wanted, token=token)
    assert (first.status, first.body["version"], first.body["levels"][0]["kinds"]) == (200, 1, ["press"])

    stale = await service.ask("PUT", "/v1/service-levels", NOTHING, token=token)
    assert (stale.status, stale.body["code"], stale.body["version"]) == (409, "version_conflict", 1)
    assert (await service.ask("GET", "/v1/service-levels", token=token)).body == first.body
    again = await service.ask("PUT", "/v1/service-levels", {**NOTHING, "version": 1}, token=token)
    assert (again.status, again.body) == (200, {**NOTHING, "version": 2})
