"""saveLabel: makes a label, or renames and recolours one."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Label
from gateway.errors import GatewayError, MalformedInputError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import LabelId
from services.contracts.views import LabelView


@strawberry.input(description="A label to make, or to change; what is left out stays.")
class SaveLabelInput:
    """Arguments of saveLabel."""

    label_id: strawberry.ID | None = strawberry.field(default=None, description="The label to change, by global id; null to make one.")
    version: int | None = strawberry.field(default=None, description="Its version as read; needed to change one.")
    name: str | None = strawberry.field(default=None, description="1 to 50 characters, unique however written; needed to make one.")
    colour: str | None = strawberry.field(default=None, description="As #rrggbb; grey where none is given.")


@strawberry.type(description="The label is in the list.")
class LabelSaved:
    """Success."""

    label: LabelView = strawberry.field(graphql_type=Label, description="The label, as it stands now.")


SaveLabelResult = Annotated[
    LabelSaved | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SaveLabelResult", description="The label, or why nothing was saved."),
]


async def save_label(info: Info, input: SaveLabelInput) -> LabelSaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Make or change a label."""
    engagement = info.context.clients.engagement
    try:
        payload = _payload(input)
        if input.label_id is None:
            return LabelSaved(label=await engagement.add_label(payload=payload))
        label = LabelId(read_id_of(input.label_id, type_name="Label"))
        return LabelSaved(label=await engagement.change_label(label, payload=payload))
    except GatewayError as error:
        return problem_of(error)


def _payload(wanted: SaveLabelInput) -> dict[str, object]:
    if (wanted.label_id is None) != (wanted.version is None):
        message = "`version` goes with `labelId`: the label's version as read."
        raise MalformedInputError(message)
    if wanted.label_id is None and wanted.name is None:
        message = "A new label needs a `name`."
        raise MalformedInputError(message)
    given = {"version": wanted.version, "name": wanted.name, "colour": wanted.colour}
    return {name: value for name, value in given.items() if value is not None}


field = strawberry.mutation(
    resolver=save_label,
    graphql_type=SaveLabelResult,
    description="Make a label, or rename and recolour one. An old version, or a name that is taken, answers Conflict.",
)
