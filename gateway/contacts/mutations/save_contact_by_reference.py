"""saveContactByReference: enters what another system knows of a person, under the name that it has there."""

import strawberry

from gateway.contacts.entering import ClaimInput, claimed_payload
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.facts.changing import ChangeContactResult, ContactChanged
from gateway.problems import Problem, problem_of


@strawberry.input(description="What another system knows of a person; what is left out stays.")
class SaveContactByReferenceInput:
    """Arguments of saveContactByReference."""

    system: str = strawberry.field(description="The other system: small letters, digits, _ . and -, at most 50.")
    type: str = strawberry.field(description="Of what kind it is there, written likewise.")
    external_id: str = strawberry.field(description="Its id there; at most 200 characters, no slash.")
    url: str | None = strawberry.field(default=None, description="Where the other system shows it.")
    name: str | None = strawberry.field(default=None, description="The person's name; at most 300 characters.")
    emails: list[ClaimInput] = strawberry.field(default_factory=list, description="E-mail addresses; at most 20.")
    phones: list[ClaimInput] = strawberry.field(default_factory=list, description="Phone numbers; at most 20.")
    version: int | None = strawberry.field(default=None, description="The contact's version as read; another one answers Stale. Null: any.")


async def save_contact_by_reference(info: Info, input: SaveContactByReferenceInput) -> ContactChanged | Problem:  # noqa: A002 - the argument's name in the schema
    """Enter or change."""
    told = {"emails": claimed_payload(input.emails), "phones": claimed_payload(input.phones)}
    names = (input.system, input.type, input.external_id)
    try:
        saved = await info.context.clients.people.save_by_reference(
            names, {"url": input.url, "name": input.name, **told}, version=input.version
        )
        return ContactChanged(contact=saved)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=save_contact_by_reference,
    graphql_type=ChangeContactResult,
    description="Enter what another system knows of a person, or add to whoever is called so there. Needs the scope contacts:write.",
)
