"""saveContactAttribute: defines an attribute of people, or changes one."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.facts.types import AttributeDefinition
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, Stale, problem_of
from gateway.vocabulary import AttributeType
from services.contracts.views.facts import AttributeDefinitionView


@strawberry.input(description="An attribute to define, or to change; what is left out stays.")
class SaveContactAttributeInput:
    """Arguments of saveContactAttribute."""

    key: str = strawberry.field(description="Its name for programs: small letters, digits and _, at most 50 characters.")
    type: AttributeType | None = strawberry.field(
        default=None, description="What its values are; needed to define one, left out to change one."
    )
    label: str | None = strawberry.field(default=None, description="Its name for people, at most 100 characters; needed to define one.")
    options: list[str] | None = strawberry.field(default=None, description="What a choice chooses from, at most 100.")
    version: int | None = strawberry.field(default=None, description="Its version as read; another one answers Stale. Null: any.")


@strawberry.type(description="The attribute is defined.")
class ContactAttributeSaved:
    """Success."""

    attribute: AttributeDefinitionView = strawberry.field(graphql_type=AttributeDefinition, description="The definition, as it stands now.")


SaveContactAttributeResult = Annotated[
    ContactAttributeSaved | Stale | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SaveContactAttributeResult", description="What became of it, or why nothing was changed."),
]


async def save_contact_attribute(info: Info, input: SaveContactAttributeInput) -> ContactAttributeSaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Defines an attribute of people, or changes one."""
    try:
        given = {"key": None if input.type is None else input.key, "type": input.type, "label": input.label, "options": input.options}
        payload = {name: value for name, value in given.items() if value is not None}
        saved = await info.context.clients.facts.save_definition(input.key, payload=payload, version=input.version)
        return ContactAttributeSaved(attribute=saved)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=save_contact_attribute,
    graphql_type=SaveContactAttributeResult,
    description="Define an attribute of people, or rename it and change its options, not those in use. Needs the scope attributes:write.",
)
