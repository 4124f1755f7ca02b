"""handOffTask: gives a task to another discipline, with a note for colleagues; the contact is told nothing."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from gateway.routing.types import Task
from gateway.vocabulary import Discipline
from services.contracts.ids import TaskId
from services.contracts.views import TaskView


@strawberry.input(description="A task, the discipline that takes it over, and what it is to know.")
class HandOffTaskInput:
    """Arguments of handOffTask."""

    task_id: strawberry.ID = strawberry.field(description="The task, by global id.")
    version: int = strawberry.field(description="Its version as read.")
    discipline: Discipline = strawberry.field(description="Who takes it over.")
    note: str = strawberry.field(description="What they are to know; colleagues read it in the conversation. At most 4,000 characters.")
    member_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who of them, by global id; null puts it into the discipline's queue."
    )


@strawberry.type(description="It is handed off.")
class TaskHandedOff:
    """Success."""

    task: TaskView = strawberry.field(
        graphql_type=Task, description="The task that has the work now: this one, or the person's open one of that discipline."
    )


HandOffTaskResult = Annotated[
    TaskHandedOff | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("HandOffTaskResult", description="The task, or why nothing changed."),
]


async def hand_off_task(info: Info, input: HandOffTaskInput) -> TaskHandedOff | Problem:  # noqa: A002 - the argument's name in the schema
    """Hand a task off."""
    try:
        task = TaskId(read_id_of(input.task_id, type_name="Task"))
        said: dict[str, object] = {"version": input.version, "discipline": input.discipline, "note": input.note}
        if input.member_id is not None:
            said["member_id"] = read_id_of(input.member_id, type_name="Member")
        return TaskHandedOff(task=await info.context.clients.routing.hand_task_off(task, payload=said))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=hand_off_task,
    graphql_type=HandOffTaskResult,
    description="Hand a task to another discipline. Whoever had it follows the conversation; the contact is told nothing.",
)
