"""saveCompanyByReference: enters what another system knows of a company, under the name that it has there."""

import strawberry

from gateway.companies.mutations.save_company import CompanyAttributeInput, CompanySaved, SaveCompanyResult
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Problem, problem_of


@strawberry.input(description="What another system knows of a company; what is left out stays.")
class SaveCompanyByReferenceInput:
    """Arguments of saveCompanyByReference."""

    system: str = strawberry.field(description="The other system: small letters, digits, _ . and -, at most 50.")
    type: str = strawberry.field(description="Of what kind it is there, written likewise.")
    external_id: str = strawberry.field(description="Its id there; at most 200 characters, no slash.")
    name: str = strawberry.field(description="1 to 300 characters.")
    url: str | None = strawberry.field(default=None, description="Where the other system shows it.")
    domains: list[str] | None = strawberry.field(default=None, description="All of its internet domains, at most 50.")
    attributes: list[CompanyAttributeInput] | None = strawberry.field(default=None, description="All that else is known, at most 50.")
    version: int | None = strawberry.field(default=None, description="Its version as read; another one answers Stale. Null: any.")


async def save_company_by_reference(info: Info, input: SaveCompanyByReferenceInput) -> CompanySaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Enter or change."""
    attributes = None if input.attributes is None else {each.key: each.value for each in input.attributes}
    given = {"name": input.name, "url": input.url, "domains": input.domains, "attributes": attributes}
    payload = {name: value for name, value in given.items() if value is not None}
    names = (input.system, input.type, input.external_id)
    try:
        saved = await info.context.clients.companies.save_by_reference(names, payload=payload, version=input.version)
        return CompanySaved(company=saved)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=save_company_by_reference,
    graphql_type=SaveCompanyResult,
    description="Enter what another system knows of a company, or change the one that is called so there. Needs the scope contacts:write.",
)
