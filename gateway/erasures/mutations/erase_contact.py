"""eraseContact: takes a person out of every service, for good."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.erasures.types import Erasure
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from gateway.vocabulary import ErasureReason
from services.contracts.ids import ContactId
from services.contracts.views import ErasureView


@strawberry.input(description="Who is to be erased, and why.")
class EraseContactInput:
    """Arguments of eraseContact."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    reason: ErasureReason = strawberry.field(default=ErasureReason.REQUEST, description="Why; the certificate keeps it.")


@strawberry.type(description="It is under way, and cannot be taken back.")
class ContactErased:
    """Success."""

    erasure: ErasureView = strawberry.field(graphql_type=Erasure, description="The certificate, still open.")


EraseContactResult = Annotated[
    ContactErased | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("EraseContactResult", description="The certificate, or why nothing was erased."),
]


async def erase_contact(info: Info, input: EraseContactInput) -> ContactErased | Problem:  # noqa: A002 - the argument's name in the schema
    """Takes a person out of every service."""
    try:
        contact = ContactId(read_id_of(input.contact_id, type_name="Contact"))
        return ContactErased(erasure=await info.context.clients.erasures.erase(contact, reason=input.reason))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=erase_contact,
    graphql_type=EraseContactResult,
    description="Erase a person for good: profiles at once, all that was said in every service soon after. Needs the scope people:erase.",
)
