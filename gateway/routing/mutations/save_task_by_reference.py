"""saveTaskByReference: enters work that another system knows of, under the name that it has there."""

from datetime import datetime

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Problem, problem_of
from gateway.relay import read_id_of
from gateway.routing.mutations.set_task_reference import TaskReferenceResult, TaskReferred
from gateway.vocabulary import Discipline, Phase, Urgency


@strawberry.input(description="Work that another system knows of.")
class SaveTaskByReferenceInput:
    """Arguments of saveTaskByReference."""

    system: str = strawberry.field(description="The other system: small letters, digits, _ . and -, at most 50.")
    type: str = strawberry.field(description="Of what kind it is there, written likewise.")
    external_id: str = strawberry.field(description="Its id there; at most 200 characters, no slash.")
    contact_id: strawberry.ID = strawberry.field(description="About whom it is, by global id.")
    discipline: Discipline = strawberry.field(description="Whose job it is.")
    phase: Phase = strawberry.field(description="Where on the journey the person is; it chooses the playbook's guidance and time.")
    why: str = strawberry.field(default="", description="Why there is something to do, for people; at most 500 characters.")
    urgency: Urgency = strawberry.field(default=Urgency.NORMAL, description="How urgent it is.")
    due_at: datetime | None = strawberry.field(default=None, description="By when; null: by the service levels.")
    url: str | None = strawberry.field(default=None, description="Where the other system shows it.")


async def save_task_by_reference(info: Info, input: SaveTaskByReferenceInput) -> TaskReferred | Problem:  # noqa: A002 - the argument's name in the schema
    """Enter or follow."""
    try:
        said: dict[str, object] = {
            "contact_id": read_id_of(input.contact_id, type_name="Contact"),
            "discipline": input.discipline,
            "phase": input.phase,
            "why": input.why,
            "urgency": input.urgency,
            "due_at": input.due_at,
            "url": input.url,
        }
        names = (input.system, input.type, input.external_id)
        return TaskReferred(task=await info.context.clients.routing.save_task_by_reference(names, payload=said))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=save_task_by_reference,
    graphql_type=TaskReferenceResult,
    description="Enter work that another system knows of, or follow what it says of the task called so. Needs the scope tasks:write.",
)
