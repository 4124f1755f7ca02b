"""takeNextTask: the caller takes the waiting task that suits them best."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.mutations.post_reply import idempotency_key
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.routing.types import Task
from services.contracts.views import TaskView


@strawberry.input(description="Nothing is needed.")
class TakeNextTaskInput:
    """Arguments of takeNextTask."""

    client_mutation_id: str | None = strawberry.field(
        default=None, description="The same one within a day takes no second task. At most 200 printable ASCII characters."
    )


@strawberry.type(description="The task is the caller's, or there is none.")
class NextTaskTaken:
    """Success."""

    task: TaskView | None = strawberry.field(
        graphql_type=Task | None, description="The task; null where none waits that the caller has room for."
    )


TakeNextTaskResult = Annotated[
    NextTaskTaken | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("TakeNextTaskResult", description="The task, or why nothing changed."),
]


async def take_next_task(info: Info, input: TakeNextTaskInput) -> NextTaskTaken | Problem:  # noqa: A002 - the argument's name in the schema
    """Take the next one."""
    try:
        key = idempotency_key(input.client_mutation_id)
        return NextTaskTaken(task=await info.context.clients.routing.take_next_task(idempotency_key=key))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=take_next_task,
    graphql_type=TakeNextTaskResult,
    description="Take the waiting task that suits you best among the most urgent of your disciplines. Needs the scope tasks:write.",
)
