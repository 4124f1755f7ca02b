"""What the mutations of merging answer alike: the entry of the journal, or why nothing was changed."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry

from gateway.errors import GatewayError
from gateway.merging.types import Merge
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, Stale, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ContactId
from services.contracts.views import MergeView


@strawberry.type(description="It is done, and can be taken back.")
class ContactsRedrawn:
    """Success."""

    merge: MergeView = strawberry.field(graphql_type=Merge, description="The entry of the journal.")


MergeResult = Annotated[
    ContactsRedrawn | Stale | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("MergeResult", description="The entry of the journal, or why nothing was changed."),
]


async def redraw(act: Callable[[], Awaitable[MergeView]]) -> ContactsRedrawn | Problem:
    """Run `act`. Raises GatewayError where no member can do anything about it."""
    try:
        return ContactsRedrawn(merge=await act())
    except GatewayError as error:
        return problem_of(error)


def read_contact(given: strawberry.ID | None) -> str | None:
    """The id in a payload; null where none is given. Raises MalformedInputError."""
    return None if given is None else str(ContactId(read_id_of(given, type_name="Contact")))
