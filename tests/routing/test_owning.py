"""Who is given a thread has its open work, and what comes later; whatever order the events come in, and however often."""

from datetime import timedelta
from itertools import permutations
from typing import Any

from services.contracts.events import MemberChanged
from services.contracts.ids import MemberId, WorkspaceId
from services.contracts.vocabulary import Role
from services.kit.db import Database
from services.kit.ids import new_id
from tests.routing.desk import Desk, Person, given

ASSIGNED = "routing.task.assigned"
SOL, PIA, MAX = (MemberId(new_id()) for _ in range(3))


async def held(desk: Desk) -> set[tuple[str, str, MemberId | None]]:
    return {(task["discipline"], task["state"], task["member_id"]) for task in await desk.tasks()}


async def test_the_open_tasks_of_a_thread_follow_it_and_new_ones_are_its_owners(database: Database) -> None:
    person = Person()
    said, priced = person.says("service post"), person.says("sales purchase")
    desk = Desk(database, WorkspaceId(new_id()))
    await desk.hear(said)
    await desk.hear(given(said, SOL, version=2, by=MAX))
    assert await held(desk) == {("service", "assigned", SOL)}
    (_, told) = await desk.events(ASSIGNED)
    assert (told["member_id"], told["by"], told["version"]) == (str(SOL), str(MAX), 2)

    await desk.hear(priced)
    assert await held(desk) == {("service", "assigned", SOL), ("sales", "assigned", SOL)}

    await desk.hear(given(said, PIA, version=3))
    assert await held(desk) == {("service", "assigned", PIA), ("sales", "assigned", PIA)}
    await desk.hear(given(said, None, version=4))
    assert await held(desk) == {("service", "new", None), ("sales", "new", None)}


async def test_in_every_order_and_twice_the_last_owner_has_the_work(database: Database) -> None:
    said = Person().says("service post")
    events = [said, given(said, SOL, version=2), given(said, PIA, version=3)]
    for order in permutations(events):
        desk = Desk(database, WorkspaceId(new_id()))
        for event in order:
            await desk.hear(event)
        once = await desk.everything()
        for event in order:
            await desk.hear(event)

        assert await held(desk) == {("service", "assigned", PIA)}
        assert await desk.everything() == once


async def test_a_task_that_a_colleague_took_stays_theirs(database: Database) -> None:
    said = Person().says("service post")
    desk = Desk(database, WorkspaceId(new_id()))
    await desk.hear(said)
    async with database.transaction(desk.workspace) as connection:
        await connection.execute("UPDATE task SET member_id = $1, state = 'in_progress'", MAX)

    await desk.hear(given(said, SOL, version=2))

    assert await held(desk) == {("service", "in_progress", MAX)}


def told(member: MemberId, *, version: int, **parts: Any) -> MemberChanged:
    return MemberChanged(member_id=member, name="n", role=Role.AGENT, version=version, **parts)


async def test_g5_the_open_work_of_whoever_leaves_is_the_successors(desk: Desk) -> None:
    """Wherever it is: also in a thread that is somebody else's. What is done stays whose it was; again changes nothing."""
    said, priced = Person().says("service post"), Person().says("sales purchase")
    await desk.hear(said, priced)
    await desk.hear(given(said, SOL, version=2))
    async with desk.database.transaction(desk.workspace) as connection:
        await connection.execute("UPDATE task SET member_id = $1, state = 'in_progress' WHERE discipline = 'sales'", SOL)
    leaving = told(SOL, version=2, active=False, successor_id=PIA)

    await desk.hear(told(PIA, version=1), leaving)
    assert await held(desk) == {("service", "assigned", PIA), ("sales", "assigned", PIA)}
    once = await desk.everything()
    await desk.hear(leaving)
    assert await desk.everything() == once
    assert [each["member_id"] for each in await desk.events(ASSIGNED)][-2:] == [str(PIA)] * 2


async def test_without_a_successor_the_work_goes_back_to_the_queue(desk: Desk) -> None:
    said = Person().says("service post")
    await desk.hear(said)
    await desk.hear(given(said, SOL, version=2))
    await desk.hear(told(SOL, version=2, active=False))
    assert await held(desk) == {("service", "new", None)}


async def test_new_work_in_a_thread_whose_owner_is_away_is_the_deputys(desk: Desk) -> None:
    person = Person()
    said, priced = person.says("service post"), person.says("sales purchase")
    await desk.hear(said)
    await desk.hear(given(said, SOL, version=2))
    away = told(SOL, version=2, deputy_id=PIA, absent_from=desk.clock.now(), absent_until=desk.clock.now() + timedelta(days=1))
    await desk.hear(told(PIA, version=1), away)

    await desk.hear(priced)

    assert await held(desk) == {("service", "assigned", SOL), ("sales", "assigned", PIA)}
    assert (await desk.events(ASSIGNED))[-1]["member_id"] == str(PIA)
