"""saveCompany: makes a company, or changes one."""

from typing import Annotated

import strawberry

from gateway.companies.types import Company
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, Stale, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import CompanyId
from services.contracts.views.facts import CompanyView


@strawberry.input(description="What else is known of a company.")
class CompanyAttributeInput:
    """Part of SaveCompanyInput."""

    key: str = strawberry.field(description="Small letters, digits and _, at most 50 characters.")
    value: str = strawberry.field(description="At most 1,000 characters.")


@strawberry.input(description="A company to make, or to change; what is left out stays.")
class SaveCompanyInput:
    """Arguments of saveCompany."""

    company_id: strawberry.ID | None = strawberry.field(default=None, description="The company to change, by global id; null to make one.")
    name: str | None = strawberry.field(default=None, description="1 to 300 characters; needed to make one.")
    domains: list[str] | None = strawberry.field(default=None, description="All of its internet domains, at most 50.")
    attributes: list[CompanyAttributeInput] | None = strawberry.field(default=None, description="All that else is known, at most 50.")
    version: int | None = strawberry.field(default=None, description="Its version as read; another one answers Stale. Null: any.")


@strawberry.type(description="The company is as wished.")
class CompanySaved:
    """Success."""

    company: CompanyView = strawberry.field(graphql_type=Company, description="The company, as it stands now.")


SaveCompanyResult = Annotated[
    CompanySaved | Stale | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SaveCompanyResult", description="The company, or why nothing was changed."),
]


async def save_company(info: Info, input: SaveCompanyInput) -> CompanySaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Make or change a company."""
    attributes = None if input.attributes is None else {each.key: each.value for each in input.attributes}
    given = {"name": input.name, "domains": input.domains, "attributes": attributes}
    payload = {name: value for name, value in given.items() if value is not None}
    try:
        company = None if input.company_id is None else CompanyId(read_id_of(input.company_id, type_name="Company"))
        return CompanySaved(company=await info.context.clients.companies.save(company, payload=payload, version=input.version))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=save_company,
    graphql_type=SaveCompanyResult,
    description="Make a company, or change one; a domain of another company answers Conflict. Needs the scope contacts:write.",
)
