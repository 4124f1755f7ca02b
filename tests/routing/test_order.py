"""Whatever comes first, twice, or at the same time: the same tasks, once, and none open that was answered."""

import asyncio
from collections.abc import Sequence
from itertools import permutations

from services.contracts.envelope import Event
from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import Ledger
from services.kit.db import Database
from services.kit.ids import new_id
from tests.routing.desk import Desk, Person, answered, settled


async def test_a_settlement_before_its_triage_leaves_the_same_task_as_one_after(database: Database) -> None:
    for ledger in (Ledger.ANSWERED, Ledger.DECLINED, Ledger.EXEMPT):
        said = Person().says("service post")
        end = settled(said, ledger, reason="because", by=None)

        after = await _played(database, [said, end])
        before = await _played(database, [end, said])

        assert before == after
        assert [task[2] for task in after] != ["new"]


async def test_every_order_of_a_day_gives_the_same_tasks(database: Database) -> None:
    person = Person()
    first, second, price = person.says("service post"), person.says("service post"), person.says("sales purchase")
    day: list[Event] = [first, second, price, answered(first, second)]
    expected = {
        ("sales", (price.interaction_id,), "new", ""),
        ("service", (first.interaction_id, second.interaction_id), "answered", "answered"),
    }

    for order in permutations(day):
        # A reply that answers both was written after both had come: no order in which they arrive changes that.
        assert set(await _played(database, order)) == expected, [type(event).__name__ for event in order]


async def test_a_reply_that_overtakes_only_settles_what_it_answers(desk: Desk) -> None:
    person = Person()
    first, second = person.says("service post"), person.says("service post")
    await desk.hear(answered(first))

    await desk.hear(first, second)

    assert [(task["state"], task["about"]) for task in sorted(await desk.tasks(), key=lambda each: each["state"])] == [
        ("answered", [first.interaction_id]),
        ("new", [second.interaction_id]),
    ]
    published = await desk.published()
    assert published.count("routing.task.assigned") == 2
    assert published.count("routing.task.completed") == 1


async def test_a_second_run_changes_nothing_and_publishes_nothing(desk: Desk) -> None:
    person = Person()
    first, second, other = person.says("service post"), person.says("sales purchase"), Person().says("hr")
    batches: list[list[Event]] = [[first, second, other], [answered(first)], [settled(other, Ledger.DECLINED, reason="no")]]
    for batch in batches:
        await desk.hear(*batch)
    once = await desk.everything()

    for batch in [*batches, *reversed(batches), [first], [second, first, second], [other]]:
        await desk.hear(*batch)

    assert await desk.everything() == once


async def test_handlers_at_the_same_time_make_no_duplicates_and_leave_nothing_open(desk: Desk) -> None:
    people = [Person() for _ in range(5)]
    said = [person.says("service post") for person in people for _ in range(6)]
    replies = [answered(*[each for each in said if each.profile_id == person.profile]) for person in people]
    batches: list[Sequence[Event]] = [said[n::4] for n in range(4)] + [said[::-1], said[::2], replies, replies[::-1]]
    batches += [[reply] for reply in replies]

    await asyncio.gather(*(desk.hear(*batch) for batch in batches))

    tasks = await desk.tasks()
    assert {task["state"] for task in tasks} == {"answered"}
    assert sorted(each for task in tasks for each in task["about"]) == sorted(each.interaction_id for each in said)
    assert len(tasks) == len(people)
    published = await desk.published()
    assert published.count("routing.interaction.triaged") == len(said)
    assert published.count("routing.task.completed") == len(people)


async def test_another_workspace_s_settlement_settles_nothing_here(database: Database) -> None:
    here, there = Desk(database, WorkspaceId(new_id())), Desk(database, WorkspaceId(new_id()))
    said = Person().says("service post")
    await here.hear(said)

    await there.hear(answered(said))

    (task,) = await here.tasks()
    assert task["state"] == "new"
    assert await there.tasks() == []


async def _played(database: Database, events: Sequence[Event]) -> list[tuple[str, tuple[object, ...], str, str]]:
    """What a fresh workspace's tasks are after these events, one batch each."""
    desk = Desk(database, WorkspaceId(new_id()))
    for event in events:
        await desk.hear(event)
    return sorted((task["discipline"], tuple(task["about"]), task["state"], task["outcome"]) for task in await desk.tasks())
