"""What is owed again, after a decline, a block or spam was taken back, gets a task that says why; whatever comes first or twice."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations

import pytest

from services.contracts.envelope import Event
from services.contracts.events import InteractionReceived
from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import Ledger
from services.kit.db import Database
from services.kit.ids import new_id
from services.routing.statements import reading
from tests.routing.desk import NOON, Desk, Person, answered, deleted, reopened, settled

ASSIGNED = "routing.task.assigned"
TRIAGED = "routing.interaction.triaged"


def a_desk(database: Database, day: Sequence[Event]) -> Desk:
    return Desk(database, WorkspaceId(new_id()), day=day)


async def open_tasks(desk: Desk) -> list[tuple[object, ...]]:
    return [(task["discipline"], *task["about"]) for task in await desk.tasks() if task["completed_at"] is None]


async def test_a_decline_that_is_taken_back_gets_a_new_task_that_says_why(database: Database) -> None:
    said = Person().says("sales purchase how much")
    declined, again = settled(said, Ledger.DECLINED, reason="spam"), reopened(said)
    desk = a_desk(database, [said, declined, again])
    await desk.hear(said)
    await desk.hear(declined)

    await desk.hear(again)

    old, new = await desk.tasks()
    assert (old["state"], old["outcome"], new["state"], new["completed_at"]) == ("declined", "spam", "new", None)
    assert old["about"] == new["about"] == [said.interaction_id]
    assert new["due_at"] == NOON + timedelta(minutes=2 + 60)
    assert new["why"] == (
        "Owed again: the decline was taken back. The script says so. Playbook, at the purchase, sales: "
        "Make buying easy, and set up appointments. Due within 60 minutes, urgency normal."
    )
    (_, told) = await desk.events(ASSIGNED)
    assert (told["task_id"], told["interaction_ids"]) == (str(new["id"]), [str(said.interaction_id)])
    async with desk.database.transaction(desk.workspace) as connection:
        (found,) = await reading.tasks_by_interaction(connection, desk.workspace, [said.interaction_id])
    assert found["id"] == new["id"]


async def test_what_is_owed_again_joins_the_open_task_of_its_matter(database: Database) -> None:
    person = Person()
    first, second = person.says("service post"), person.says("service post")
    declined, again = settled(first, Ledger.DECLINED, reason="no"), reopened(first)
    desk = a_desk(database, [first, declined, second, again])
    for event in desk.day:
        await desk.hear(event)

    assert await open_tasks(desk) == [("service", first.interaction_id, second.interaction_id)]


async def test_what_came_while_its_writer_was_blocked_gets_its_first_task_when_that_is_taken_back(database: Database) -> None:
    said = Person().says("service post", ledger=Ledger.EXEMPT)
    again = reopened(said, reason="the person is blocked no more")
    for order in permutations([said, again]):
        desk = a_desk(database, [said, again])
        for event in order:
            await desk.hear(event)

        assert await open_tasks(desk) == [("service", said.interaction_id)]


async def test_what_triage_found_to_need_no_answer_is_triaged_again_and_gets_no_task(database: Database) -> None:
    said = Person().says("none exempt:emoji", ledger=Ledger.EXEMPT)
    again = reopened(said)
    desk = a_desk(database, [said, again])
    for event in (said, again, again):
        await desk.hear(event)

    assert await desk.tasks() == []
    first, second = await desk.events(TRIAGED)
    assert first == second


@pytest.mark.parametrize("ending", ["", "declined", "answered", "deleted"])
async def test_in_every_order_what_is_owed_at_the_end_is_in_one_open_task_and_nothing_else_is(database: Database, ending: str) -> None:
    said = Person().says("service post")
    day: list[Event] = [said, settled(said, Ledger.DECLINED, reason="no"), reopened(said)]
    ends = {"declined": settled(said, Ledger.DECLINED, reason="still no"), "answered": answered(said), "deleted": deleted(said)}
    day += [ends[ending]] if ending else []

    for order in permutations(day):
        desk = a_desk(database, day)
        for event in order:
            await desk.hear(event)

        expected = [] if ending else [("service", said.interaction_id)]
        assert await open_tasks(desk) == expected, [type(event).__name__ for event in order]


async def test_a_second_run_changes_nothing_and_publishes_nothing(database: Database) -> None:
    said = Person().says("service post")
    day: list[Event] = [said, settled(said, Ledger.DECLINED, reason="no"), reopened(said)]
    desk = a_desk(database, day)
    for event in day:
        await desk.hear(event)
    once = await desk.everything()

    for event in (*day, *reversed(day)):
        await desk.hear(event)
    await desk.hear(*(event for event in day if not isinstance(event, InteractionReceived)))

    assert await desk.everything() == once
