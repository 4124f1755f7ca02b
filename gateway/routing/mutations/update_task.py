"""updateTask: takes, starts, completes, declines a task, unless a colleague was faster."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from gateway.routing.types import Task
from gateway.vocabulary import TaskState
from services.contracts.ids import TaskId
from services.contracts.views import TaskView


@strawberry.input(description="A task and what is to change; what is left out stays.")
class UpdateTaskInput:
    """Arguments of updateTask."""

    task_id: strawberry.ID = strawberry.field(description="The task, by global id.")
    version: int = strawberry.field(description="Its version as read.")
    state: TaskState | None = strawberry.field(default=None, description="Where it stands from now on.")
    member_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whose it is from now on, by global id; null gives it back to its discipline's queue.",
    )
    outcome: str | None = strawberry.field(default=None, description="How it ended; at most 1,000 characters.")


@strawberry.type(description="The task is changed.")
class TaskUpdated:
    """Success."""

    task: TaskView = strawberry.field(graphql_type=Task, description="The task, as it stands now.")


UpdateTaskResult = Annotated[
    TaskUpdated | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("UpdateTaskResult", description="The task, or why nothing changed."),
]


async def update_task(info: Info, input: UpdateTaskInput) -> TaskUpdated | Problem:  # noqa: A002 - the argument's name in the schema
    """Change a task."""
    try:
        task = TaskId(read_id_of(input.task_id, type_name="Task"))
        return TaskUpdated(task=await info.context.clients.routing.change_task(task, payload=_changes(input)))
    except GatewayError as error:
        return problem_of(error)


def _changes(wanted: UpdateTaskInput) -> dict[str, object]:
    given = {"version": wanted.version, "state": wanted.state, "outcome": wanted.outcome}
    changes: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    if wanted.member_id is not strawberry.UNSET:
        member = wanted.member_id
        changes["member_id"] = None if member is None else read_id_of(member, type_name="Member")
    return changes


field = strawberry.mutation(
    resolver=update_task,
    graphql_type=UpdateTaskResult,
    description="Take, start, complete or decline a task. A version that is not the current one answers Conflict.",
)
