"""Who is given a thread has its open work, and what comes later; whatever order the events come in, and however often."""

from itertools import permutations

from services.contracts.ids import MemberId, WorkspaceId
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
