"""What members do with a task: take it, give it back, finish or decline it. Called by the REST edge in its transaction."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.contracts.envelope import Event
from services.contracts.ids import MemberId, TaskId, WorkspaceId
from services.contracts.views import TaskView
from services.contracts.vocabulary import TaskState
from services.kit import outbox
from services.kit.db import Connection
from services.routing.errors import ReasonMissingError, TaskClosedError, TaskNotFoundError, VersionConflictError
from services.routing.members import refuse_stranger, stand_ins
from services.routing.statements import reading
from services.routing.statements import tasks as statements
from services.routing.tasks import assigned, completed
from services.routing.views import task_view

FINISHED = frozenset({TaskState.ANSWERED, TaskState.DONE, TaskState.DECLINED})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChange:
    """What is to be different; None leaves it. `returned` gives the task back to its discipline's queue."""

    version: int
    state: TaskState | None = None
    member_id: MemberId | None = None
    returned: bool = False
    outcome: str | None = None

    def colleague_of(self, by: MemberId | None) -> MemberId | None:
        """To whom it gives the task, other than to whoever asks; None where it does not."""
        return None if self.member_id == by else self.member_id


async def get_task(connection: Connection, workspace: WorkspaceId, task: TaskId) -> TaskView:
    """One task. Raises TaskNotFoundError."""
    rows = await reading.tasks_by_id(connection, workspace, [task])
    if not rows:
        raise TaskNotFoundError
    return task_view(rows[0])


async def change_task(
    connection: Connection, workspace: WorkspaceId, task: TaskId, change: TaskChange, *, by: MemberId | None, now: datetime
) -> TaskView:
    """Change an open task. What is given to a colleague who is away goes to whoever acts for them.

    Raises TaskNotFoundError, VersionConflictError, TaskClosedError, ReasonMissingError, and MemberNotFoundError where it is given to
    somebody who does not work here, as far as the projection of members knows.
    """
    colleague = change.colleague_of(by)
    if colleague is not None:
        await refuse_stranger(connection, workspace, colleague)
        change = replace(change, member_id=(await stand_ins(connection, workspace, [colleague], now=now))[colleague])
    present = await get_task(connection, workspace, task)
    if present.version != change.version:
        raise VersionConflictError("The task was changed in the meantime; read it again.", version=present.version)
    if present.completed_at is not None:
        raise TaskClosedError
    member, state = _next(present, change, by=by)
    outcome = present.outcome if change.outcome is None else change.outcome
    if state is TaskState.DECLINED and not outcome.strip():
        raise ReasonMissingError
    finished = state in FINISHED
    changed = await statements.changed_task(
        connection,
        workspace,
        task,
        version=change.version,
        state=state,
        member=member,
        outcome=outcome,
        completed_at=now if finished else None,
    )
    if changed is None:
        raise VersionConflictError("The task was changed in the meantime; read it again.")
    event: Event = completed(changed, by=by) if finished else assigned(changed, interactions=(), by=by)
    await outbox.append(connection, workspace, [event], now=now)
    return await get_task(connection, workspace, task)


def _next(present: TaskView, change: TaskChange, *, by: MemberId | None) -> tuple[MemberId | None, TaskState]:
    """Owner and state after a change: who begins without an owner becomes it, a task given back is new again."""
    if change.returned or change.state is TaskState.NEW:
        return None, TaskState.NEW
    member = change.member_id or present.member_id
    if change.state is not None:
        begun = change.state in {TaskState.ASSIGNED, TaskState.IN_PROGRESS}
        return (member or by if begun else member), change.state
    if present.state is TaskState.NEW and member is not None:
        return member, TaskState.ASSIGNED
    return member, present.state
