"""Endpoints of tasks: listed, read, taken, handed off, finished."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import MemberId, TaskId
from services.contracts.views import TaskView
from services.contracts.vocabulary import Discipline, TaskState
from services.kit import outbox
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page
from services.routing import changes
from services.routing.api.edge import PartsOf
from services.routing.changes import TaskChange
from services.routing.handing import HandOff, hand_off
from services.routing.lists import list_tasks
from services.routing.statements.reading import TaskFilter

router = APIRouter(tags=["tasks"])
Reader = Annotated[Caller, Depends(require("tasks:read"))]
Worker = Annotated[Caller, Depends(require("tasks:write"))]


class TaskChangeBody(RequestBody):
    """What is to change; what is absent stays. `member_id` null gives the task back to its discipline's queue."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1, description="The version that was read.")]
    state: TaskState | None = None
    member_id: UUID | None = None
    outcome: Annotated[str, Field(max_length=2000, description="How it ended; needed to decline.")] | None = None

    def change(self) -> TaskChange:
        """The same for the business."""
        named = "member_id" in self.model_fields_set
        return TaskChange(
            version=self.version,
            state=self.state,
            member_id=None if self.member_id is None else MemberId(self.member_id),
            returned=named and self.member_id is None and self.state is None,
            outcome=self.outcome,
        )


class HandOffBody(RequestBody):
    """Which discipline takes the work over, and what it is to know."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1, description="The version that was read.")]
    discipline: Discipline
    note: Annotated[str, Field(min_length=1, max_length=4000, description="For colleagues; the contact is told nothing.")]
    member_id: Annotated[UUID | None, Field(description="Who of them; without it the task waits in their queue.")] = None


@router.get("/v1/tasks")
async def list_all_tasks(  # noqa: PLR0913 - a list has this many filters
    caller: Reader,
    parts: PartsOf,
    *,
    discipline: Discipline | None = None,
    state: TaskState | None = None,
    member_id: UUID | None = None,
    neglected: bool = False,
    limit: Limit = 50,
    after: After = None,
) -> Page[TaskView]:
    """Tasks, next due first. `neglected`: those that were handed off, and nobody contacted the person in time."""
    asked = TaskFilter(
        discipline=discipline, state=state, member_id=None if member_id is None else MemberId(member_id), neglected=neglected
    )
    async with parts.database.transaction(caller.workspace_id) as connection:
        page = await list_tasks(connection, caller.workspace_id, asked, after=after, limit=limit)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


@router.get("/v1/tasks/{task_id}")
async def show_task(task_id: UUID, caller: Reader, parts: PartsOf) -> TaskView:
    """One task."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await changes.get_task(connection, caller.workspace_id, TaskId(task_id))


@router.patch("/v1/tasks/{task_id}")
async def change_task(task_id: UUID, body: TaskChangeBody, caller: Worker, parts: PartsOf) -> TaskView:
    """Take a task, give it to a colleague or back, begin, finish or decline it. Refused where somebody changed it meanwhile."""
    change = body.change()
    await parts.members.know(caller.workspace_id, named=change.colleague_of(caller.member_id))
    async with parts.database.transaction(caller.workspace_id) as connection:
        task = await changes.change_task(
            connection, caller.workspace_id, TaskId(task_id), change, by=caller.member_id, now=parts.clock.now()
        )
    parts.published()
    return task


@router.post("/v1/tasks/{task_id}/hand-off", response_model=TaskView)
async def hand_task_off(task_id: UUID, body: HandOffBody, request: Request, caller: Worker, parts: PartsOf) -> Response:
    """Hand a task to another discipline. Whoever had it follows the conversation; the note goes there. Takes an Idempotency-Key."""
    member = None if body.member_id is None else MemberId(body.member_id)
    await parts.members.know(caller.workspace_id, named=member)
    wish = HandOff(discipline=body.discipline, note=body.note, member_id=member)

    async def hand(connection: Connection) -> tuple[int, object]:
        now, workspace = parts.clock.now(), caller.workspace_id
        target, events = await hand_off(connection, workspace, TaskId(task_id), wish, version=body.version, by=caller.member_id, now=now)
        await outbox.append(connection, workspace, events, now=now)
        return HTTPStatus.OK, await changes.get_task(connection, workspace, target)

    answer = await once(request, parts.database, caller, hand)
    parts.published()
    return answer
