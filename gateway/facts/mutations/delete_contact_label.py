"""deleteContactLabel: takes a label from everybody and from the list."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ContactLabelId


@strawberry.input(description="A label to delete.")
class DeleteContactLabelInput:
    """Arguments of deleteContactLabel."""

    label_id: strawberry.ID = strawberry.field(description="The label, by global id.")


@strawberry.type(description="The label is gone.")
class ContactLabelDeleted:
    """Success."""

    label_id: strawberry.ID = strawberry.field(description="As given.")


DeleteContactLabelResult = Annotated[
    ContactLabelDeleted | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("DeleteContactLabelResult", description="What became of it, or why nothing was changed."),
]


async def delete_contact_label(info: Info, input: DeleteContactLabelInput) -> ContactLabelDeleted | Problem:  # noqa: A002 - the argument's name in the schema
    """Takes a label from everybody and from the list."""
    try:
        await info.context.clients.facts.delete_label(ContactLabelId(read_id_of(input.label_id, type_name="ContactLabel")))
        return ContactLabelDeleted(label_id=input.label_id)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=delete_contact_label,
    graphql_type=DeleteContactLabelResult,
    description="Take a label from everybody and from the list. Needs the scope contacts:write.",
)
