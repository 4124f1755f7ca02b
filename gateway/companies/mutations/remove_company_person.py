"""removeCompanyPerson: takes a contact from a company."""

import strawberry

from gateway.context import Info
from gateway.facts.changing import ChangeContactResult, ContactChanged, change_contact
from gateway.problems import Problem
from gateway.relay import read_id_of
from services.contracts.ids import CompanyId, ContactId


@strawberry.input(description="Who no longer belongs to which company.")
class RemoveCompanyPersonInput:
    """Arguments of removeCompanyPerson."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    company_id: strawberry.ID = strawberry.field(description="The company, by global id.")
    version: int | None = strawberry.field(default=None, description="The contact's version as read; another one answers Stale. Null: any.")


async def remove_company_person(info: Info, input: RemoveCompanyPersonInput) -> ContactChanged | Problem:  # noqa: A002 - the argument's name in the schema
    """Takes a contact from a company."""

    async def act(contact: ContactId) -> None:
        company = CompanyId(read_id_of(input.company_id, type_name="Company"))
        await info.context.clients.companies.dismiss(company, contact, version=input.version)

    return await change_contact(info, input.contact_id, act)


field = strawberry.mutation(
    resolver=remove_company_person,
    graphql_type=ChangeContactResult,
    description="Take a contact from a company. Needs the scope contacts:write.",
)
