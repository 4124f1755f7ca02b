"""saveFilter: keeps a choice of conversations under a name, or replaces one."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError, MalformedInputError
from gateway.inbox.types import SavedFilter
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from gateway.vocabulary import ConversationStatus
from services.contracts.ids import SavedFilterId
from services.contracts.views import SavedFilterView


@strawberry.input(description="A filter to keep, or to replace as a whole; what is null does not narrow.")
class SaveFilterInput:
    """Arguments of saveFilter."""

    name: str = strawberry.field(description="1 to 100 characters.")
    filter_id: strawberry.ID | None = strawberry.field(default=None, description="The filter to replace; null to keep a new one.")
    version: int | None = strawberry.field(default=None, description="Its version as read; needed to replace one.")
    shared: bool = strawberry.field(default=False, description="Whether every member is to see it.")
    status: ConversationStatus | None = strawberry.field(default=None, description="Only conversations of this status.")
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this channel, by global id.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this owner, by global id.")
    label_id: strawberry.ID | None = strawberry.field(default=None, description="Only with this label, by global id.")


@strawberry.type(description="The filter is kept.")
class FilterSaved:
    """Success."""

    filter: SavedFilterView = strawberry.field(graphql_type=SavedFilter, description="The filter, as it stands now.")


SaveFilterResult = Annotated[
    FilterSaved | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SaveFilterResult", description="The filter, or why nothing was saved."),
]


async def save_filter(info: Info, input: SaveFilterInput) -> FilterSaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Keep or replace a filter."""
    engagement = info.context.clients.engagement
    try:
        payload = _payload(input)
        if input.filter_id is None:
            return FilterSaved(filter=await engagement.add_filter(payload=payload))
        known = SavedFilterId(read_id_of(input.filter_id, type_name="SavedFilter"))
        return FilterSaved(filter=await engagement.replace_filter(known, payload={**payload, "version": input.version}))
    except GatewayError as error:
        return problem_of(error)


def _payload(wanted: SaveFilterInput) -> dict[str, object]:
    if (wanted.filter_id is None) != (wanted.version is None):
        message = "`version` goes with `filterId`: the filter's version as read."
        raise MalformedInputError(message)
    named = (("channel_id", wanted.channel_id, "Channel"), ("owner_id", wanted.owner_id, "Member"), ("label_id", wanted.label_id, "Label"))
    ids = {name: None if id_ is None else str(read_id_of(id_, type_name=type_name)) for name, id_, type_name in named}
    return {"name": wanted.name, "shared": wanted.shared, "status": wanted.status, **ids}


field = strawberry.mutation(
    resolver=save_filter,
    graphql_type=SaveFilterResult,
    description="Keep a choice of conversations under a name, or replace one of the member's own.",
)
