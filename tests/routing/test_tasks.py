"""What becomes of interactions: which open work, which join it, when and why it is due, and how it ends."""

from datetime import timedelta

import pytest

from services.contracts.vocabulary import Direction, Discipline, Kind, Ledger
from services.kit.ids import new_id
from services.routing.triage import analyse
from tests.routing.desk import NOON, Desk, Person, answered, deleted, settled

ASSIGNED = "routing.task.assigned"
COMPLETED = "routing.task.completed"
TRIAGED = "routing.interaction.triaged"


async def test_an_interaction_that_calls_for_work_becomes_a_task_with_a_reason(desk: Desk) -> None:
    said = Person().says("sales purchase how much")

    await desk.hear(said)

    (task,) = await desk.tasks()
    assert (task["discipline"], task["phase"], task["state"], task["version"]) == ("sales", "purchase", "new", 1)
    assert task["about"] == [said.interaction_id]
    assert (task["opened_at"], task["due_at"]) == (NOON, NOON + timedelta(minutes=60))
    assert task["guidance"].startswith("Give price, availability")
    assert task["why"] == (
        "The script says so. The words: “sales” (script: who). Playbook, at the purchase, sales: "
        "Make buying easy, and set up appointments. Due within 60 minutes, urgency normal."
    )
    assert await _of_tasks(desk) == [TRIAGED, ASSIGNED]
    assert desk.woken == 1


@pytest.mark.parametrize(("urgency", "minutes"), [("high", 30), ("normal", 120), ("low", 360)])
async def test_urgency_scales_the_cell_s_minutes(desk: Desk, urgency: str, minutes: int) -> None:
    await desk.hear(Person().says(f"service post {urgency}"))

    (task,) = await desk.tasks()
    assert task["due_at"] == NOON + timedelta(minutes=minutes)


async def test_a_deadline_that_the_writer_names_comes_before_the_playbook(desk: Desk) -> None:
    await desk.hear(Person().says("pr deadline"))

    (task,) = await desk.tasks()
    assert task["due_at"] == NOON + timedelta(minutes=5)
    assert "the deadline that the writer names" in task["why"]


@pytest.mark.parametrize("batches", [[3], [1, 1, 1], [1, 2]])
async def test_a_burst_of_one_person_is_one_task(desk: Desk, batches: list[int]) -> None:
    person = Person()
    said = [person.says("service post"), person.says("service post high"), person.says("service post low")]
    waiting = iter(said)

    for size in batches:
        await desk.hear(*(next(waiting) for _ in range(size)))

    (task,) = await desk.tasks()
    assert task["about"] == [each.interaction_id for each in said]
    assert (task["urgency"], task["due_at"], task["version"]) == ("high", NOON + timedelta(minutes=30), len(batches))
    assert "urgency high" in task["why"]
    assert (await desk.published()).count(ASSIGNED) == len(batches)


async def test_what_joins_a_task_is_told_alone_and_all_of_it_where_it_is_due_sooner(desk: Desk) -> None:
    person = Person()
    said = [person.says("service post"), person.says("service post"), person.says("service post high")]
    for each in said:
        await desk.hear(each)

    told = [set(event["interaction_ids"]) for event in await desk.events(ASSIGNED)]

    ids = [str(each.interaction_id) for each in said]
    assert told == [{ids[0]}, {ids[1]}, set(ids)]


async def test_two_matters_two_people_and_two_threads_are_tasks_of_their_own(desk: Desk) -> None:
    lena = Person()
    tom = lena.also_in(lena)
    elsewhere = Person(profile=lena.profile)

    await desk.hear(lena.says("service post"), lena.says("sales purchase"), tom.says("service post"), elsewhere.says("service post"))

    tasks = await desk.tasks()
    assert len(tasks) == 4
    assert all(len(task["about"]) == 1 for task in tasks)


async def test_what_calls_for_no_work_is_triaged_and_opens_none(desk: Desk) -> None:
    person = Person()

    await desk.hear(
        person.says("none exempt:spam"),
        person.says("none undeserving"),
        person.says("service post", historic=True),
        person.says("service post", direction=Direction.OUTBOUND),
        person.says(None, kind=Kind.REACTION),
    )

    assert await desk.tasks() == []
    assert await _of_tasks(desk) == [TRIAGED] * 3
    rows = await _triaged(desk)
    assert rows == {"spam": 1, None: 2, "outbound": 1, "reaction": 1}


async def test_work_for_which_no_discipline_was_found_is_customer_service_s(desk: Desk) -> None:
    await desk.hear(Person().says("hello"))

    (task,) = await desk.tasks()
    assert task["discipline"] == Discipline.SERVICE
    assert "No discipline was recognised." in task["why"]


async def test_a_message_on_which_triage_fails_stays_owed_and_holds_up_no_other(desk: Desk) -> None:
    broken, sound = Person().says("boom"), Person().says("sales purchase")

    await desk.hear(broken, sound)

    by_discipline = {task["discipline"]: task for task in await desk.tasks()}
    assert by_discipline.keys() == {"service", "sales"}
    assert by_discipline["service"]["about"] == [broken.interaction_id]
    assert "The automatic triage failed" in by_discipline["service"]["why"]
    async with desk.database.transaction(desk.workspace) as connection:
        confidence = await connection.fetchval("SELECT confidence FROM triage_result WHERE interaction_id = $1", broken.interaction_id)
    assert confidence == pytest.approx(0.1)


async def test_with_the_real_triage_the_reason_quotes_the_writer(desk: Desk) -> None:
    real = Desk(desk.database, desk.workspace, analyse=analyse)
    ordered, asked, ignored = (Person() for _ in range(3))

    await real.hear(
        ordered.says("my parcel has still not arrived, where is it?"),
        asked.says("What does the large one cost?"),
        ignored.says("🙂", kind=Kind.COMMENT, public=True),
    )

    tasks = {task["profile_id"]: task for task in await real.tasks()}
    assert tasks.keys() == {ordered.profile, asked.profile}
    assert (tasks[ordered.profile]["discipline"], tasks[ordered.profile]["phase"]) == ("service", "post")
    assert "not arrived" in tasks[ordered.profile]["why"]
    assert tasks[asked.profile]["discipline"] == "sales"


async def test_a_reply_completes_the_task_once_it_answers_everything(desk: Desk) -> None:
    person, member = Person(), new_id()
    first, second = person.says("service post"), person.says("service post")
    await desk.hear(first, second)

    await desk.hear(answered(first))
    (task,) = await desk.tasks()
    assert (task["state"], task["completed_at"]) == ("new", None)

    await desk.hear(answered(second, by=member))
    (task,) = await desk.tasks()
    assert (task["state"], task["outcome"], task["completed_at"], task["version"]) == ("answered", "answered", NOON, 2)
    assert await _of_tasks(desk) == [TRIAGED, TRIAGED, ASSIGNED, COMPLETED]


async def test_a_message_after_the_answer_is_new_work(desk: Desk) -> None:
    person = Person()
    first, second = person.says("service post"), person.says("service post")
    await desk.hear(first)
    await desk.hear(answered(first))

    await desk.hear(second)

    assert [(task["state"], task["about"]) for task in await desk.tasks()] == [
        ("answered", [first.interaction_id]),
        ("new", [second.interaction_id]),
    ]


async def test_declined_and_deleted_end_a_task_with_their_reason(desk: Desk) -> None:
    declined, taken_back = Person().says("sales pre"), Person().says("sales pre")
    await desk.hear(declined, taken_back)

    await desk.hear(settled(declined, Ledger.DECLINED, reason="not ours"), deleted(taken_back))

    ends = {task["about"][0]: (task["state"], task["outcome"]) for task in await desk.tasks()}
    assert ends == {
        declined.interaction_id: ("declined", "not ours"),
        taken_back.interaction_id: ("done", "deleted by its author"),
    }


async def _triaged(desk: Desk) -> dict[str | None, int]:
    async with desk.database.transaction(desk.workspace) as connection:
        rows = await connection.fetch("SELECT exempt_reason, count(*)::int AS n FROM triage_result GROUP BY 1")
    return {row["exempt_reason"]: row["n"] for row in rows}


async def _of_tasks(desk: Desk) -> list[str]:
    """The types of what was published of triage and of tasks, in order: journeys publish beside them."""
    return [type_ for type_ in await desk.published() if type_ == TRIAGED or type_.startswith("routing.task.")]
