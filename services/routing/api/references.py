"""Endpoints of what other systems call tasks: given, taken, found by, and work that is entered by it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field, model_validator

from services.contracts.ids import TaskId
from services.contracts.views import TaskView
from services.contracts.vocabulary import Discipline, Phase, Urgency
from services.kit.access import Caller, require
from services.kit.http import RequestBody
from services.kit.http.moments import Moment
from services.kit.http.references import ExternalId, Named, System, Url
from services.kit.pagination import Page
from services.kit.references import Reference
from services.routing.api.edge import PartsOf
from services.routing.references import Entry, enter_task, find_task, remove_reference, set_reference

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])
Reader = Annotated[Caller, Depends(require("tasks:read"))]
Worker = Annotated[Caller, Depends(require("tasks:write"))]


class TaskReferenceBody(RequestBody):
    """Where the other system shows it."""

    url: Url | None = None


class ReferredTaskBody(RequestBody):
    """Work that another system knows of, about a person named by contact or by profile."""

    contact_id: UUID | None = None
    profile_id: UUID | None = None
    discipline: Annotated[Discipline, Field(description="Whose job it is.")]
    phase: Annotated[Phase, Field(description="Where on the journey the person is; it chooses the playbook's guidance and time.")]
    why: Annotated[str, Field(max_length=500, description="Why there is something to do, for people.")] = ""
    urgency: Urgency = Urgency.NORMAL
    due_at: Annotated[Moment | None, Field(description="By when; by the service levels where it is left out.")] = None
    url: Url | None = None

    @model_validator(mode="after")
    def somebody(self) -> "ReferredTaskBody":
        """Refuses nobody, and two names for one person."""
        if (self.contact_id is None) == (self.profile_id is None):
            message = "give either `contact_id` or `profile_id`"
            raise ValueError(message)
        return self


@router.get("/lookup")
async def look_task_up(
    caller: Reader,
    parts: PartsOf,
    *,
    system: Annotated[System, Query(description="Another system.")],
    type: Annotated[System, Query(description="Of what kind it is there.")],  # noqa: A002 - the parameter's name in the query
    external_id: Annotated[ExternalId, Query(description="Its id there.")],
) -> Page[TaskView]:
    """The task that another system calls so; none where no task is."""
    named = Reference(system=system, type=type, external_id=external_id)
    async with parts.database.transaction(caller.workspace_id) as connection:
        found = await find_task(connection, caller.workspace_id, named)
    return Page(items=[] if found is None else [found])


@router.put("/by-reference/{system}/{type}/{external_id}")  # noqa: FAST003 - `Named` takes them
async def put_task_by_reference(named: Named, body: ReferredTaskBody, caller: Worker, parts: PartsOf, response: Response) -> TaskView:
    """Enter work that another system knows of: 201 where it began, 200 where it is known, or joined the person's open work.

    While it is open it follows the time and urgency that are given; finished work stays as it is.
    """
    entry = Entry(
        contact_id=body.contact_id,
        profile_id=body.profile_id,
        discipline=body.discipline,
        phase=body.phase,
        why=body.why,
        urgency=body.urgency,
        due_at=body.due_at,
        url=body.url,
    )
    async with parts.database.transaction(caller.workspace_id) as connection:
        task, began = await enter_task(connection, caller.workspace_id, named, entry, by=caller.member_id, now=parts.clock.now())
    parts.published()
    response.status_code = 201 if began else 200
    return task


@router.put("/{task_id}/references/{system}/{type}/{external_id}")  # noqa: FAST003 - `Named` takes them
async def put_task_reference(task_id: UUID, named: Named, body: TaskReferenceBody, caller: Worker, parts: PartsOf) -> TaskView:
    """Say what another system calls the task. Answers the task with all its references, at most 50."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await set_reference(
            connection, caller.workspace_id, TaskId(task_id), named, url=body.url, by=caller.member_id, now=parts.clock.now()
        )


@router.delete("/{task_id}/references/{system}/{type}/{external_id}")  # noqa: FAST003 - `Named` takes them
async def delete_task_reference(task_id: Annotated[UUID, Path()], named: Named, caller: Worker, parts: PartsOf) -> TaskView:
    """Take a reference back. Answers the task with those that are left."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await remove_reference(connection, caller.workspace_id, TaskId(task_id), named)
