"""Where people are: what moves them, what does not, whose it is, and that merging and splitting leave it as it was."""

from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.events import ProfileAssigned
from services.contracts.ids import ContactId
from services.contracts.vocabulary import Phase
from services.kit.ids import new_id
from services.routing.journey.rings import FIRST, check, first_keys, templates
from services.routing.journey.walking import Mode, Step, walk
from tests.routing.desk import NOON, Desk, Person

RING = templates()[FIRST]


def of(person: Person, contact: ContactId, *, version: int = 1) -> ProfileAssigned:
    return ProfileAssigned(profile_id=person.profile, contact_id=contact, version=version, rule="test")


async def visits(desk: Desk) -> list[tuple[Any, ...]]:
    async with desk.database.transaction(desk.workspace) as connection:
        return [tuple(row) for row in await connection.fetch("SELECT * FROM stage_visit ORDER BY subject_id, line, run, place")]


async def stages(desk: Desk, subject: UUID) -> list[str]:
    async with desk.database.transaction(desk.workspace) as connection:
        rows = await connection.fetch("SELECT stage FROM stage_visit WHERE subject_id = $1 ORDER BY line, run, place", subject)
    return [row["stage"] for row in rows]


def test_the_four_rings_can_be_walked_and_read_as_one_another() -> None:
    assert set(templates()) == {"advocacy", "marketing", "decision", "lifecycle"}
    for ring in templates().values():
        check(ring)
        assert {like for stage in ring.stages for like in stage.like} == set(first_keys())
        for other in templates().values():
            for stage in ring.stages:
                assert other.covering(stage.like[0]).phase is stage.phase


async def test_what_people_write_moves_them_ahead_and_never_back(desk: Desk) -> None:
    ana = Person()

    await desk.hear(ana.says("marketing pre"))
    await desk.hear(ana.says("sales purchase"))
    await desk.hear(ana.says("marketing pre"))

    assert await stages(desk, ana.profile) == ["awareness", "intent"]
    first, second = await desk.events("routing.stage.entered")
    assert (first["from_stage"], first["to_stage"], first["phase"]) == ("", "awareness", "pre")
    assert (second["from_stage"], second["to_stage"], second["cause"], second["confidence"]) == ("awareness", "intent", "interaction", 0.75)
    assert second["reason"]


async def test_a_complaint_pushes_and_throws_nobody_back(desk: Desk) -> None:
    ana = Person()

    await desk.hear(ana.says("service post"))
    await desk.hear(ana.says("service purchase complaint"))

    assert await stages(desk, ana.profile) == ["experience"]
    async with desk.database.transaction(desk.workspace) as connection:
        log = [row["mode"] for row in await connection.fetch("SELECT mode FROM stage_step ORDER BY id")]
    assert log == ["forward", "push"]


async def test_the_same_batch_twice_moves_nobody_twice(desk: Desk) -> None:
    said = Person().says("sales purchase")

    await desk.hear(said)
    before = await visits(desk)
    await desk.hear(said)

    assert await visits(desk) == before
    assert len(await desk.events("routing.stage.entered")) == 1


async def test_history_is_told_as_history(desk: Desk) -> None:
    ana = Person()

    await desk.hear(ana.says("sales purchase", historic=True))

    (entered,) = await desk.events("routing.stage.entered")
    assert entered["historic"]
    assert entered["reason"].startswith("Inferred from history")
    assert entered["confidence"] < 0.75


async def test_a_merge_taken_back_leaves_every_run_as_it_was(desk: Desk) -> None:
    ana, bob = Person(), Person()
    one, two = ContactId(new_id()), ContactId(new_id())
    await desk.hear(of(ana, one), of(bob, two))
    await desk.hear(ana.says("marketing pre"), bob.says("sales purchase"))
    before = await visits(desk)

    await desk.hear(of(bob, one, version=2))
    merged = await stages(desk, one)
    await desk.hear(of(bob, two, version=3))

    assert merged == ["awareness", "intent"]
    assert await visits(desk) == before


async def test_what_a_profile_did_before_it_was_known_whose_it_is_is_its_contacts(desk: Desk) -> None:
    ana, contact = Person(), ContactId(new_id())

    await desk.hear(ana.says("marketing pre"))
    await desk.hear(of(ana, contact))

    assert await stages(desk, contact) == ["awareness"]
    assert await stages(desk, ana.profile) == []


def step(minute: int, mode: Mode, stage: str, *, profile: int = 1, number: int = 0) -> Step:
    return Step(
        id=UUID(int=minute * 1000 + number),
        profile_id=UUID(int=profile),
        line="main",
        mode=mode,
        stage="" if mode is Mode.LEAVE else stage,
        alike="" if mode is Mode.LEAVE else stage,
        cause="crm",
        key=str(minute),
        cause_id=None,
        reason="r",
        confidence=1.0,
        historic=False,
        at=NOON + timedelta(minutes=minute),
    )


STEPS = st.lists(st.builds(step, st.integers(0, 50), st.sampled_from(Mode), st.sampled_from(first_keys()), number=st.integers(0, 999)))


@given(st.data(), STEPS)
def test_runs_do_not_depend_on_the_order_in_which_things_were_heard(data: st.DataObject, steps: list[Step]) -> None:
    steps = list({each.id: each for each in steps}.values())
    assert walk(data.draw(st.permutations(steps)), RING) == walk(steps, RING)


@given(STEPS)
def test_whatever_happens_runs_are_whole(steps: list[Step]) -> None:
    steps = list({each.id: each for each in steps}.values())
    found = walk(steps, RING)

    assert all(visit.left_at is not None for visit in found[:-1])
    for one, following in pairwise(found):
        assert one.left_at is not None
        assert one.left_at <= following.entered_at
        assert (following.run, following.place) in {(one.run, one.place + 1), (one.run + 1, 0)}
        assert following.from_stage == (one.stage if following.place else "")
    caused = {visit.step_id for visit in found}
    pushes = {each.id for each in steps if each.mode in {Mode.PUSH, Mode.STAY}}
    assert all(visit.place == 0 for visit in found if visit.step_id in caused & pushes)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (
            [(1, Mode.PURCHASE, "purchase"), (2, Mode.FORWARD, "experience"), (3, Mode.PURCHASE, "purchase")],
            [(1, "experience"), (2, "purchase")],
        ),
        ([(1, Mode.FORWARD, "experience"), (2, Mode.PURCHASE, "purchase")], [(1, "experience")]),
        ([(1, Mode.FORWARD, "intent"), (2, Mode.LEAVE, ""), (3, Mode.FORWARD, "awareness")], [(1, "intent"), (2, "awareness")]),
        ([(1, Mode.PURCHASE, "purchase"), (2, Mode.SET, "consideration")], [(1, "consideration")]),
        ([(1, Mode.SET, "consideration"), (2, Mode.PUSH, "experience"), (3, Mode.STAY, "intent")], [(1, "consideration")]),
    ],
)  # fmt: skip
def test_runs_begin_end_and_turn_back(steps: list[tuple[int, Mode, str]], expected: list[tuple[int, str]]) -> None:
    last = {visit.run: visit.stage for visit in walk([step(*each) for each in steps], RING)}
    assert list(last.items()) == expected


def test_every_stage_of_the_first_ring_lies_in_a_phase() -> None:
    assert [stage.phase for stage in RING.stages if stage.key == "purchase"] == [Phase.PURCHASE]
