"""Tasks from beginning to end: opened or joined by what arrives, completed by what is settled, changed by members.

Called by subscribers and the REST edge in their transaction, which they finish. The order of events does not matter: what is
settled is remembered, and work that was answered before it was known is recorded as answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.envelope import Event
from services.contracts.events import TaskAssigned, TaskCompleted
from services.contracts.ids import ConversationId, InteractionId, MemberId, ProfileId, ReplyId, TaskId, WorkspaceId
from services.contracts.vocabulary import Discipline, Ledger, Phase, Urgency
from services.kit.db import Connection
from services.kit.ids import new_id
from services.routing.assignments import Work
from services.routing.levels.plan import Target
from services.routing.levels.resolutions import begin_resolutions
from services.routing.members import stand_ins
from services.routing.settlements import Conclusion, Settlement, conclude, read_settlement
from services.routing.statements import tasks as statements
from services.routing.views import thread_of

URGENCIES = (Urgency.LOW, Urgency.NORMAL, Urgency.HIGH)
Matter = tuple[ConversationId, ProfileId, Discipline]
"""One person's subject in one thread: what joins one task."""


@dataclass(slots=True)
class _Pile:
    """Works that belong to one task: a new one, or `task`; `adopted` where that was of no thread until now."""

    matter: Matter
    works: list[Work] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    task: asyncpg.Record | None = None
    adopted: bool = False
    id: TaskId = field(default_factory=lambda: TaskId(new_id()))

    @property
    def foremost(self) -> Work:
        """The most urgent, of equals the first due: it gives the new task its phase, reason and guidance."""
        return min(self.works, key=lambda work: (-URGENCIES.index(work.urgency), work.due_at))

    @property
    def due_at(self) -> datetime:
        return min(work.due_at for work in self.works)

    @property
    def resolution(self) -> Target | None:
        """By when the matter is to be resolved, where a level of what came last says so and it is not settled already."""
        return None if self.settlements else self.works[-1].resolution

    @property
    def first_due(self) -> Work:
        """The work by whose target the task is due."""
        return min(self.works, key=lambda work: work.due_at)


async def assign_tasks(connection: Connection, workspace: WorkspaceId, works: Sequence[Work], *, now: datetime) -> list[Event]:
    """Open a task for each matter, or join the one there is. The threads must be locked. Gives the events to publish."""
    if not works:
        return []
    piles = await _piled(connection, workspace, works)
    new = [pile for pile in piles if pile.task is None]
    grown = [pile for pile in piles if pile.task is not None]
    concluded = {pile.id: conclude(pile.settlements) for pile in new if pile.settlements}
    rows: list[asyncpg.Record] = []
    if new:
        opened = await statements.insert_tasks(connection, workspace, [_row(pile, concluded.get(pile.id), now=now) for pile in new])
        rows += await _acted_for(connection, workspace, opened, now=now)
    matters = [pile for pile in piles if (pile.task is None or pile.adopted) and pile.resolution]
    await begin_resolutions(connection, workspace, [_matter_to_resolve(pile, now=now) for pile in matters])
    if grown:
        rows += await statements.raise_tasks(connection, workspace, [_raised(pile) for pile in grown])
    links = [(work.interaction_id, pile.id) for pile in piles for work in pile.works]
    await statements.link_interactions(connection, workspace, links)
    concerned = await _concerned(connection, workspace, piles)
    events: list[Event] = []
    for row in rows:
        task = TaskId(row["id"])
        events.append(assigned(row, interactions=concerned[task]))
        if task in concluded:
            events.append(completed(row, by=concluded[task].by))
    return events


async def _acted_for(
    connection: Connection, workspace: WorkspaceId, opened: Sequence[asyncpg.Record], *, now: datetime
) -> list[asyncpg.Record]:
    """New tasks of threads whose owner is away or has left are for whoever acts for the owner; the others stay as they are."""
    held = {row["id"]: MemberId(row["member_id"]) for row in opened if row["member_id"] is not None}
    acting = await stand_ins(connection, workspace, set(held.values()), now=now)
    changed = [(task, acting[owner]) for task, owner in held.items() if acting[owner] != owner]
    given = {row["id"]: row for row in await statements.given_tasks(connection, workspace, changed)} if changed else {}
    return [given.get(row["id"], row) for row in opened]


async def keep_settlements(connection: Connection, workspace: WorkspaceId, settlements: Sequence[Settlement]) -> list[Settlement]:
    """Remember what was said last of each interaction; gives those of which that is news. The threads must be locked."""
    last = {each.interaction_id: each for each in sorted(settlements, key=lambda each: each.sequence)}
    if not last:
        return []
    news = await statements.kept_settlements(connection, workspace, [each.row() for each in last.values()])
    return [each for each in last.values() if each.interaction_id in news]


async def settle_tasks(connection: Connection, workspace: WorkspaceId, settlements: Sequence[Settlement]) -> list[Event]:
    """Complete the tasks that owe nothing any more now that these are settled. The threads must be locked."""
    ids = [each.interaction_id for each in settlements if each.ledger is not Ledger.OWED]
    if not ids:
        return []
    standing: dict[TaskId, list[asyncpg.Record]] = {}
    for row in await statements.standing_of_tasks(connection, workspace, ids):
        standing.setdefault(TaskId(row["task_id"]), []).append(row)
    concluded = {
        task: conclude([read_settlement(row) for row in rows])
        for task, rows in standing.items()
        if all(row["ledger"] is not None for row in rows)
    }
    if not concluded:
        return []
    done = await statements.completed_tasks(connection, workspace, [(task, *end.row()) for task, end in concluded.items()])
    return [completed(row, by=concluded[TaskId(row["id"])].by) for row in done]


def assigned(row: asyncpg.Record, *, interactions: Sequence[InteractionId], by: MemberId | None = None) -> TaskAssigned:
    """The event that tells of a task as it is now; `interactions` are those for which that is news, `by` whoever changed it."""
    return TaskAssigned(
        task_id=TaskId(row["id"]),
        conversation_id=thread_of(row),
        profile_id=ProfileId(row["profile_id"]),
        interaction_ids=tuple(interactions),
        discipline=Discipline(row["discipline"]),
        phase=Phase(row["phase"]),
        urgency=Urgency(row["urgency"]),
        due_at=row["due_at"],
        why=row["why"],
        version=row["version"],
        member_id=None if row["member_id"] is None else MemberId(row["member_id"]),
        by=by,
    )


def completed(row: asyncpg.Record, *, by: MemberId | None) -> TaskCompleted:
    """The event that tells how a task ended."""
    return TaskCompleted(
        task_id=TaskId(row["id"]),
        conversation_id=thread_of(row),
        profile_id=ProfileId(row["profile_id"]),
        discipline=Discipline(row["discipline"]),
        outcome=row["state"],
        reason=row["outcome"],
        by=by,
    )


async def _concerned(connection: Connection, workspace: WorkspaceId, piles: Sequence[_Pile]) -> dict[TaskId, list[InteractionId]]:
    """What joined each task; all that it is about where it is due sooner than they were told. So events do not grow with their task."""
    concerned = {pile.id: [work.interaction_id for work in pile.works] for pile in piles}
    sooner = [pile.id for pile in piles if pile.task is not None and pile.due_at < pile.task["due_at"]]
    if sooner:
        concerned.update(await statements.interactions_of_tasks(connection, workspace, sooner))
    return concerned


async def _piled(connection: Connection, workspace: WorkspaceId, works: Sequence[Work]) -> list[_Pile]:
    """The works, put to the task that each belongs to.

    Owed work goes to the matter's open task. Work that was settled before it was known goes where the same reply put its
    like; what was settled without a reply goes to the open task too, as it would have, had it been known in time.
    """
    settled = await _settled(connection, workspace, works)
    existing = await _existing(connection, workspace, works, replies={each.reply_id for each in settled.values()})
    piles: dict[tuple[Matter, object], _Pile] = {}
    for work in sorted(works, key=lambda each: each.interaction_id in settled):
        matter, settlement = _matter(work), settled.get(work.interaction_id)
        place = _place(matter, settlement, known={*existing, *piles})
        pile = piles.get(place)
        if pile is None:
            task = existing.get(place)
            pile = piles[place] = _Pile(matter, task=task) if task is None else _Pile(matter, task=task, id=task["id"])
        pile.works.append(work)
        if settlement is not None and place[1] != OPEN:
            pile.settlements.append(settlement)
    await _adopt(connection, workspace, [pile for (_, how), pile in piles.items() if how == OPEN and pile.task is None])
    return list(piles.values())


async def _adopt(connection: Connection, workspace: WorkspaceId, piles: Sequence[_Pile]) -> None:
    """Open work that the playbook began for these people becomes the work of their threads: nobody has two of a discipline for it."""
    if not piles:
        return
    rows = await statements.adopted_tasks(connection, workspace, [pile.matter for pile in piles])
    found = {(row["conversation_id"], row["profile_id"], Discipline(row["discipline"])): row for row in rows}
    for pile in piles:
        task = found.get(pile.matter)
        if task is not None:
            pile.task, pile.id, pile.adopted = task, TaskId(task["id"]), True


OPEN = "open"
SETTLED = "settled"


def _place(matter: Matter, settlement: Settlement | None, *, known: set[tuple[Matter, object]]) -> tuple[Matter, object]:
    if settlement is None:
        return matter, OPEN
    if settlement.reply_id is not None:
        return matter, settlement.reply_id
    return (matter, OPEN) if (matter, OPEN) in known else (matter, SETTLED)


async def _settled(connection: Connection, workspace: WorkspaceId, works: Sequence[Work]) -> dict[InteractionId, Settlement]:
    ids = [work.interaction_id for work in works]
    rows = await statements.settlements_of(connection, workspace, ids)
    found = map(read_settlement, rows)
    return {each.interaction_id: each for each in found if each.ledger is not Ledger.OWED}


async def _existing(
    connection: Connection, workspace: WorkspaceId, works: Sequence[Work], *, replies: set[ReplyId | None]
) -> dict[tuple[Matter, object], asyncpg.Record]:
    threads = sorted({work.conversation_id for work in works})
    rows = await statements.joinable_tasks(connection, workspace, threads, replies=[reply for reply in replies if reply is not None])
    return {
        (
            (row["conversation_id"], row["profile_id"], Discipline(row["discipline"])),
            OPEN if row["completed_at"] is None else row["reply_id"],
        ): row
        for row in rows
    }


def _matter(work: Work) -> Matter:
    return work.conversation_id, work.profile_id, work.discipline


def _row(pile: _Pile, end: Conclusion | None, *, now: datetime) -> tuple[object, ...]:
    """A new task, in the order of statements.tasks.TASK_COLUMNS."""
    work = pile.foremost
    conversation, profile, discipline = pile.matter
    state, outcome, reply, completed_at = end.row() if end else ("new", "", None, None)
    return (
        pile.id,
        conversation,
        profile,
        discipline,
        work.phase,
        work.urgency,
        state,
        work.why,
        work.guidance,
        work.approval,
        any(each.confidential for each in pile.works),
        pile.due_at,
        now,
        completed_at,
        outcome,
        reply,
        None if end else pile.first_due.warn_at,
        pile.first_due.level,
        pile.first_due.answer,
    )


def _matter_to_resolve(pile: _Pile, *, now: datetime) -> tuple[object, ...]:
    """In the order of statements.levels.RESOLUTION_COLUMNS."""
    conversation, profile, discipline = pile.matter
    target = pile.resolution
    if target is None:
        message = "only a matter with a target is to be resolved by some time"
        raise LookupError(message)
    return new_id(), conversation, profile, discipline, target.level, now, target.due_at, target.warn_seconds, target.warn_at


def _raised(pile: _Pile) -> tuple[UUID, str, datetime, str, datetime, str]:
    """A task that grew: never less urgent, never due later; a more urgent message gives it its reason, one due sooner its level."""
    task = pile.task
    if task is None:
        message = "only a task that exists can grow"
        raise LookupError(message)
    work = pile.foremost
    due_at, first = min(task["due_at"], pile.due_at), pile.first_due
    level = first.level if first.due_at < task["due_at"] else task["level"]
    if URGENCIES.index(work.urgency) > URGENCIES.index(Urgency(task["urgency"])):
        return task["id"], work.urgency, due_at, work.why, first.warn_at, level
    return task["id"], task["urgency"], due_at, task["why"], first.warn_at, level
