"""What the mutations of facts have in common: the contact that was changed, by global id, and the version that the caller saw."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry

from gateway.contacts.types import Contact
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, Stale, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ContactId
from services.contracts.views import ContactView


@strawberry.type(description="The contact is as wished.")
class ContactChanged:
    """Success."""

    contact: ContactView = strawberry.field(graphql_type=Contact, description="The contact, as it stands now.")


ChangeContactResult = Annotated[
    ContactChanged | Stale | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("ChangeContactResult", description="The contact, or why nothing was changed."),
]


async def change_contact(info: Info, contact_id: strawberry.ID, act: Callable[[ContactId], Awaitable[None]]) -> ContactChanged | Problem:
    """Run `act` on the contact, and read it again. Raises GatewayError where no member can do anything about it."""
    try:
        contact = ContactId(read_id_of(contact_id, type_name="Contact"))
        await act(contact)
        (found,) = await info.context.clients.identity.contacts_by_ids([contact])
    except GatewayError as error:
        return problem_of(error)
    if found is None:
        return NotFound(code="CONTACT_NOT_FOUND", message="There is no such contact.")
    return ContactChanged(contact=found)
