"""setContactReference: says what another system calls a contact."""

import strawberry

from gateway.context import Info
from gateway.facts.changing import ChangeContactResult, ContactChanged, change_contact
from gateway.problems import Problem
from services.contracts.ids import ContactId


@strawberry.input(description="What another system calls a contact.")
class SetContactReferenceInput:
    """Arguments of setContactReference."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    system: str = strawberry.field(description="The other system: small letters, digits, _ . and -, at most 50.")
    type: str = strawberry.field(description="Of what kind it is there, written likewise.")
    external_id: str = strawberry.field(description="Its id there; at most 200 characters.")
    url: str | None = strawberry.field(default=None, description="Where the other system shows it; null: as before.")
    version: int | None = strawberry.field(default=None, description="The contact's version as read; another one answers Stale. Null: any.")


async def set_contact_reference(info: Info, input: SetContactReferenceInput) -> ContactChanged | Problem:  # noqa: A002 - the argument's name in the schema
    """Says what another system calls a contact."""

    async def act(contact: ContactId) -> None:
        names = (input.system, input.type, input.external_id)
        await info.context.clients.companies.set_reference(contact, names, url=input.url, version=input.version)

    return await change_contact(info, input.contact_id, act)


field = strawberry.mutation(
    resolver=set_contact_reference,
    graphql_type=ChangeContactResult,
    description="Say what another system calls a contact; what it calls another contact answers Conflict. Needs the scope contacts:write.",
)
