"""Cadences: work that the playbook begins by itself, at once or some time after something happened to a person.

Set by the journey in the transaction of its step, and begun by `waking` in the one that takes the cadence away: never twice, never lost.
What history tells begins nothing. Whoever wrote meanwhile is not asked; whoever has open work of the discipline gets no second one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.contracts.envelope import Event
from services.contracts.ids import WorkspaceId
from services.contracts.targets import AwaitedAnswer
from services.contracts.vocabulary import Discipline, Phase, StakeholderKind, Urgency
from services.kit.db import Connection
from services.kit.ids import new_id
from services.routing.assignments import reason_of
from services.routing.levels.keeping import plan_of
from services.routing.levels.plan import Asked, Plan
from services.routing.people import kinds_of, lock_persons
from services.routing.playbook import Cell, Playbook, playbook_of
from services.routing.statements import cadences as statements
from services.routing.statements import tasks as task_statements
from services.routing.tasks import assigned
from services.routing.treating import kinds_now, needs_approval
from services.routing.triggers import Elapsed, Entered, Joined, Spoken, Trigger, triggers_in
from services.routing.verdicts import storable

OLD = timedelta(days=7)
"""What is told later than so long after it happened is history."""
MANY = 20
"""More people than so many of whom a kind is told at once are a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened to a person: an event of the CRM, a stage (of the first ring), a kind; empty what it is not."""

    id: UUID
    profile_id: UUID
    at: datetime
    reason: str
    event: str = ""
    stage: str = ""
    kind: StakeholderKind | None = None


async def set_cadences(connection: Connection, workspace: WorkspaceId, moments: Sequence[Moment], *, now: datetime) -> None:
    """Set what the playbook wants to begin for these. Told again, nothing happens."""
    recent = [moment for moment in moments if moment.at >= now - OLD]
    if not recent:
        return
    playbook = await playbook_of(connection, workspace)
    rows = [row for moment in recent for row in _rows(moment, playbook)]
    if rows:
        await statements.insert_cadences(connection, workspace, rows)


async def follow_kinds(
    connection: Connection, workspace: WorkspaceId, joined: Sequence[tuple[UUID, StakeholderKind]], *, now: datetime
) -> None:
    """Set what is to begin for those who came to be of a kind. Many at once are a list that was read in, and begin nothing."""
    if len(joined) > MANY:
        return
    moments = [
        Moment(
            id=new_id(), profile_id=profile, at=now, reason=f"This person is {kind.value.replace('_', ' ')}, as was just said", kind=kind
        )
        for profile, kind in joined
    ]
    await set_cadences(connection, workspace, moments, now=now)


async def begin_due(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> tuple[list[Event], bool]:
    """Open the tasks whose time has come, a batch. Gives the events to publish, and whether there may be more."""
    due = await statements.due_cadences(connection, workspace, now=now)
    if not due:
        return [], False
    contacts = await lock_persons(connection, workspace, [row["profile_id"] for row in due])
    taken = await statements.taken_cadences(connection, workspace, [_key(row) for row in due])
    rows = sorted(taken, key=lambda row: (row["wakes_at"], row["moment_id"], row["phase"], row["discipline"], row["trigger"]))
    playbook = await playbook_of(connection, workspace)
    wanted = [row for row in rows if row["trigger"] in playbook[_cell(row)].triggers]
    wanted = await _unspoken(connection, workspace, wanted)
    once = {(contacts.get(row["profile_id"], row["profile_id"]), row["discipline"]): row for row in reversed(wanted)}
    opened = await _opened(connection, workspace, list(reversed(once.values())), playbook=playbook, now=now)
    return [assigned(row, interactions=()) for row in opened], len(due) >= statements.BATCH


def _rows(moment: Moment, playbook: Playbook) -> Iterator[tuple[object, ...]]:
    """In the order of statements.cadences.CADENCE_COLUMNS."""
    for cell in playbook.values():
        for text, trigger in triggers_in(cell.triggers):
            after = _after(trigger, moment)
            if after is not None:
                key = (moment.id, cell.phase, cell.discipline, text)
                yield *key, moment.profile_id, moment.reason, moment.at, moment.at + after


def _after(trigger: Trigger, moment: Moment) -> timedelta | None:
    """How long after the moment this begins; None where it is for something else."""
    match trigger:
        case Elapsed(event, after):
            return after if event == moment.event else None
        case Entered(stage):
            return timedelta() if stage == moment.stage else None
        case Joined(kind):
            return timedelta() if kind is moment.kind else None
        case Spoken():
            return None


async def _unspoken(connection: Connection, workspace: WorkspaceId, rows: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
    """Those whose people have not written while time passed; what begins at once waits for nobody's word."""
    waited = [row for row in rows if row["wakes_at"] > row["since"]]
    if not waited:
        return list(rows)
    found = await statements.spoken_since(connection, workspace, [(row["profile_id"], row["since"]) for row in waited])
    spoken = {_key(row) for place, row in enumerate(waited) if place in found}
    return [row for row in rows if _key(row) not in spoken]


async def _opened(
    connection: Connection, workspace: WorkspaceId, rows: Sequence[asyncpg.Record], *, playbook: Playbook, now: datetime
) -> list[asyncpg.Record]:
    if not rows:
        return []
    busy = await statements.open_work(connection, workspace, [(row["profile_id"], row["discipline"]) for row in rows])
    free = [row for place, row in enumerate(rows) if place not in busy]
    if not free:
        return []
    plan = await plan_of(connection, workspace)
    kinds = await kinds_of(connection, workspace, [row["profile_id"] for row in free])
    tasks = []
    for row in free:
        held = kinds.get(row["profile_id"], ())
        tasks.append(_task(row, playbook[_cell(row)], plan=plan, kinds=kinds_now(held, at=now), approval=needs_approval(held), now=now))
    return await task_statements.insert_tasks(connection, workspace, tasks)


def _task(row: asyncpg.Record, cell: Cell, *, plan: Plan, kinds: set[StakeholderKind], approval: bool, now: datetime) -> tuple[object, ...]:
    """In the order of statements.tasks.TASK_COLUMNS. Its time counts from now: what was told late is not overdue at once."""
    asked = Asked(discipline=cell.discipline, urgency=Urgency.NORMAL, channel_id=None, kinds=kinds)
    target = plan.answer_by(asked, since=now, minutes=cell.due_minutes)
    said = [row["reason"], f"The playbook begins it by “{row['trigger']}”"]
    return (
        new_id(),
        None,
        row["profile_id"],
        cell.discipline,
        cell.phase,
        Urgency.NORMAL,
        "new",
        storable(reason_of(said, cell, target=target, urgency=Urgency.NORMAL)),
        cell.guidance,
        cell.approval or approval,
        False,
        target.due_at,
        now,
        None,
        "",
        None,
        target.warn_at,
        target.level,
        AwaitedAnswer.FIRST,
    )


def _key(row: asyncpg.Record) -> tuple[object, ...]:
    return row["moment_id"], row["phase"], row["discipline"], row["trigger"]


def _cell(row: asyncpg.Record) -> tuple[Phase, Discipline]:
    return Phase(row["phase"]), Discipline(row["discipline"])
