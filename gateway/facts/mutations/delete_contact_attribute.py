"""deleteContactAttribute: deletes an attribute with everybody's values of it."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of


@strawberry.input(description="An attribute to delete.")
class DeleteContactAttributeInput:
    """Arguments of deleteContactAttribute."""

    key: str = strawberry.field(description="Its key.")


@strawberry.type(description="The attribute and its values are gone.")
class ContactAttributeDeleted:
    """Success."""

    key: str = strawberry.field(description="As given.")


DeleteContactAttributeResult = Annotated[
    ContactAttributeDeleted | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("DeleteContactAttributeResult", description="What became of it, or why nothing was changed."),
]


async def delete_contact_attribute(info: Info, input: DeleteContactAttributeInput) -> ContactAttributeDeleted | Problem:  # noqa: A002 - the argument's name in the schema
    """Deletes an attribute with everybody's values of it."""
    try:
        await info.context.clients.facts.delete_definition(input.key)
        return ContactAttributeDeleted(key=input.key)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=delete_contact_attribute,
    graphql_type=DeleteContactAttributeResult,
    description="Delete an attribute with everybody's values of it. Needs the scope attributes:write.",
)
