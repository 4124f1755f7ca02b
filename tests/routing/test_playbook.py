"""The shipped playbook is whole and filled; a workspace edits its own, guarded by versions."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from services.contracts.ids import WorkspaceId
from services.contracts.views import PlaybookCellView
from services.contracts.vocabulary import Discipline, Phase, StakeholderKind
from services.kit.db import Database
from services.kit.ids import new_id
from services.routing.errors import CellNotFoundError, TriggerRefusedError, VersionConflictError
from services.routing.journey.moving import CrmEvent
from services.routing.journey.rings import first_keys
from services.routing.playbook import DISCIPLINES, Cell, playbook_of, replace_cell, shipped_playbook
from services.routing.triggers import EVENTS, STAGES, Elapsed, Entered, Joined, Spoken, read_trigger
from tests.routing.desk import NOON, Desk, Person


def test_every_phase_and_discipline_has_a_filled_cell() -> None:
    playbook = shipped_playbook()

    assert len(DISCIPLINES) == 7
    assert playbook.keys() == set(product(Phase, DISCIPLINES))
    for (phase, discipline), cell in playbook.items():
        assert (cell.phase, cell.discipline, cell.version) == (phase, discipline, 0)
        assert cell.triggers
        assert 10 < len(cell.work) <= 2000
        assert 10 < len(cell.guidance) <= 10_000
        assert 1 <= cell.due_minutes <= 1440


def test_every_shipped_trigger_is_read_and_many_are_no_inbound_message() -> None:
    read = {cell: [read_trigger(each) for each in content.triggers] for cell, content in shipped_playbook().items()}

    beyond = [cell for cell, triggers in read.items() if any(not isinstance(each, Spoken) for each in triggers)]
    assert len(beyond) >= 5
    entered = {each.stage for triggers in read.values() for each in triggers if isinstance(each, Entered)}
    assert entered.isdisjoint({"awareness", "consideration"})


def test_triggers_name_stages_and_events_that_there_are() -> None:
    assert first_keys() == STAGES
    assert set(EVENTS.values()) == set(CrmEvent)
    assert read_trigger("time since: 3 days after delivery") == Elapsed("delivered", timedelta(days=3))
    assert read_trigger("time since: 1 hour after cart") == Elapsed("cart", timedelta(hours=1))
    assert read_trigger("segment joined: press") == Joined(StakeholderKind.PRESS)


@pytest.mark.parametrize(
    "text",
    [
        "delivery",
        "interaction:",
        "moon: full",
        "stage entered: nirvana",
        "segment joined: everybody",
        "time since: soon",
        "time since: 3 days after birth",
        "time since: 9000 days after cart",
    ],
)
async def test_a_trigger_that_could_never_fire_is_refused_and_nothing_written(database: Database, text: str) -> None:
    workspace = WorkspaceId(new_id())

    with pytest.raises(TriggerRefusedError):
        await _replaced(database, workspace, replace(_cell(), triggers=("interaction: fault", text)), version=0)

    async with database.transaction(workspace) as connection:
        assert await playbook_of(connection, workspace) == shipped_playbook()


async def test_a_workspace_s_cell_replaces_the_shipped_one_for_it_alone(database: Database) -> None:
    ours, theirs = WorkspaceId(new_id()), WorkspaceId(new_id())

    written = await _replaced(database, ours, _cell(due_minutes=15), version=0)

    assert written.version == 1
    async with database.transaction(ours) as connection:
        playbook = await playbook_of(connection, ours)
    assert len(playbook) == 28
    assert playbook[Phase.POST, Discipline.SERVICE] == written
    async with database.transaction(theirs) as connection:
        assert await playbook_of(connection, theirs) == shipped_playbook()


async def test_an_edit_of_an_older_version_is_refused_and_changes_nothing(database: Database) -> None:
    workspace = WorkspaceId(new_id())
    await _replaced(database, workspace, _cell(due_minutes=15), version=0)
    second = await _replaced(database, workspace, _cell(due_minutes=20), version=1)

    for stale in (0, 1, 3):
        with pytest.raises(VersionConflictError) as refused:
            await _replaced(database, workspace, _cell(due_minutes=99), version=stale)
        assert refused.value.extensions == {"version": 2}

    async with database.transaction(workspace) as connection:
        assert (await playbook_of(connection, workspace))[Phase.POST, Discipline.SERVICE] == second


async def test_of_two_first_edits_at_once_one_wins(database: Database) -> None:
    workspace = WorkspaceId(new_id())

    done = await asyncio.gather(
        *(_replaced(database, workspace, _cell(due_minutes=minutes), version=0) for minutes in (10, 20)),
        return_exceptions=True,
    )

    assert [type(each) for each in done].count(Cell) == 1
    assert [type(each) for each in done].count(VersionConflictError) == 1


async def test_nobody_s_discipline_has_no_cell(database: Database) -> None:
    with pytest.raises(CellNotFoundError):
        await _replaced(database, WorkspaceId(new_id()), _cell(discipline=Discipline.NONE), version=0)


async def test_tasks_follow_the_workspace_s_own_cell(desk: Desk) -> None:
    await _replaced(desk.database, desk.workspace, _cell(due_minutes=15), version=0)

    await desk.hear(Person().says("service post"))

    (task,) = await desk.tasks()
    assert task["due_at"] == NOON + timedelta(minutes=15)
    assert task["guidance"] == "Call them."
    assert "Ring back." in task["why"]


def _cell(*, discipline: Discipline = Discipline.SERVICE, due_minutes: int = 30) -> PlaybookCellView:
    return PlaybookCellView(
        phase=Phase.POST,
        discipline=discipline,
        triggers=("interaction: fault",),
        work="Ring back.",
        guidance="Call them.",
        due_minutes=due_minutes,
        approval=True,
    )


async def _replaced(database: Database, workspace: WorkspaceId, cell: PlaybookCellView, *, version: int) -> Cell:
    async with database.transaction(workspace) as connection:
        return await replace_cell(connection, workspace, cell, version=version, by=new_id(), now=NOON)
