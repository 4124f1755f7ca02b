"""deleteLabel: takes a label from every thread and from the list."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import LabelId


@strawberry.input(description="A label to delete.")
class DeleteLabelInput:
    """Arguments of deleteLabel."""

    label_id: strawberry.ID = strawberry.field(description="The label, by global id.")


@strawberry.type(description="The label is gone.")
class LabelDeleted:
    """Success."""

    label_id: strawberry.ID = strawberry.field(description="As given.")


DeleteLabelResult = Annotated[
    LabelDeleted | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("DeleteLabelResult", description="The label's id, or why it is still there."),
]


async def delete_label(info: Info, input: DeleteLabelInput) -> LabelDeleted | Problem:  # noqa: A002 - the argument's name in the schema
    """Delete a label."""
    try:
        await info.context.clients.engagement.delete_label(LabelId(read_id_of(input.label_id, type_name="Label")))
    except GatewayError as error:
        return problem_of(error)
    return LabelDeleted(label_id=input.label_id)


field = strawberry.mutation(
    resolver=delete_label,
    graphql_type=DeleteLabelResult,
    description="Take a label from every thread and from the list.",
)
