"""setTaskReference: says what another system calls a task."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from gateway.routing.types import Task
from services.contracts.ids import TaskId
from services.contracts.views import TaskView


@strawberry.input(description="What another system calls a task.")
class SetTaskReferenceInput:
    """Arguments of setTaskReference."""

    task_id: strawberry.ID = strawberry.field(description="The task, by global id.")
    system: str = strawberry.field(description="The other system: small letters, digits, _ . and -, at most 50.")
    type: str = strawberry.field(description="Of what kind it is there, written likewise.")
    external_id: str = strawberry.field(description="Its id there; at most 200 characters.")
    url: str | None = strawberry.field(default=None, description="Where the other system shows it; null: as before.")


@strawberry.type(description="The task, with what other systems call it.")
class TaskReferred:
    """Success."""

    task: TaskView = strawberry.field(graphql_type=Task, description="The task as it is now.")


TaskReferenceResult = Annotated[
    TaskReferred | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("TaskReferenceResult", description="The task, or why nothing changed."),
]


async def set_task_reference(info: Info, input: SetTaskReferenceInput) -> TaskReferred | Problem:  # noqa: A002 - the argument's name in the schema
    """Says what another system calls a task."""
    try:
        task = TaskId(read_id_of(input.task_id, type_name="Task"))
        names = (input.system, input.type, input.external_id)
        return TaskReferred(task=await info.context.clients.routing.set_task_reference(task, names, url=input.url))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=set_task_reference,
    graphql_type=TaskReferenceResult,
    description="Say what another system calls a task; what it calls another task answers Conflict. Needs the scope tasks:write.",
)
