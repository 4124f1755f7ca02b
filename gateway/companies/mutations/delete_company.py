"""deleteCompany: deletes a company; its people stay."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import CompanyId


@strawberry.input(description="A company to delete.")
class DeleteCompanyInput:
    """Arguments of deleteCompany."""

    company_id: strawberry.ID = strawberry.field(description="The company, by global id.")


@strawberry.type(description="The company is gone.")
class CompanyDeleted:
    """Success."""

    company_id: strawberry.ID = strawberry.field(description="As given.")


DeleteCompanyResult = Annotated[
    CompanyDeleted | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("DeleteCompanyResult", description="The company's id, or why it is still there."),
]


async def delete_company(info: Info, input: DeleteCompanyInput) -> CompanyDeleted | Problem:  # noqa: A002 - the argument's name in the schema
    """Delete a company."""
    try:
        await info.context.clients.companies.delete(CompanyId(read_id_of(input.company_id, type_name="Company")))
    except GatewayError as error:
        return problem_of(error)
    return CompanyDeleted(company_id=input.company_id)


field = strawberry.mutation(
    resolver=delete_company,
    graphql_type=DeleteCompanyResult,
    description="Delete a company; its people stay, without it. Needs the scope contacts:write.",
)
