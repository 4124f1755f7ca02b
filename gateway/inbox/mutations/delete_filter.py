"""deleteFilter: forgets one of the member's own filters."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import SavedFilterId


@strawberry.input(description="A filter to forget.")
class DeleteFilterInput:
    """Arguments of deleteFilter."""

    filter_id: strawberry.ID = strawberry.field(description="The filter, by its id.")


@strawberry.type(description="The filter is gone.")
class FilterDeleted:
    """Success."""

    filter_id: strawberry.ID = strawberry.field(description="As given.")


DeleteFilterResult = Annotated[
    FilterDeleted | NotFound | InvalidInput | NotAllowed,
    strawberry.union("DeleteFilterResult", description="The filter's id, or why it is still there."),
]


async def delete_filter(info: Info, input: DeleteFilterInput) -> FilterDeleted | Problem:  # noqa: A002 - the argument's name in the schema
    """Forget a filter."""
    try:
        await info.context.clients.engagement.delete_filter(SavedFilterId(read_id_of(input.filter_id, type_name="SavedFilter")))
    except GatewayError as error:
        return problem_of(error)
    return FilterDeleted(filter_id=input.filter_id)


field = strawberry.mutation(
    resolver=delete_filter,
    graphql_type=DeleteFilterResult,
    description="Forget one of the member's own filters.",
)
