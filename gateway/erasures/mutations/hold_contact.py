"""holdContact: keeps a person from being erased, and what is kept of them from growing old."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.erasures.types import LegalHold
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ContactId
from services.contracts.views import HoldView


@strawberry.input(description="Who is held, and why.")
class HoldContactInput:
    """Arguments of holdContact."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    reason: str = strawberry.field(description="1 to 500 characters; the audit log keeps it.")


@strawberry.type(description="The person is held.")
class ContactHeld:
    """Success."""

    hold: HoldView = strawberry.field(graphql_type=LegalHold, description="The hold.")


HoldContactResult = Annotated[
    ContactHeld | NotFound | InvalidInput | NotAllowed,
    strawberry.union("HoldContactResult", description="The hold, or why there is none."),
]


async def hold_contact(info: Info, input: HoldContactInput) -> ContactHeld | Problem:  # noqa: A002 - the argument's name in the schema
    """Holds a person."""
    try:
        contact = ContactId(read_id_of(input.contact_id, type_name="Contact"))
        return ContactHeld(hold=await info.context.clients.erasures.hold(contact, reason=input.reason))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=hold_contact,
    graphql_type=HoldContactResult,
    description="Set a legal hold: the person is neither erased nor swept away by age until it is lifted. Needs the scope people:erase.",
)
