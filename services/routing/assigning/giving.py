"""Giving waiting tasks to those who suit best, letting a member take the next one, and taking tasks back from the silent.

Called by the dispatcher, by sweeps and by REST, in their transaction. One workspace's tasks are given by one at a time; a task that
somebody took meanwhile stays theirs. Reads what triage found and who answered before; judges nothing itself.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.envelope import Event
from services.contracts.ids import AssignmentId, MemberId, TaskId, WorkspaceId
from services.contracts.views.assigning import AssignmentSettingsView, AssignmentView, ScoreView
from services.contracts.vocabulary import Discipline
from services.kit.db import Connection
from services.kit.ids import new_id
from services.routing.assigning.agents import settings_of
from services.routing.assigning.fit import Agent, Chosen, Waiting, can_take, choose, score
from services.routing.statements import assigning as statements
from services.routing.tasks import assigned

PUSHED, TAKEN, SILENT = "pushed", "taken", "silent"


async def give_tasks(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> list[Event]:
    """Give the most urgent waiting tasks to those who have room. Gives the events to publish; none where nothing could be given."""
    await statements.lock_giving(connection, workspace)
    settings = await settings_of(connection, workspace)
    agents = read_agents(await statements.agents_of(connection, workspace, now=now), settings)
    disciplines = sorted({discipline for each in agents if each.load < each.capacity for discipline in each.disciplines})
    if not settings.pushes or not disciplines:
        return []
    waiting = await waiting_for(connection, workspace, disciplines, settings=settings, few=False)
    chosen: list[tuple[Waiting, Chosen]] = []
    for task in waiting:
        found = choose(task, agents, now=now)
        if found is not None:
            found.agent.load += task.weight
            found.agent.assigned_at = now
            chosen.append((task, found))
    return await _give(connection, workspace, chosen, cause=PUSHED, now=now)


async def take_next(
    connection: Connection, workspace: WorkspaceId, member: MemberId, *, now: datetime
) -> tuple[TaskId | None, list[Event]]:
    """Let a member take the waiting task that suits them best among the most urgent. None where none waits that they have room for."""
    await statements.lock_giving(connection, workspace)
    settings = await settings_of(connection, workspace)
    row = await statements.agent_of(connection, workspace, member, now=now)
    agent = None if row is None else read_agent(row, settings)
    if agent is None:
        return None, []
    waiting = await waiting_for(connection, workspace, sorted(agent.disciplines), settings=settings, few=True)
    able = [each for each in waiting if can_take(agent, each)]
    if not able:
        return None, []
    scored = [(score(agent, each, now=now), each) for each in able]
    # Of the twenty most urgent what suits best, of equals what waited longest.
    best, task = max(scored, key=lambda pair: pair[0].points)
    events = await _give(connection, workspace, [(task, Chosen(agent, (best,)))], cause=TAKEN, now=now)
    return TaskId(task.id), events


async def take_from_silent(connection: Connection, workspace: WorkspaceId, tasks: Sequence[UUID], *, now: datetime) -> list[Event]:
    """Put tasks whose time passed before their owner began back into the queue, for anybody else. Gives the events to publish."""
    if not tasks or not (await settings_of(connection, workspace)).pushes:
        return []
    owned = await statements.owned_by(connection, workspace, tasks)
    if not owned:
        return []
    rows = await statements.returned_tasks(connection, workspace, list(owned.items()))
    why = "Its time passed and whoever had it had not begun; it is for somebody else of the discipline."
    log = [(new_id(), row["id"], None, owned[row["id"]], SILENT, why, "[]", now) for row in rows]
    if log:
        await statements.log_assignments(connection, workspace, log)
    return [assigned(row, interactions=()) for row in rows]


async def waiting_for(
    connection: Connection, workspace: WorkspaceId, disciplines: Sequence[str], *, settings: AssignmentSettingsView, few: bool
) -> list[Waiting]:
    """Tasks that nobody has, the most urgent first."""
    weights = {each.channel_id: each.weight for each in settings.weights}
    rows = await statements.waiting_tasks(connection, workspace, disciplines, few=few)
    return [
        Waiting(
            id=row["id"],
            discipline=Discipline(row["discipline"]),
            language=row["language"] or "",
            asks=frozenset([*(row["intents"] or ()), *(row["topics"] or ())]),
            weight=weights.get(row["channel_id"], 1.0),
            known_to=frozenset(row["known_to"]),
            silent=frozenset(row["silent"]),
        )
        for row in rows
    ]


def read_agents(rows: Iterable[asyncpg.Record], settings: AssignmentSettingsView) -> list[Agent]:
    """Those who are here and say so."""
    return [found for row in rows if (found := read_agent(row, settings)) is not None]


def read_agent(row: asyncpg.Record, settings: AssignmentSettingsView) -> Agent | None:
    """A member as `fit` takes them; None who is away."""
    if row["absent"] or not row["available"]:
        return None
    return Agent(
        id=MemberId(row["member_id"]),
        name=row["name"],
        disciplines=frozenset(Discipline(each) for each in row["disciplines"]),
        languages=frozenset(row["languages"]),
        skills=frozenset(row["skills"]),
        capacity=settings.capacity if row["capacity"] is None else row["capacity"],
        load=row["load"],
        assigned_at=row["assigned_at"],
    )


async def _give(
    connection: Connection, workspace: WorkspaceId, chosen: Sequence[tuple[Waiting, Chosen]], *, cause: str, now: datetime
) -> list[Event]:
    if not chosen:
        return []
    rows = await statements.given_waiting(connection, workspace, [(task.id, found.agent.id, task.weight) for task, found in chosen])
    given = {row["id"]: row for row in rows}
    log = [
        (new_id(), task.id, found.agent.id, None, cause, found.why, msgspec.json.encode(found.scores).decode(), now)
        for task, found in chosen
        if task.id in given
    ]
    if log:
        await statements.log_assignments(connection, workspace, log)
    return [assigned(row, interactions=(), by=row["member_id"] if cause == TAKEN else None) for row in rows]


async def list_assignments(connection: Connection, workspace: WorkspaceId, tasks: Sequence[UUID]) -> list[list[AssignmentView]]:
    """Why each task went where it went, oldest first."""
    found: dict[UUID, list[AssignmentView]] = {}
    for row in await statements.assignments_of(connection, workspace, tasks):
        found.setdefault(row["task_id"], []).append(
            AssignmentView(
                id=AssignmentId(row["id"]),
                task_id=TaskId(row["task_id"]),
                member_id=row["member_id"],
                former_id=row["former_id"],
                cause=row["cause"],
                why=row["why"],
                scores=msgspec.convert(row["scores"], tuple[ScoreView, ...]),
                assigned_at=row["assigned_at"],
            )
        )
    return [found.get(each, []) for each in tasks]
