"""exportContact: asks every service for all that it keeps of a person, as one file."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.erasures.types import PersonExport
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ContactId
from services.contracts.views import PersonExportView


@strawberry.input(description="Whose data are wanted.")
class ExportContactInput:
    """Arguments of exportContact."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")


@strawberry.type(description="It is under way: ask `personExport` until it has a url.")
class ContactExported:
    """Success."""

    export: PersonExportView = strawberry.field(graphql_type=PersonExport, description="How far it is.")


ExportContactResult = Annotated[
    ContactExported | NotFound | InvalidInput | NotAllowed,
    strawberry.union("ExportContactResult", description="The export, or why there is none."),
]


async def export_contact(info: Info, input: ExportContactInput) -> ContactExported | Problem:  # noqa: A002 - the argument's name in the schema
    """Ask for it."""
    try:
        contact = ContactId(read_id_of(input.contact_id, type_name="Contact"))
        return ContactExported(export=await info.context.clients.erasures.export(contact))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=export_contact,
    graphql_type=ExportContactResult,
    description="Ask for all that every service keeps of a person as one file. Needs the scope people:erase.",
)
