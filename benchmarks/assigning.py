"""assignment_ms: how long it takes to give one task to whoever suits best, with 100 agents at work and 10,000 tasks waiting."""

import statistics
import time

from benchmarks.results import Result, alone
from benchmarks.side import SideDatabase, side_database
from benchmarks.stage import Stage
from services.contracts.ids import MemberId, WorkspaceId
from services.kit import outbox
from services.kit.clock import SystemClock
from services.kit.db import Database
from services.kit.ids import new_id
from services.routing.assigning.giving import take_next

RUNS = 3
_WARMING = 10
AGENTS, WAITING, EACH_HAS = 100, 10_000, 8
_HOW = (
    f"a member takes the next task: scored among the most urgent of {WAITING:,} that wait, {AGENTS} members with {EACH_HAS} tasks each, "
    "language, skills, earlier answers and room; given, logged with its reasons and told, committed; median of 200 after ten to warm up"
)


async def measure_assignment(stage: Stage, *, quick: bool) -> list[Result]:
    """One workspace in a database of its own; every run finds fewer waiting."""
    taken = 30 if quick else 200
    async with side_database(stage, service="routing") as side:
        workspace, members = WorkspaceId(new_id()), [MemberId(new_id()) for _ in range(AGENTS)]
        await _fill(side, workspace, members)
        database = Database(side.url(role="app"), name="bench", size=1)
        await database.open()
        try:
            runs = [await _run(database, workspace, members, taken=taken) for _ in range(1 if quick else RUNS)]
        finally:
            await database.close()
    return [alone("assignment_ms", runs=[statistics.median(each) * 1000 for each in runs], unit="ms", how=_HOW)]


async def _run(database: Database, workspace: WorkspaceId, members: list[MemberId], *, taken: int) -> list[float]:
    clock, spent = SystemClock(), []
    for number in range(-_WARMING, taken):
        began = time.perf_counter()
        now = clock.now()
        async with database.transaction(workspace) as connection:
            task, events = await take_next(connection, workspace, members[number % AGENTS], now=now)
            await outbox.append(connection, workspace, events, now=now)
        if number >= 0:
            spent.append(time.perf_counter() - began)
        if task is None:
            message = "somebody found nothing to take, so this measured nothing"
            raise RuntimeError(message)
    return spent


async def _fill(side: SideDatabase, workspace: WorkspaceId, members: list[MemberId]) -> None:
    ids = ", ".join(f"'{each}'" for each in members)
    await side.fill(
        f"""
        INSERT INTO routing.member (workspace_id, id, active, version, name, disciplines, languages)
        SELECT '{workspace}', m, true, 1, 'Member ' || n, (ARRAY['{{service}}', '{{sales}}', '{{service,sales}}'])[1 + n % 3]::text[],
            CASE WHEN n % 2 = 0 THEN '{{en}}'::text[] ELSE '{{en,es}}'::text[] END
        FROM unnest(ARRAY[{ids}]::uuid[]) WITH ORDINALITY AS u (m, n)
        """,
        f"""
        INSERT INTO routing.assignment_setting (workspace_id, pushes, capacity, weights, version, changed_at)
        VALUES ('{workspace}', true, 1000, '[]', 1, now())
        """,
        _TASKS.format(workspace=workspace, owner="NULL", state="new", count=WAITING, done="NULL"),
        _TASKS.format(
            workspace=workspace, owner=f"(ARRAY[{ids}]::uuid[])[1 + n % {AGENTS}]", state="assigned", count=AGENTS * EACH_HAS, done="NULL"
        ),
        _TASKS.format(
            workspace=workspace, owner=f"(ARRAY[{ids}]::uuid[])[1 + n % {AGENTS}]", state="answered", count=WAITING, done="now()"
        ),
        "INSERT INTO routing.task_interaction (workspace_id, interaction_id, task_id) SELECT workspace_id, id, id FROM routing.task",
        """
        INSERT INTO routing.triage_result (workspace_id, interaction_id, conversation_id, profile_id, discipline, phase, sentiment, urgency,
            language, intents, topics, confidence, deserves_answer, ready, crisis, complaint, suggestion, spam, confidential, evidence, why,
            version, triaged_at)
        SELECT workspace_id, id, conversation_id, profile_id, discipline, phase, 'neutral', urgency, 'es', '{question,price}', '{}', 0.9,
            true, false, false, false, false, false, false, '[]', 'w', 'v', now() FROM routing.task
        """,
        "INSERT INTO routing.profile_contact (workspace_id, profile_id, contact_id, version) "
        "SELECT DISTINCT workspace_id, profile_id, profile_id, 1 FROM routing.task",
        analysed=("routing.task", "routing.task_interaction", "routing.triage_result", "routing.profile_contact", "routing.member"),
    )


_TASKS = """
INSERT INTO routing.task (workspace_id, id, conversation_id, profile_id, discipline, phase, urgency, state, member_id, why, guidance,
    approval, confidential, due_at, opened_at, completed_at, outcome, version)
SELECT '{workspace}', gen_random_uuid(), gen_random_uuid(), md5('person' || n % 5000)::uuid,
    (ARRAY['service', 'sales'])[1 + n % 2], 'post', (ARRAY['normal', 'low', 'high', 'normal'])[1 + n % 4], '{state}', {owner}, 'w', 'g',
    false, false, now() + n * interval '1 second', now() - n * interval '1 second', {done}, '', 1
FROM generate_series(1, {count}) AS n
"""
