"""addContactProfile: adds an account, an e-mail address or a phone number to a contact."""

from typing import Annotated

import strawberry

from gateway.contacts.entering import PersonInput, person_payload
from gateway.contacts.types import Profile
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, Stale, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ContactId
from services.contracts.views import ProfileView


@strawberry.input(description="An account, an address or a number of somebody who is known.")
class AddContactProfileInput(PersonInput):
    """Arguments of addContactProfile."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    version: int | None = strawberry.field(default=None, description="The contact's version as read; another one answers Stale. Null: any.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key within two days adds nothing twice; at most 255 characters."
    )


@strawberry.type(description="The contact has it.")
class ContactProfileAdded:
    """Success."""

    profile: ProfileView = strawberry.field(graphql_type=Profile, description="The account; detachProfile parts it again.")


AddContactProfileResult = Annotated[
    ContactProfileAdded | Stale | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("AddContactProfileResult", description="The account, or why nothing was added."),
]


async def add_contact_profile(info: Info, input: AddContactProfileInput) -> ContactProfileAdded | Problem:  # noqa: A002 - the argument's name in the schema
    """Add an account to a contact."""
    try:
        contact = ContactId(read_id_of(input.contact_id, type_name="Contact"))
        added = await info.context.clients.people.add_profile(
            contact, person_payload(input), version=input.version, idempotency_key=input.idempotency_key
        )
        return ContactProfileAdded(profile=added)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=add_contact_profile,
    graphql_type=AddContactProfileResult,
    description="Add an account, an e-mail address or a phone number to a contact; undoMerge takes it back. One of several accounts of "
    "another contact answers Conflict. Needs the scope contacts:write.",
)
