"""releaseContact: lifts a legal hold."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import global_id, read_id_of
from services.contracts.ids import ContactId


@strawberry.input(description="Who is held no longer.")
class ReleaseContactInput:
    """Arguments of releaseContact."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")


@strawberry.type(description="The person is held no longer: rules of retention count again with their next run.")
class ContactReleased:
    """Success."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")


ReleaseContactResult = Annotated[
    ContactReleased | NotFound | InvalidInput | NotAllowed,
    strawberry.union("ReleaseContactResult", description="That it is lifted, or why it is not."),
]


async def release_contact(info: Info, input: ReleaseContactInput) -> ContactReleased | Problem:  # noqa: A002 - the argument's name in the schema
    """Lifts the hold."""
    try:
        contact = ContactId(read_id_of(input.contact_id, type_name="Contact"))
        await info.context.clients.erasures.release(contact)
        return ContactReleased(contact_id=global_id("Contact", contact))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=release_contact,
    graphql_type=ReleaseContactResult,
    description="Lift a legal hold. Needs the scope people:erase.",
)
