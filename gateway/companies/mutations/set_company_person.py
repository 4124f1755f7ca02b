"""setCompanyPerson: says that a contact belongs to a company."""

import strawberry

from gateway.context import Info
from gateway.facts.changing import ChangeContactResult, ContactChanged, change_contact
from gateway.problems import Problem
from gateway.relay import read_id_of
from gateway.vocabulary import BuyingRole
from services.contracts.ids import CompanyId, ContactId


@strawberry.input(description="Who belongs to which company, and as what.")
class SetCompanyPersonInput:
    """Arguments of setCompanyPerson."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    company_id: strawberry.ID = strawberry.field(description="The company, by global id.")
    role: str = strawberry.field(default="", description="As what; at most 200 characters.")
    buying_role: BuyingRole = strawberry.field(default=BuyingRole.NONE, description="As whom in the decision to buy.")
    version: int | None = strawberry.field(default=None, description="The contact's version as read; another one answers Stale. Null: any.")


async def set_company_person(info: Info, input: SetCompanyPersonInput) -> ContactChanged | Problem:  # noqa: A002 - the argument's name in the schema
    """Says that a contact belongs to a company."""

    async def act(contact: ContactId) -> None:
        company = CompanyId(read_id_of(input.company_id, type_name="Company"))
        payload = {"role": input.role, "buying_role": input.buying_role}
        await info.context.clients.companies.employ(company, contact, payload=payload, version=input.version)

    return await change_contact(info, input.contact_id, act)


field = strawberry.mutation(
    resolver=set_company_person,
    graphql_type=ChangeContactResult,
    description="Say that a contact belongs to a company, as what, and as whom in its decision to buy. Needs the scope contacts:write.",
)
