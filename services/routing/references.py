"""What other systems call tasks: given, taken, found by, and work that is entered by it (W14). Called by the REST edge, in its transaction.

A reference never changes who does the work: that is `changes` and `handing`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.contracts.envelope import Event
from services.contracts.ids import MemberId, TaskId, WorkspaceId
from services.contracts.targets import AwaitedAnswer
from services.contracts.views import TaskView
from services.contracts.vocabulary import Discipline, Phase, Urgency
from services.kit import outbox
from services.kit.db import Connection
from services.kit.ids import new_id
from services.kit.references import Reference
from services.routing.assignments import reason_of
from services.routing.changes import get_task
from services.routing.errors import (
    CellNotFoundError,
    PersonNotFoundError,
    ReferenceNotFoundError,
    ReferencesFullError,
    ReferenceTakenError,
    TaskNotFoundError,
)
from services.routing.levels.keeping import plan_of
from services.routing.levels.plan import Asked
from services.routing.people import kinds_of, lock_persons
from services.routing.playbook import playbook_of
from services.routing.statements import journey
from services.routing.statements import references as statements
from services.routing.statements import tasks as task_statements
from services.routing.tasks import assigned
from services.routing.treating import kinds_now, needs_approval
from services.routing.verdicts import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Work that another system knows of: about whom (one of contact and profile), whose, and since it may say so, by when."""

    contact_id: UUID | None
    profile_id: UUID | None
    discipline: Discipline
    phase: Phase
    why: str
    urgency: Urgency
    due_at: datetime | None = None
    url: str | None = None


async def set_reference(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    task: TaskId,
    named: Reference,
    *,
    url: str | None,
    by: MemberId | None,
    now: datetime,
) -> TaskView:
    """Say what a task is called elsewhere. Raises TaskNotFoundError, ReferencesFullError, and ReferenceTakenError where another is."""
    await statements.lock_reference(connection, workspace, named)
    if not await statements.lock_task(connection, workspace, task):
        raise TaskNotFoundError
    owner = await statements.owner_of_reference(connection, workspace, named)
    if owner is not None and owner != task:
        raise ReferenceTakenError(task_id=str(owner))
    if not await statements.kept_reference(connection, workspace, task, named, url=url, by=by, now=now):
        raise ReferencesFullError
    return await get_task(connection, workspace, task)


async def remove_reference(connection: Connection, workspace: WorkspaceId, task: TaskId, named: Reference) -> TaskView:
    """Take a reference back. Raises TaskNotFoundError, ReferenceNotFoundError."""
    if not await statements.lock_task(connection, workspace, task):
        raise TaskNotFoundError
    if not await statements.taken_reference(connection, workspace, task, named):
        raise ReferenceNotFoundError
    return await get_task(connection, workspace, task)


async def find_task(connection: Connection, workspace: WorkspaceId, named: Reference) -> TaskView | None:
    """The task that is called so; None where none is."""
    owner = await statements.owner_of_reference(connection, workspace, named)
    return None if owner is None else await get_task(connection, workspace, owner)


async def enter_task(
    connection: Connection, workspace: WorkspaceId, named: Reference, entry: Entry, *, by: MemberId | None, now: datetime
) -> tuple[TaskView, bool]:
    """Enter work that another system knows of, or follow what it says of the work that is called so; and whether it began now.

    Work that is called so follows in time and urgency while it is open; finished, it stays as it is. Else it joins the open work of
    the discipline that the person has, or begins. Raises PersonNotFoundError, CellNotFoundError, ReferencesFullError.
    """
    await statements.lock_reference(connection, workspace, named)
    task = await statements.owner_of_reference(connection, workspace, named)
    began = False
    if task is None:
        profile = await _person(connection, workspace, entry)
        await lock_persons(connection, workspace, [profile])
        task = await statements.open_work_of(connection, workspace, profile, discipline=entry.discipline)
        if task is None:
            task, began = await _begin(connection, workspace, named, entry, profile=profile, by=by, now=now), True
    if not began:
        await statements.lock_task(connection, workspace, task)
        await _follow(connection, workspace, task, entry, by=by, now=now)
    return await set_reference(connection, workspace, task, named, url=entry.url, by=by, now=now), began


async def _person(connection: Connection, workspace: WorkspaceId, entry: Entry) -> UUID:
    if entry.contact_id is not None:
        placed = await journey.first_profiles(connection, workspace, [entry.contact_id])
        found: list[UUID] = [row["profile_id"] for row in placed]
    else:
        found = [
            row["profile_id"] for row in await journey.contacts_of(connection, workspace, [entry.profile_id] if entry.profile_id else [])
        ]
    if not found:
        raise PersonNotFoundError(f"Nobody is known as {entry.contact_id or entry.profile_id}; enter the person first.")
    return found[0]


async def _begin(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection, workspace: WorkspaceId, named: Reference, entry: Entry, *, profile: UUID, by: MemberId | None, now: datetime
) -> TaskId:
    cell = (await playbook_of(connection, workspace)).get((entry.phase, entry.discipline))
    if cell is None:
        raise CellNotFoundError
    plan = await plan_of(connection, workspace)
    held = (await kinds_of(connection, workspace, [profile])).get(profile, ())
    kinds = kinds_now(held, at=now)
    asked = Asked(discipline=entry.discipline, urgency=entry.urgency, channel_id=None, kinds=kinds)
    target = plan.answer_by(asked, since=now, minutes=cell.due_minutes)
    if entry.due_at is not None:
        words = f"by {entry.due_at:%Y-%m-%d %H:%M} UTC, as {named.system} says"
        target = replace(target, due_at=entry.due_at, warn_at=plan.warn_before(entry.due_at, since=now), words=words)
    said = [entry.why or f"{named.system} knows of it as {named.type} {named.external_id}", f"Entered from {named.system}"]
    why = storable(reason_of(said, cell, target=target, urgency=entry.urgency))
    row = (
        new_id(),
        None,
        profile,
        entry.discipline,
        entry.phase,
        entry.urgency,
        "new",
        why,
        cell.guidance,
        cell.approval or needs_approval(held),
        entry.discipline is Discipline.HR,
        target.due_at,
        now,
        None,
        "",
        None,
        target.warn_at,
        target.level,
        AwaitedAnswer.FIRST,
    )
    (opened,) = await task_statements.insert_tasks(connection, workspace, [row])
    await outbox.append(connection, workspace, [assigned(opened, interactions=(), by=by)], now=now)
    return TaskId(opened["id"])


async def _follow(
    connection: Connection, workspace: WorkspaceId, task: TaskId, entry: Entry, *, by: MemberId | None, now: datetime
) -> None:
    present = await get_task(connection, workspace, task)
    due_at = entry.due_at or present.due_at
    if present.completed_at is not None or (due_at, entry.urgency) == (present.due_at, present.urgency):
        return
    plan = await plan_of(connection, workspace)
    warn_at = plan.warn_before(due_at, since=now)
    row = await statements.moved_task(connection, workspace, task, due_at=due_at, urgency=entry.urgency, warn_at=warn_at)
    events: list[Event] = [] if row is None else [assigned(row, interactions=present.interaction_ids, by=by)]
    await outbox.append(connection, workspace, events, now=now)
