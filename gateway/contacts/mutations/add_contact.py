"""addContact: enters a person."""

from typing import Annotated

import strawberry

from gateway.contacts.entering import PersonInput, person_payload
from gateway.contacts.types import Contact
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, Problem, problem_of
from services.contracts.views import ContactView


@strawberry.input(description="A person to enter: a name, an address, a number or an account at least.")
class AddContactInput(PersonInput):
    """Arguments of addContact."""

    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key within two days enters nobody twice; at most 255 characters."
    )


@strawberry.type(description="The person is known.")
class ContactAdded:
    """Success."""

    contact: ContactView = strawberry.field(
        graphql_type=Contact, description="The contact: a new one, or whoever was known for certain by what was given."
    )


AddContactResult = Annotated[
    ContactAdded | Conflict | InvalidInput | NotAllowed,
    strawberry.union("AddContactResult", description="The contact, or why nobody was entered."),
]


async def add_contact(info: Info, input: AddContactInput) -> ContactAdded | Problem:  # noqa: A002 - the argument's name in the schema
    """Enter a person."""
    try:
        added = await info.context.clients.people.add(person_payload(input), idempotency_key=input.idempotency_key)
        return ContactAdded(contact=added)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=add_contact,
    graphql_type=AddContactResult,
    description="Enter a person. Whoever is known for certain by a verified address or an account is answered, with it added. "
    "Needs the scope contacts:write.",
)
