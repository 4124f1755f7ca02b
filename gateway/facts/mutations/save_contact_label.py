"""saveContactLabel: makes a label for people, or renames and recolours one."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.facts.types import ContactLabel
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, Stale, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ContactLabelId
from services.contracts.views.facts import ContactLabelView


@strawberry.input(description="A label to make, or to change; what is left out stays.")
class SaveContactLabelInput:
    """Arguments of saveContactLabel."""

    label_id: strawberry.ID | None = strawberry.field(default=None, description="The label to change, by global id; null to make one.")
    name: str | None = strawberry.field(default=None, description="1 to 50 characters, unique however written; needed to make one.")
    colour: str | None = strawberry.field(default=None, description="As #rrggbb; grey where none is given.")
    offered: bool | None = strawberry.field(default=None, description="Whether people may choose it on their preference page.")
    version: int | None = strawberry.field(default=None, description="Its version as read; another one answers Stale. Null: any.")


@strawberry.type(description="The label is in the list.")
class ContactLabelSaved:
    """Success."""

    label: ContactLabelView = strawberry.field(graphql_type=ContactLabel, description="The label, as it stands now.")


SaveContactLabelResult = Annotated[
    ContactLabelSaved | Stale | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SaveContactLabelResult", description="What became of it, or why nothing was changed."),
]


async def save_contact_label(info: Info, input: SaveContactLabelInput) -> ContactLabelSaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Makes a label for people, or renames and recolours one."""
    try:
        label = None if input.label_id is None else ContactLabelId(read_id_of(input.label_id, type_name="ContactLabel"))
        given = {"name": input.name, "colour": input.colour, "offered": input.offered}
        payload = {name: value for name, value in given.items() if value is not None}
        return ContactLabelSaved(label=await info.context.clients.facts.save_label(label, payload=payload, version=input.version))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=save_contact_label,
    graphql_type=SaveContactLabelResult,
    description="Make a label for people, or rename and recolour one. Needs the scope contacts:write.",
)
