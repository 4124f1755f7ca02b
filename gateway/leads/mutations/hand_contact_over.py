"""handContactOver: hands a contact over to an outside system, as a lead."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.leads.types import Lead
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, Stale, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ContactId
from services.contracts.views.facts import LeadView


@strawberry.input(description="Whom to hand over, to which system, and with which words.")
class HandContactOverInput:
    """Arguments of handContactOver."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    system: str = strawberry.field(description="The outside system: small letters, digits, _ . and -, at most 50.")
    brief: str = strawberry.field(default="", description="What whoever gets the lead should know; at most 5,000 characters.")
    version: int | None = strawberry.field(default=None, description="The contact's version as read; another one answers Stale. Null: any.")


@strawberry.type(description="The outside system is told.")
class ContactHandedOver:
    """Success."""

    lead: LeadView = strawberry.field(graphql_type=Lead, description="The lead.")


HandContactOverResult = Annotated[
    ContactHandedOver | Stale | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("HandContactOverResult", description="The lead, or why nobody was handed over."),
]


async def hand_contact_over(info: Info, input: HandContactOverInput) -> ContactHandedOver | Problem:  # noqa: A002 - the argument's name in the schema
    """Hand a contact over."""
    try:
        contact = ContactId(read_id_of(input.contact_id, type_name="Contact"))
        payload = {"system": input.system, "brief": input.brief}
        return ContactHandedOver(lead=await info.context.clients.companies.hand_over(contact, payload=payload, version=input.version))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=hand_contact_over,
    graphql_type=HandContactOverResult,
    description="Hand a contact over to an outside system as a lead; its status comes back. Needs the scope contacts:write.",
)
