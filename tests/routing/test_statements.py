"""Every statement of routing finds its index on large tables, as the role under row-level security; each batch route is one statement."""

import inspect
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any, cast

import asyncpg
import pytest

from migrations.apply import drift
from services.contracts.ids import MemberId, TaskId, WorkspaceId
from services.contracts.views import PlaybookCellView
from services.contracts.vocabulary import Discipline, Phase, TaskState
from services.kit.db import Connection, Database
from services.kit.ids import new_id
from services.routing import lists
from services.routing.levels.resolutions import list_resolutions
from services.routing.statements import assigning, handing, levels, owners, playbook, reading, tasks, triage
from services.routing.statements.reading import TaskFilter
from services.routing.verdicts import judge, result_row
from tests.routing.desk import NOON, Person, scripted

WORKSPACE = WorkspaceId(new_id())
LARGE = ("resolution", "triage_result", "task", "task_interaction", "settled")
ROWS = 20_000
IDS = [new_id() for _ in range(50)]
CELL = PlaybookCellView(phase=Phase.PRE, discipline=Discipline.HR, triggers=(), work="w", guidance="g", due_minutes=1, approval=False)
TASK_ROW = (*(new_id() for _ in range(3)), "hr", "pre", "low", "new", "w", "g", False, False, NOON, NOON, None, "", None, NOON, "", "first")
RESULT_ROW = result_row(judge([Person().says("hr")], analyse=scripted)[0], now=NOON)
FILTERS = [
    TaskFilter(discipline=discipline, state=state, member_id=member)
    for discipline in (None, Discipline.HR)
    for state in (None, TaskState.NEW)
    for member in (None, MemberId(IDS[0]))
] + [TaskFilter(neglected=True)]
Ask = Callable[[Connection], Awaitable[object]]
ASKED: dict[str, list[Ask]] = {
    "own_cells": [lambda c: playbook.own_cells(c, WORKSPACE)],
    "replaced_cell": [
        lambda c: playbook.replaced_cell(c, WORKSPACE, CELL, version=0, by=None, now=NOON),
        lambda c: playbook.replaced_cell(c, WORKSPACE, CELL, version=1, by=None, now=NOON),
    ],
    "inserted_results": [lambda c: triage.inserted_results(c, WORKSPACE, [RESULT_ROW])],
    "replaced_results": [lambda c: triage.replaced_results(c, WORKSPACE, [RESULT_ROW])],
    "results_without_work": [lambda c: triage.results_without_work(c, WORKSPACE, IDS)],
    "recent_results": [lambda c: triage.recent_results(c, WORKSPACE, since=NOON, limit=100)],
    "results_by_interaction": [lambda c: triage.results_by_interaction(c, WORKSPACE, IDS)],
    "lock_conversations": [lambda c: tasks.lock_conversations(c, WORKSPACE, cast("Any", IDS))],
    "joinable_tasks": [lambda c: tasks.joinable_tasks(c, WORKSPACE, cast("Any", IDS), replies=cast("Any", IDS))],
    "adopted_tasks": [lambda c: tasks.adopted_tasks(c, WORKSPACE, [(IDS[0], IDS[1], "sales")])],
    "insert_tasks": [lambda c: tasks.insert_tasks(c, WORKSPACE, [TASK_ROW])],
    "raise_tasks": [lambda c: tasks.raise_tasks(c, WORKSPACE, [(each, "low", NOON, "w", NOON, "") for each in IDS])],
    "link_interactions": [lambda c: tasks.link_interactions(c, WORKSPACE, cast("Any", [(IDS[0], IDS[1])]))],
    "interactions_of_tasks": [lambda c: tasks.interactions_of_tasks(c, WORKSPACE, cast("Any", IDS))],
    "kept_settlements": [lambda c: tasks.kept_settlements(c, WORKSPACE, [(IDS[0], "answered", "", None, None, NOON, 1)])],
    "settlements_of": [lambda c: tasks.settlements_of(c, WORKSPACE, cast("Any", IDS))],
    "standing_of_tasks": [lambda c: tasks.standing_of_tasks(c, WORKSPACE, cast("Any", IDS))],
    "completed_tasks": [lambda c: tasks.completed_tasks(c, WORKSPACE, [(each, "done", "", None, NOON) for each in IDS])],
    "changed_task": [
        lambda c: tasks.changed_task(c, WORKSPACE, cast("Any", IDS[0]), version=1, state="done", member=None, outcome="", completed_at=NOON)
    ],
    "kept_owners": [lambda c: owners.kept_owners(c, WORKSPACE, [(IDS[0], IDS[1], 2)])],
    "handed_tasks": [lambda c: owners.handed_tasks(c, WORKSPACE, [(IDS[0], IDS[1], None), (IDS[1], None, IDS[0])])],
    "threads_held": [lambda c: owners.threads_held(c, WORKSPACE, IDS[0], limit=200)],
    "passed_tasks": [lambda c: owners.passed_tasks(c, WORKSPACE, IDS, former=IDS[0], member=IDS[1])],
    "given_tasks": [lambda c: tasks.given_tasks(c, WORKSPACE, [(each, None) for each in IDS])],
    "emptied_tasks": [lambda c: tasks.emptied_tasks(c, WORKSPACE, IDS, erasure=IDS[0], now=NOON)],
    "settings_of": [lambda c: assigning.settings_of(c, WORKSPACE)],
    "replaced_settings": [
        lambda c, version=version: assigning.replaced_settings(  # type: ignore[misc] # defaults bind the loop's values
            c, WORKSPACE, pushes=True, capacity=5, weights="[]", hand_off_days=3, version=version, by=None, now=NOON
        )
        for version in (0, 1)
    ],
    "open_like": [lambda c: handing.open_like(c, WORKSPACE, TaskId(IDS[0]), discipline="hr")],
    "joined_task": [lambda c: handing.joined_task(c, WORKSPACE, TaskId(IDS[0]), other=TaskId(IDS[1]))],
    "handed_task": [
        lambda c: handing.handed_task(
            c, WORKSPACE, TaskId(IDS[0]), from_discipline="pr", discipline="hr", member=None, by=None, now=NOON, contact_by=NOON
        )
    ],
    "contacted_tasks": [lambda c: handing.contacted_tasks(c, WORKSPACE, IDS, people=IDS, at=NOON)],
    "neglected_tasks": [lambda c: handing.neglected_tasks(c, WORKSPACE, now=NOON)],
    "agents_of": [lambda c: assigning.agents_of(c, WORKSPACE, now=NOON)],
    "agent_of": [lambda c: assigning.agent_of(c, WORKSPACE, IDS[0], now=NOON)],
    "kept_agent": [lambda c: assigning.kept_agent(c, WORKSPACE, IDS[0], skills=[], capacity=None, available=True, version=0, now=NOON)],
    "lock_giving": [lambda c: assigning.lock_giving(c, WORKSPACE)],
    "waiting_tasks": [lambda c, few=few: assigning.waiting_tasks(c, WORKSPACE, ["hr", "pr"], few=few) for few in (True, False)],
    "given_waiting": [lambda c: assigning.given_waiting(c, WORKSPACE, [(each, IDS[0], 1.0) for each in IDS])],
    "returned_tasks": [lambda c: assigning.returned_tasks(c, WORKSPACE, [(each, IDS[0]) for each in IDS])],
    "log_assignments": [lambda c: assigning.log_assignments(c, WORKSPACE, [(IDS[0], IDS[1], IDS[2], None, "pushed", "w", "[]", NOON)])],
    "assignments_of": [lambda c: assigning.assignments_of(c, WORKSPACE, IDS)],
    "owned_by": [lambda c: assigning.owned_by(c, WORKSPACE, IDS)],
    "document_of": [lambda c: levels.document_of(c, WORKSPACE)],
    "replaced_document": [
        lambda c: levels.replaced_document(c, WORKSPACE, "{}", version=0, by=None, now=NOON),
        lambda c: levels.replaced_document(c, WORKSPACE, "{}", version=1, by=None, now=NOON),
    ],
    "answered_before": [lambda c: levels.answered_before(c, WORKSPACE, [(IDS[0], IDS[1])])],
    "insert_resolutions": [lambda c: levels.insert_resolutions(c, WORKSPACE, [(*IDS[:3], "hr", "l", NOON, NOON, 5, NOON)])],
    "open_resolutions": [lambda c: levels.open_resolutions(c, WORKSPACE, cast("Any", IDS))],
    "move_resolutions": [lambda c: levels.move_resolutions(c, WORKSPACE, [(IDS[0], NOON, NOON, 5, None, None, 2)])],
    "resolutions_by_conversation": [lambda c: levels.resolutions_by_conversation(c, WORKSPACE, IDS)],
    "told_tasks": [lambda c: levels.told_tasks(c, WORKSPACE, now=NOON)],
    "told_resolutions": [lambda c: levels.told_resolutions(c, WORKSPACE, now=NOON)],
    "tasks_by_id": [lambda c: reading.tasks_by_id(c, WORKSPACE, IDS)],
    "tasks_by_interaction": [lambda c: reading.tasks_by_interaction(c, WORKSPACE, IDS)],
    "tasks_by_profile": [lambda c: reading.tasks_by_profile(c, WORKSPACE, IDS, limit=100)],
    "tasks_by_conversation": [lambda c: reading.tasks_by_conversation(c, WORKSPACE, IDS, limit=100)],
    "page_of_tasks": [
        lambda c, asked=asked, after=after: reading.page_of_tasks(c, WORKSPACE, asked, after=after, limit=51)  # type: ignore[misc] # defaults bind the loop's values
        for asked in FILTERS
        for after in (None, (NOON, IDS[0]))
    ],
}


class Planned(Exception):  # noqa: N818 - it carries what was asked out of the statement, and is no error
    """A statement, planned instead of run."""


class Planner:
    """Stands in a connection's place: plans the first statement and stops there."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Plan it."""
        rows = await self._connection.fetch(f"EXPLAIN {statement}", *values)
        raise Planned("\n".join(row[0] for row in rows))

    fetchrow = fetchval = execute = fetch


class Counter:
    """Stands in a connection's place: counts statements and passes them on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.count = 0

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Run it."""
        self.count += 1
        return await self._connection.fetch(statement, *values)


def test_every_statement_is_planned_below() -> None:
    assert set(ASKED) == {
        name for module in (assigning, handing, levels, owners, playbook, reading, tasks, triage) for name in _statements(module)
    }


async def test_no_statement_reads_a_large_table_from_end_to_end(database: Database, database_url: str) -> None:
    await _fill(database_url)
    async with database.transaction(WORKSPACE) as connection:
        for name, variants in ASKED.items():
            for ask in variants:
                with pytest.raises(Planned) as planned:
                    await ask(cast("Connection", Planner(connection)))
                plan = str(planned.value)
                assert not any(f"Seq Scan on {table} " in plan for table in LARGE), f"{name}\n{plan}"


async def test_pages_are_read_in_the_order_of_an_index(database: Database, database_url: str) -> None:
    await _fill(database_url)
    async with database.transaction(WORKSPACE) as connection:
        for asked in (TaskFilter(), TaskFilter(discipline=Discipline.HR), TaskFilter(state=TaskState.NEW)):
            with pytest.raises(Planned) as planned:
                await reading.page_of_tasks(cast("Connection", Planner(connection)), WORKSPACE, asked, after=None, limit=51)
            assert "Sort" not in str(planned.value)


@pytest.mark.parametrize(
    "batch",
    [
        lists.list_tasks_by_ids,
        lists.list_tasks_by_interactions,
        lists.list_tasks_by_conversations,
        lists.list_tasks_by_profiles,
        lists.list_triage_by_interactions,
        list_resolutions,
    ],
)
async def test_a_batch_is_one_statement(database: Database, batch: Callable[..., Awaitable[list[object]]]) -> None:
    async with database.transaction(WORKSPACE) as connection:
        counter = Counter(connection)

        assert len(await batch(counter, WORKSPACE, IDS)) == len(IDS)

    assert counter.count == 1


async def test_a_page_is_one_statement(database: Database) -> None:
    async with database.transaction(WORKSPACE) as connection:
        counter = Counter(connection)

        await lists.list_tasks(cast("Connection", counter), WORKSPACE, TaskFilter(), after=None, limit=10)

    assert counter.count == 1


async def test_models_and_migration_agree(database_url: str) -> None:
    assert await drift("routing", owner_url=database_url) == []


def _statements(module: ModuleType) -> list[str]:
    found = inspect.getmembers(module, inspect.iscoroutinefunction)
    return [name for name, function in found if function.__module__ == module.__name__ and not name.startswith("_")]


async def _fill(database_url: str) -> None:
    """Many rows of this workspace and of another, with statistics."""
    owner = await asyncpg.connect(database_url, timeout=10, command_timeout=60)
    try:
        await owner.execute("SET search_path = routing")
        for workspace in (WORKSPACE, new_id()):
            await owner.execute(_TASKS, workspace, ROWS)
            await owner.execute(_LINKS, workspace)
            await owner.execute(_SETTLED, workspace)
            await owner.execute(_RESULTS, workspace, ROWS)
            await owner.execute(_RESOLUTIONS, workspace, ROWS)
        await owner.execute("ANALYZE")
    finally:
        await owner.close()


_TASKS = """
INSERT INTO task SELECT $1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
    (ARRAY['hr', 'pr', 'sales', 'service'])[1 + n % 4], 'pre', 'low', (ARRAY['new', 'done', 'answered'])[1 + n % 3],
    CASE WHEN n % 5 = 0 THEN gen_random_uuid() END, 'w', 'g', false, false, now() + n * interval '1 second', now(),
    CASE WHEN n % 3 = 0 THEN NULL ELSE now() END, '', NULL, 1
FROM generate_series(1, $2) AS n
"""
_RESULTS = """
INSERT INTO triage_result SELECT $1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'hr', 'pre', 'neutral', 'low', 'en',
    '{}', '{}', 1, true, NULL, false, false, false, false, false, false, '[]', 'w', 'v', now()
FROM generate_series(1, $2) AS n
"""
_RESOLUTIONS = """
INSERT INTO resolution SELECT $1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'hr', 'l', now(), now(), 5, NULL, NULL,
    CASE WHEN n % 20 = 0 THEN now() END, NULL, NULL, CASE WHEN n % 20 > 0 THEN now() END, 1
FROM generate_series(1, $2) AS n
"""
_LINKS = "INSERT INTO task_interaction SELECT workspace_id, gen_random_uuid(), id FROM task WHERE workspace_id = $1"
_SETTLED = """
INSERT INTO settled SELECT workspace_id, interaction_id, 'answered', '', NULL, NULL, now(), 1 FROM task_interaction
WHERE workspace_id = $1
"""
