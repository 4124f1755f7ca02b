"""Hand-offs between disciplines (R7): what goes along, who hears of it, what joins, and what is flagged when nobody acts."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.events import ProfileAssigned
from services.contracts.ids import ContactId, MemberId, TaskId
from services.contracts.vocabulary import Discipline
from services.kit import outbox
from services.kit.ids import new_id
from services.routing.errors import NotHandedOffError, TaskClosedError, VersionConflictError
from services.routing.handing import HandOff, hand_off
from services.routing.statements.reading import TaskFilter, page_of_tasks
from services.routing.watching import Watcher
from tests.routing.desk import NOON, Desk, Person, answered, given
from tests.routing.service import Service

SOL = MemberId(new_id())


async def hand(desk: Desk, task: Any, discipline: Discipline, *, version: int | None = None, note: str = "Wants two.") -> TaskId:
    async with desk.database.transaction(desk.workspace) as connection:
        target, events = await hand_off(
            connection,
            desk.workspace,
            TaskId(task["id"]),
            HandOff(discipline=discipline, note=note),
            version=version,
            by=SOL,
            now=desk.clock.now(),
        )
        await outbox.append(connection, desk.workspace, events, now=desk.clock.now())
    return target


async def neglected(desk: Desk) -> list[Any]:
    async with desk.database.transaction(desk.workspace) as connection:
        rows = await page_of_tasks(connection, desk.workspace, TaskFilter(neglected=True), after=None, limit=10)
    return [row["id"] for row in rows]


async def sweep(desk: Desk) -> None:
    await Watcher(desk.database, desk.database, clock=desk.clock, published=lambda: None).tell(desk.workspace)


async def test_r7_the_work_goes_to_the_other_queue_with_its_matter_its_time_and_a_note(desk: Desk) -> None:
    said = Person().says("service post")
    await desk.hear(said)
    await desk.hear(given(said, SOL, version=2))
    (before,) = await desk.tasks()

    await hand(desk, before, Discipline.SALES)

    (task,) = await desk.tasks()
    assert (task["discipline"], task["state"], task["member_id"]) == ("sales", "new", None)
    assert (task["handed_from"], task["handed_by"], task["due_at"]) == ("service", SOL, before["due_at"])
    (told,) = await desk.events("routing.task.handed_off")
    assert (told["note"], told["former_id"], told["from_discipline"], told["discipline"]) == ("Wants two.", str(SOL), "service", "sales")
    assert (await desk.events("routing.task.assigned"))[-1]["discipline"] == "sales"


async def test_r7_work_joins_the_open_task_that_the_person_has_there(desk: Desk) -> None:
    person = Person()
    first, second = person.says("service post high"), person.says("sales pre")
    await desk.hear(first, second)
    service, sales = sorted(await desk.tasks(), key=lambda each: each["discipline"] == "sales")

    assert await hand(desk, service, Discipline.SALES) == sales["id"]

    done, kept = sorted(await desk.tasks(), key=lambda each: each["id"] == sales["id"])
    assert (done["state"], done["outcome"]) == ("done", "Handed off; it joined the open task of sales.")
    assert (kept["about"], kept["urgency"], kept["completed_at"]) == (sorted([first.interaction_id, second.interaction_id]), "high", None)


async def test_r7_the_same_discipline_an_old_version_and_finished_work_are_refused(desk: Desk) -> None:
    said = Person().says("service post")
    await desk.hear(said)
    (task,) = await desk.tasks()
    for discipline in (Discipline.SERVICE, Discipline.NONE):
        with pytest.raises(NotHandedOffError):
            await hand(desk, task, discipline)
    with pytest.raises(VersionConflictError):
        await hand(desk, task, Discipline.SALES, version=7)
    await desk.hear(answered(said))
    with pytest.raises(TaskClosedError):
        await hand(desk, task, Discipline.SALES)


async def test_r7_a_hand_off_without_contact_is_flagged_once_and_contact_takes_the_flag_away(desk: Desk) -> None:
    said = Person().says("service post")
    await desk.hear(said)
    (task,) = await desk.tasks()
    await hand(desk, task, Discipline.SALES)

    desk.clock.advance(timedelta(days=3, seconds=-1))
    await sweep(desk)
    assert await neglected(desk) == []
    desk.clock.advance(timedelta(seconds=1))
    await sweep(desk)
    await sweep(desk)

    assert await neglected(desk) == [task["id"]]
    (told,) = await desk.events("routing.task.neglected")
    assert (told["handed_by"], told["from_discipline"], told["discipline"]) == (str(SOL), "service", "sales")
    other = Person(profile=said.profile_id, thread=said.conversation_id).says("sales pre")
    await desk.hear(answered(other))
    assert await neglected(desk) == []


async def test_r7_contact_in_time_leaves_nothing_to_flag(desk: Desk) -> None:
    said = Person().says("service post")
    await desk.hear(said)
    (task,) = await desk.tasks()
    await hand(desk, task, Discipline.SALES)
    await desk.hear(answered(Person(profile=said.profile_id, thread=said.conversation_id).says("sales pre")))

    desk.clock.advance(timedelta(days=4))
    await sweep(desk)

    assert await neglected(desk) == []
    assert await desk.events("routing.task.neglected") == []


async def test_r7_what_a_hand_off_did_to_the_thread_s_owner_moves_no_other_task(desk: Desk) -> None:
    person = Person()
    said = person.says("service post")
    await desk.hear(said, person.says("pr post"))
    await desk.hear(given(said, SOL, version=2))

    await desk.hear(given(said, None, version=3, cause="hand_off"))

    assert [task["member_id"] for task in await desk.tasks()] == [SOL, SOL]
    await desk.hear(person.says("sales pre"))
    assert (await desk.tasks())[-1]["member_id"] is None


async def test_r7_over_rest_twice_with_one_key_it_is_handed_off_once(service: Service, desk: Desk) -> None:
    said = Person().says("service post")
    await desk.hear(said)
    (task,) = await desk.tasks()
    token = service.token(desk.workspace)
    body = {"version": task["version"], "discipline": "sales", "note": "Wants two."}

    told = [await service.ask("POST", f"/v1/tasks/{task['id']}/hand-off", body, token=token, key="k1") for _ in range(2)]

    assert told[0] == told[1]
    assert (told[0].status, told[0].body["discipline"], told[0].body["handed_from"]) == (200, "sales", "service")
    assert len(await desk.events("routing.task.handed_off")) == 1
    found = await service.ask("GET", "/v1/tasks?neglected=true", token=token)
    assert (found.status, found.body["items"]) == (200, [])
    refused = await service.ask("POST", f"/v1/tasks/{task['id']}/hand-off", {**body, "note": ""}, token=token)
    assert refused.status == 422
    assert task["due_at"] > NOON


async def test_r7_work_of_no_thread_is_handed_off_too_and_flagged_when_nobody_makes_contact(service: Service, desk: Desk) -> None:
    person, token = Person(), service.token(desk.workspace)
    await desk.hear(ProfileAssigned(profile_id=person.profile, contact_id=ContactId(new_id()), version=1, rule="test"))
    said = {"profile_id": str(person.profile), "discipline": "service", "phase": "post"}
    begun = (await service.ask("PUT", "/v1/tasks/by-reference/jira/ticket/7", said, token=token)).body
    (task,) = await desk.tasks()

    assert str(await hand(desk, task, Discipline.SALES)) == begun["id"]

    (told,) = await desk.events("routing.task.handed_off")
    assert (told["conversation_id"], told["discipline"]) == (None, "sales")
    desk.clock.advance(timedelta(days=3))
    await sweep(desk)
    assert await neglected(desk) == [task["id"]]
    await desk.hear(answered(person.says("pr pre")))
    assert await neglected(desk) == []
