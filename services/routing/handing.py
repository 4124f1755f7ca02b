"""Hand-offs between disciplines, and those after which nobody contacts the person. Called by REST, subscribers and the sweep.

The contact is told nothing: colleagues are, by engagement, which hears the event. Writes no note and no reply itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from services.contracts.envelope import Event
from services.contracts.events import InteractionSettled, ReplySent, TaskHandedOff, TaskNeglected
from services.contracts.ids import ConversationId, MemberId, ProfileId, TaskId, WorkspaceId
from services.contracts.views import TaskView
from services.contracts.vocabulary import Discipline, Ledger, TaskState
from services.kit.bus import Received
from services.kit.db import Connection
from services.kit.ids import new_id
from services.routing.assigning.agents import settings_of
from services.routing.errors import NotHandedOffError, TaskClosedError, TaskNotFoundError, VersionConflictError
from services.routing.members import refuse_stranger, stand_ins
from services.routing.statements import assigning as assigning_statements
from services.routing.statements import handing as statements
from services.routing.statements import reading
from services.routing.statements import tasks as task_statements
from services.routing.tasks import assigned, completed
from services.routing.views import task_view, thread_of

HANDED_OFF = "handed_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    """To whom a task goes, and what they are to know. Without a member it waits in the discipline's queue."""

    discipline: Discipline
    note: str
    member_id: MemberId | None = None


async def hand_off(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    task: TaskId,
    wish: HandOff,
    *,
    version: int | None,
    by: MemberId | None,
    now: datetime,
) -> tuple[TaskId, list[Event]]:
    """Hand an open task to another discipline; gives the task that has the work now, and the events to publish.

    Where the person has an open task of that discipline in the thread, the work joins it. `version` None: whatever it is.
    Raises TaskNotFoundError, TaskClosedError, VersionConflictError, NotHandedOffError, MemberNotFoundError.
    """
    present = await _present(connection, workspace, task, version=version)
    if wish.discipline in {present.discipline, Discipline.NONE}:
        raise NotHandedOffError
    member = wish.member_id
    if member is not None:
        await refuse_stranger(connection, workspace, member)
        member = (await stand_ins(connection, workspace, [member], now=now))[member]
    await task_statements.lock_conversations(connection, workspace, [] if present.conversation_id is None else [present.conversation_id])
    target, events = await _taken_in(connection, workspace, task, wish.discipline, by=by, now=now)
    days = (await settings_of(connection, workspace)).hand_off_days
    row = await statements.handed_task(
        connection,
        workspace,
        target,
        from_discipline=present.discipline,
        discipline=wish.discipline,
        member=member,
        by=by or present.member_id,
        now=now,
        contact_by=now + timedelta(days=days),
    )
    if row is None:
        raise TaskClosedError
    await _log(connection, workspace, row, present, now=now)
    return target, [*events, assigned(row, interactions=present.interaction_ids, by=by), _told(row, present, note=wish.note, by=by)]


async def _log(connection: Connection, workspace: WorkspaceId, row: asyncpg.Record, former: TaskView, *, now: datetime) -> None:
    why = f"Handed off from {former.discipline} to {row['discipline']}."
    log = (new_id(), row["id"], row["member_id"], former.member_id, HANDED_OFF, why, "[]", now)
    await assigning_statements.log_assignments(connection, workspace, [log])


async def _taken_in(
    connection: Connection, workspace: WorkspaceId, task: TaskId, discipline: Discipline, *, by: MemberId | None, now: datetime
) -> tuple[TaskId, list[Event]]:
    """The open task that the person has there takes the work in, and this one ends; else this one it is."""
    other = await statements.open_like(connection, workspace, task, discipline=discipline)
    if other is None:
        return task, []
    await statements.joined_task(connection, workspace, task, other=other)
    end = (task, TaskState.DONE.value, f"Handed off; it joined the open task of {discipline}.", None, now)
    return other, [completed(row, by=by) for row in await task_statements.completed_tasks(connection, workspace, [end])]


def _told(row: asyncpg.Record, former: TaskView, *, note: str, by: MemberId | None) -> TaskHandedOff:
    return TaskHandedOff(
        task_id=TaskId(row["id"]),
        conversation_id=former.conversation_id,
        profile_id=former.profile_id,
        from_discipline=former.discipline,
        discipline=Discipline(row["discipline"]),
        note=note,
        version=row["version"],
        former_id=former.member_id,
        member_id=None if row["member_id"] is None else MemberId(row["member_id"]),
        by=by,
    )


async def note_contacts(connection: Connection, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
    """What was handed off in threads in which somebody answered is not neglected, nor is work of no thread. The threads must be locked."""
    contacts: dict[ConversationId, datetime] = {}
    people: set[ProfileId] = set()
    for received in batch:
        event = received.event
        if isinstance(event, ReplySent) or (isinstance(event, InteractionSettled) and event.ledger is Ledger.ANSWERED):
            people.add(event.profile_id)
            contacts[event.conversation_id] = max(received.header.time, contacts.get(event.conversation_id, received.header.time))
    if contacts:
        await statements.contacted_tasks(connection, workspace, sorted(contacts), people=sorted(people), at=max(contacts.values()))


async def flag_neglected(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> list[TaskNeglected]:
    """Flag some of the hand-offs after which nobody contacted the person in time. Gives the events to publish."""
    return [
        TaskNeglected(
            task_id=TaskId(row["id"]),
            conversation_id=thread_of(row),
            profile_id=ProfileId(row["profile_id"]),
            from_discipline=Discipline(row["handed_from"]),
            discipline=Discipline(row["discipline"]),
            handed_at=row["handed_at"],
            handed_by=None if row["handed_by"] is None else MemberId(row["handed_by"]),
            member_id=None if row["member_id"] is None else MemberId(row["member_id"]),
        )
        for row in await statements.neglected_tasks(connection, workspace, now=now)
    ]


async def _present(connection: Connection, workspace: WorkspaceId, task: TaskId, *, version: int | None) -> TaskView:
    rows = await reading.tasks_by_id(connection, workspace, [task])
    if not rows:
        raise TaskNotFoundError
    present = task_view(rows[0])
    if version is not None and present.version != version:
        raise VersionConflictError("The task was changed in the meantime; read it again.", version=present.version)
    if present.completed_at is not None:
        raise TaskClosedError
    return present
