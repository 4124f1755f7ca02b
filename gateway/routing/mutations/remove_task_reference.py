"""removeTaskReference: takes back what another system calls a task."""

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Problem, problem_of
from gateway.relay import read_id_of
from gateway.routing.mutations.set_task_reference import TaskReferenceResult, TaskReferred
from services.contracts.ids import TaskId


@strawberry.input(description="What another system does not call a task.")
class RemoveTaskReferenceInput:
    """Arguments of removeTaskReference."""

    task_id: strawberry.ID = strawberry.field(description="The task, by global id.")
    system: str = strawberry.field(description="The other system: small letters, digits, _ . and -, at most 50.")
    type: str = strawberry.field(description="Of what kind it is there, written likewise.")
    external_id: str = strawberry.field(description="Its id there; at most 200 characters.")


async def remove_task_reference(info: Info, input: RemoveTaskReferenceInput) -> TaskReferred | Problem:  # noqa: A002 - the argument's name in the schema
    """Takes back what another system calls a task."""
    try:
        task = TaskId(read_id_of(input.task_id, type_name="Task"))
        names = (input.system, input.type, input.external_id)
        return TaskReferred(task=await info.context.clients.routing.remove_task_reference(task, names))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=remove_task_reference,
    graphql_type=TaskReferenceResult,
    description="Take back what another system calls a task. Needs the scope tasks:write.",
)
