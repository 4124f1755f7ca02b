"""REST of assignment: what members can take, how tasks are given, taking the next one, and why a task went where it went."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import ChannelId, MemberId
from services.contracts.views import TaskView
from services.contracts.views.assigning import AgentView, AssignmentSettingsView, AssignmentView, WeightView
from services.kit import outbox
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once
from services.routing.api.edge import PartsOf
from services.routing.assigning import agents, giving
from services.routing.changes import get_task
from services.routing.errors import MemberNotFoundError, NotYourselfError

router = APIRouter(prefix="/v1", tags=["assignment"])
Reader = Annotated[Caller, Depends(require("tasks:read"))]
Worker = Annotated[Caller, Depends(require("tasks:write"))]
Editor = Annotated[Caller, Depends(require("playbook:write"))]
Capacity = Annotated[float, Field(ge=0, le=1000)]
Skill = Annotated[str, Field(min_length=1, max_length=100)]
Version = Annotated[int, Field(ge=0, le=2**31 - 2, description="The version that was read; 0 where nothing was said yet.")]


class WeightInput(RequestBody):
    """How much of a member's capacity a task of this channel takes."""

    channel_id: UUID
    weight: Annotated[float, Field(gt=0, le=100)]


class AssignmentSettingsBody(RequestBody):
    """How tasks are given from now on."""

    pushes: Annotated[bool, Field(description="True: the best-suited get them; false: members take them (POST /v1/tasks/next).")]
    capacity: Annotated[Capacity, Field(description="How much a member has at once, where nothing else is said of them.")] = 10.0
    weights: Annotated[list[WeightInput], Field(max_length=200, description="Channels whose tasks weigh other than 1.")] = Field(
        default_factory=list
    )
    hand_off_days: Annotated[int, Field(ge=1, le=365, description="After so many days without contact a hand-off is flagged.")] = 3
    version: Version


class AgentBody(RequestBody):
    """What is to change; what is absent stays."""

    skills: Annotated[list[Skill], Field(max_length=100, description="Intents and topics that triage finds.")] | None = None
    capacity: Annotated[Capacity | None, Field(description="Null: the workspace's.")] = None
    version: Version


class AvailabilityBody(RequestBody):
    """Whether the member takes work now."""

    available: bool
    version: Version


@router.get("/assignment-settings")
async def get_assignment_settings(caller: Reader, parts: PartsOf) -> AssignmentSettingsView:
    """How tasks are given."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await agents.settings_of(connection, caller.workspace_id)


@router.put("/assignment-settings")
async def set_assignment_settings(body: AssignmentSettingsBody, caller: Editor, parts: PartsOf) -> AssignmentSettingsView:
    """Say how tasks are given from now on. Refused where somebody changed it meanwhile."""
    weights = tuple(WeightView(channel_id=ChannelId(each.channel_id), weight=each.weight) for each in body.weights)
    wanted = AssignmentSettingsView(
        pushes=body.pushes, capacity=body.capacity, weights=weights, version=body.version, hand_off_days=body.hand_off_days
    )
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await agents.replace_settings(connection, caller.workspace_id, wanted, by=caller.caller_id, now=parts.clock.now())


@router.get("/agents")
async def list_agents(caller: Reader, parts: PartsOf) -> list[AgentView]:
    """Everybody who works here: what they can do, how much they have, whether they take work now."""
    await parts.members.fill(caller.workspace_id)
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await agents.list_agents(connection, caller.workspace_id, now=parts.clock.now())


@router.put("/agents/{member_id}")
async def set_agent(member_id: UUID, body: AgentBody, caller: Editor, parts: PartsOf) -> AgentView:
    """Say what a member can do and how much they have at once."""
    await parts.members.fill(caller.workspace_id)
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await agents.change_agent(
            connection,
            caller.workspace_id,
            MemberId(member_id),
            skills=body.skills,
            capacity=body.capacity,
            keep_capacity="capacity" not in body.model_fields_set,
            available=None,
            version=body.version,
            now=parts.clock.now(),
        )


@router.put("/agents/{member_id}/availability")
async def set_availability(member_id: UUID, body: AvailabilityBody, caller: Worker, parts: PartsOf) -> AgentView:
    """Say whether you take work now. Of others, whoever may edit the playbook says it."""
    if caller.member_id != member_id and "playbook:write" not in caller.scopes:
        raise NotYourselfError
    await parts.members.fill(caller.workspace_id)
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await agents.change_agent(
            connection,
            caller.workspace_id,
            MemberId(member_id),
            skills=None,
            capacity=None,
            keep_capacity=True,
            available=body.available,
            version=body.version,
            now=parts.clock.now(),
        )


@router.post("/tasks/next", response_model=TaskView, responses={204: {"description": "No task waits that you have room for."}})
async def take_next_task(request: Request, caller: Worker, parts: PartsOf) -> Response:
    """Take the waiting task that suits you best among the most urgent of your disciplines; 204: there is none. Takes an Idempotency-Key."""
    member = caller.member_id
    if member is None:
        raise MemberNotFoundError("Only members take tasks; an API key gives them with PATCH /v1/tasks/{task_id}.")
    await parts.members.fill(caller.workspace_id)

    async def take(connection: Connection) -> tuple[int, object]:
        now = parts.clock.now()
        found, events = await giving.take_next(connection, caller.workspace_id, member, now=now)
        if found is None:
            return HTTPStatus.NO_CONTENT, None
        await outbox.append(connection, caller.workspace_id, events, now=now)
        return HTTPStatus.OK, await get_task(connection, caller.workspace_id, found)

    answer = await once(request, parts.database, caller, take)
    parts.published()
    return answer


@router.get("/tasks/{task_id}/assignments")
async def list_task_assignments(task_id: UUID, caller: Reader, parts: PartsOf) -> list[AssignmentView]:
    """Why the task went where it went, with the scores of those who suited best; oldest first."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return (await giving.list_assignments(connection, caller.workspace_id, [task_id]))[0]
