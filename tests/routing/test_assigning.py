"""Assignment by fit (R6): who gets what waits, in which order, never beyond capacity, from the silent to others; and why."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as cases
from hypothesis import strategies as st

from services.contracts.events import MemberChanged, ProfileAssigned
from services.contracts.ids import ChannelId, ContactId, MemberId
from services.contracts.views.assigning import AssignmentSettingsView, AssignmentView, WeightView
from services.contracts.vocabulary import Discipline, Role
from services.kit import outbox
from services.kit.db import Database
from services.kit.ids import new_id
from services.routing.assigning import agents, giving
from services.routing.assigning.fit import Agent, Waiting, choose
from services.routing.watching import Watcher
from tests.routing.desk import NOON, Desk, Person, answered
from tests.routing.service import Service

SERVICE = frozenset({Discipline.SERVICE})


async def member(desk: Desk, name: str, *disciplines: str, languages: tuple[str, ...] = (), **parts: Any) -> MemberId:
    settings = {key: parts.pop(key) for key in ("skills", "capacity", "available") if key in parts}
    changed = MemberChanged(
        member_id=MemberId(new_id()),
        name=name,
        role=Role.AGENT,
        disciplines=tuple(Discipline(each) for each in disciplines),
        languages=languages,
        version=1,
        **parts,
    )
    await desk.hear(changed)
    if settings:
        async with desk.database.transaction(desk.workspace) as connection:
            wanted = {"skills": None, "capacity": None, "available": None, **settings}
            await agents.change_agent(
                connection, desk.workspace, changed.member_id, keep_capacity="capacity" not in settings, version=0, now=NOON, **wanted
            )
    return changed.member_id


async def pushing(desk: Desk, **settings: Any) -> None:
    async with desk.database.transaction(desk.workspace) as connection:
        wanted = AssignmentSettingsView(pushes=True, **settings)
        await agents.replace_settings(connection, desk.workspace, wanted, by=None, now=NOON)


async def give(desk: Desk) -> int:
    now = desk.clock.now()
    async with desk.database.transaction(desk.workspace) as connection:
        events = await giving.give_tasks(connection, desk.workspace, now=now)
        await outbox.append(connection, desk.workspace, events, now=now)
    return len(events)


async def why(desk: Desk, task: Any) -> list[AssignmentView]:
    async with desk.database.transaction(desk.workspace) as connection:
        return (await giving.list_assignments(connection, desk.workspace, [task["id"]]))[0]


async def owners(desk: Desk) -> list[MemberId | None]:
    return [task["member_id"] for task in await desk.tasks()]


async def test_r6_the_best_suited_gets_it_and_the_sentence_says_why(desk: Desk) -> None:
    await pushing(desk)
    await member(desk, "Pia", "pr")
    await member(desk, "Max", "service", languages=("es",))
    sol = await member(desk, "Sol", "service", languages=("es", "en"), skills=("price",))
    await desk.hear(Person().says("service post"))

    assert await give(desk) == 1

    (task,) = await desk.tasks()
    assert (task["member_id"], task["state"], task["version"]) == (sol, "assigned", 2)
    (log,) = await why(desk, task)
    assert log.why == (
        "Sol suits best with 9 points: speaks en (+4), skilled in price (+2), 0 of 10 taken (+2), had no task yet (+1)."
        " The next best has -1."
    )
    assert [(each.points, len(each.reasons)) for each in log.scores] == [(9.0, 4), (-1.0, 3)]
    (_, told) = await desk.events("routing.task.assigned")
    assert (told["member_id"], told["by"]) == (str(sol), None)
    assert await give(desk) == 0


async def test_r6_whoever_answered_the_person_before_on_any_account_comes_first(desk: Desk) -> None:
    await pushing(desk)
    first, second = await member(desk, "Ana", "service"), await member(desk, "Bo", "service")
    there, here, contact = Person(), Person(), ContactId(new_id())
    said = there.says("service post")
    await desk.hear(said)
    await give(desk)
    (earlier,) = await owners(desk)
    await desk.hear(answered(said, by=earlier))
    await desk.hear(*(ProfileAssigned(profile_id=each.profile, contact_id=contact, version=1, rule="r") for each in (there, here)))
    await desk.hear(here.says("service post"))

    await give(desk)

    assert earlier in {first, second}
    assert await owners(desk) == [earlier, earlier]


async def test_r6_urgent_comes_first_and_nobody_has_more_than_fits(desk: Desk) -> None:
    await pushing(desk, capacity=2)
    ana = await member(desk, "Ana", "service")
    for text in ("service post low", "service post", "service post high", "service post"):
        await desk.hear(Person().says(text))
        desk.clock.advance(timedelta(seconds=1))

    assert await give(desk) == 2
    assert await owners(desk) == [None, ana, ana, None]
    assert await give(desk) == 0


async def test_r6_channels_weigh_what_the_workspace_says(desk: Desk) -> None:
    said = Person().says("service post")
    await pushing(desk, capacity=2, weights=(WeightView(channel_id=ChannelId(said.channel_id), weight=1.5),))
    ana = await member(desk, "Ana", "service")
    await desk.hear(said)
    await desk.hear(Person().says("service post"))

    await give(desk)

    assert (await owners(desk)).count(ana) == 1
    async with desk.database.transaction(desk.workspace) as connection:
        (shown,) = await agents.list_agents(connection, desk.workspace, now=NOON)
    assert (shown.load, shown.open_tasks) == (1.5, 1)


async def test_r6_who_is_away_has_left_or_takes_nothing_gets_nothing(desk: Desk) -> None:
    await pushing(desk)
    await member(desk, "Away", "service", absent_from=NOON - timedelta(hours=1))
    await member(desk, "Gone", "service", active=False)
    await member(desk, "Resting", "service", available=False)
    await desk.hear(Person().says("service post"))

    assert await give(desk) == 0
    assert await owners(desk) == [None]


async def test_r6_turns_go_round(desk: Desk) -> None:
    await pushing(desk)
    several = {await member(desk, name, "service") for name in ("a", "b", "c")}
    for _ in range(9):
        await desk.hear(Person().says("service post"))
        await give(desk)
        desk.clock.advance(timedelta(minutes=1))

    had = await owners(desk)
    assert {each: had.count(each) for each in several} == dict.fromkeys(several, 3)


async def test_r6_a_task_goes_on_from_the_silent_and_never_back(desk: Desk, worker: Database) -> None:
    await pushing(desk)
    two = {await member(desk, "Ana", "service"), await member(desk, "Bo", "service")}
    watcher = Watcher(desk.database, worker, clock=desk.clock, published=lambda: None)
    await desk.hear(Person().says("service post"))
    await give(desk)
    (silent,) = await owners(desk)

    desk.clock.advance(timedelta(days=1))
    await watcher.go()
    assert await owners(desk) == [None]
    await give(desk)

    (other,) = await owners(desk)
    assert {silent, other} == two
    (task,) = await desk.tasks()
    assert [(each.cause, each.member_id, each.former_id) for each in await why(desk, task)] == [
        ("pushed", silent, None),
        ("silent", None, silent),
        ("pushed", other, None),
    ]


async def test_who_has_begun_is_not_silent(desk: Desk, worker: Database) -> None:
    await pushing(desk)
    ana = await member(desk, "Ana", "service")
    await desk.hear(Person().says("service post"))
    await give(desk)
    async with desk.database.transaction(desk.workspace) as connection:
        await connection.execute("UPDATE task SET state = 'in_progress'")

    desk.clock.advance(timedelta(days=1))
    await Watcher(desk.database, worker, clock=desk.clock, published=lambda: None).go()

    assert await owners(desk) == [ana]


async def test_two_who_give_at_once_fill_no_capacity_twice(desk: Desk) -> None:
    await pushing(desk, capacity=5)
    await member(desk, "Ana", "service")
    await desk.hear(*(Person().says("service post") for _ in range(20)))

    given = await asyncio.gather(*(give(desk) for _ in range(4)))

    assert sorted(given) == [0, 0, 0, 5]


async def test_r6_a_member_takes_the_next_one_where_nothing_is_pushed(service: Service, desk: Desk) -> None:
    sol = await member(desk, "Sol", "service", "sales")
    token = service.token(desk.workspace, sub=str(sol))
    async with desk.database.transaction(desk.workspace) as connection:
        await connection.execute("INSERT INTO projection VALUES ($1, 'members', now())", desk.workspace)
    await desk.hear(Person().says("marketing pre"), Person().says("service post"), Person().says("sales purchase high"))

    taken = [await service.ask("POST", "/v1/tasks/next", token=token) for _ in range(3)]

    assert [each.status for each in taken] == [200, 200, 204]
    assert [(each.body["discipline"], each.body["member_id"]) for each in taken[:2]] == [("sales", str(sol)), ("service", str(sol))]
    log = await service.ask("GET", f"/v1/tasks/{taken[0].body['id']}/assignments", token=token)
    assert [(each["cause"], each["member_id"]) for each in log.body] == [("taken", str(sol))]
    shown = await service.ask("GET", "/v1/agents", token=token)
    assert [(each["name"], each["open_tasks"], each["available"]) for each in shown.body] == [("Sol", 2, True)]


async def test_members_say_of_themselves_whether_they_take_work(service: Service, desk: Desk) -> None:
    sol, max_ = await member(desk, "Sol", "service"), await member(desk, "Max", "service")
    async with desk.database.transaction(desk.workspace) as connection:
        await connection.execute("INSERT INTO projection VALUES ($1, 'members', now())", desk.workspace)
    token = service.token(desk.workspace, sub=str(sol), role="agent")
    wanted = {"available": False, "version": 0}

    own = await service.ask("PUT", f"/v1/agents/{sol}/availability", wanted, token=token)
    stale = await service.ask("PUT", f"/v1/agents/{sol}/availability", wanted, token=token)
    other = await service.ask("PUT", f"/v1/agents/{max_}/availability", wanted, token=token)
    nobody = await service.ask("PUT", f"/v1/agents/{new_id()}", {"skills": [], "version": 0}, token=service.token(desk.workspace))

    assert (own.status, own.body["available"], own.body["version"]) == (200, False, 1)
    assert (stale.status, stale.body["code"]) == (409, "version_conflict")
    assert (other.status, other.body["code"]) == (403, "not_yourself")
    assert (nobody.status, nobody.body["code"]) == (404, "member_not_found")


async def test_settings_are_replaced_by_whoever_read_the_present_ones(service: Service, desk: Desk) -> None:
    token = service.token(desk.workspace)
    shipped = await service.ask("GET", "/v1/assignment-settings", token=token)
    assert shipped.body == {"pushes": False, "capacity": 10.0, "weights": [], "version": 0, "hand_off_days": 3}

    wanted = {"pushes": True, "capacity": 4, "weights": [{"channel_id": str(new_id()), "weight": 0.5}], "version": 0, "hand_off_days": 5}
    first = await service.ask("PUT", "/v1/assignment-settings", wanted, token=token)
    again = await service.ask("PUT", "/v1/assignment-settings", wanted, token=token)

    assert (first.status, first.body) == (200, {**wanted, "version": 1})
    assert (again.status, again.body["version"]) == (409, 1)


AGENTS = st.lists(
    st.builds(
        Agent,
        id=st.uuids().map(MemberId),
        name=st.just("n"),
        disciplines=st.sampled_from((SERVICE, frozenset())),
        languages=st.frozensets(st.sampled_from(("en", "es"))),
        skills=st.frozensets(st.sampled_from(("price", "refund"))),
        capacity=st.floats(0, 5),
        load=st.floats(0, 5),
        assigned_at=st.none() | st.timedeltas(timedelta(0), timedelta(days=2)).map(lambda ago: NOON - ago),
    ),
    max_size=8,
)


@cases(several=AGENTS, weight=st.floats(0.1, 3), language=st.sampled_from(("en", "es", "und", "")), data=st.data())
def test_the_chosen_one_can_take_it_and_is_the_same_in_any_order(several: list[Agent], weight: float, language: str, data: Any) -> None:
    silent = frozenset(data.draw(st.sets(st.sampled_from([each.id for each in several]))) if several else ())
    task = Waiting(id=new_id(), discipline=Discipline.SERVICE, language=language, asks=frozenset({"price"}), weight=weight, silent=silent)

    chosen = choose(task, several, now=NOON)

    able = [each for each in several if each.disciplines and each.load + weight <= each.capacity and each.id not in silent]
    assert (chosen is None) == (not able)
    if chosen is not None:
        assert chosen.agent in able
        assert chosen.scores[0].points == max(each.points for each in chosen.scores)
        assert len(chosen.scores) == min(5, len(able))
        again = choose(task, data.draw(st.permutations(several)), now=NOON)
        assert again is not None
        assert again.agent is chosen.agent


@pytest.mark.parametrize("language", ["und", ""])
def test_an_unknown_language_speaks_for_nobody(language: str) -> None:
    speaker = Agent(id=MemberId(new_id()), name="n", disciplines=SERVICE, languages=frozenset({"es"}), skills=frozenset(), capacity=1)

    chosen = choose(Waiting(id=new_id(), discipline=Discipline.SERVICE, language=language), [speaker], now=NOON)

    assert chosen is not None
    assert chosen.scores[0].reasons == ("0 of 1 taken (+2)", "had no task yet (+1)")
