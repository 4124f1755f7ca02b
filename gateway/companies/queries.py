"""Queries for companies, and for contacts by what is known of them exactly. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.companies.types import Company
from gateway.contacts.types import Contact
from gateway.context import Info
from gateway.loaders import CompaniesPageKey
from gateway.relay import After, Connection, First, Identifying, read_after, read_first, read_id_of
from services.contracts.views import ContactView, PageView
from services.contracts.views.facts import CompanyView


def _by(description: str) -> object:
    return strawberry.argument(description=description)


Domain = Annotated[str | None, _by("Only the company that has this internet domain.")]


def find_company(info: Info, id: Identifying) -> Awaitable[CompanyView | None]:  # noqa: A002 - the argument's name in the schema
    """One company, or null where there is none that the caller may see."""
    return info.context.loaders.company_by_id.load(read_id_of(id, type_name="Company"))


def list_companies(info: Info, first: First = 20, after: After = None, domain: Domain = None) -> Awaitable[PageView[CompanyView]]:
    """The workspace's companies."""
    return info.context.loaders.companies_by_page.load(CompaniesPageKey(read_first(first), read_after(after), domain))


def look_contacts_up(  # noqa: PLR0913 - every way to ask
    info: Info,
    *,
    email: Annotated[str | None, _by("An e-mail address.")] = None,
    phone: Annotated[str | None, _by("A phone number in international form.")] = None,
    handle: Annotated[str | None, _by("A handle, on `network` or on any.")] = None,
    network: Annotated[str | None, _by("The network of `externalId` or `handle`.")] = None,
    scope: Annotated[str | None, _by("Where `externalId` is unique.")] = None,
    external_id: Annotated[str | None, _by("The id on the network, or in the other system.")] = None,
    system: Annotated[str | None, _by("Another system; with `type` and `externalId`.")] = None,
    type: Annotated[str | None, _by("Of what kind it is there.")] = None,  # noqa: A002 - the argument's name in the schema
) -> Awaitable[list[ContactView]]:
    """Whoever fits exactly."""
    given = {"email": email, "phone": phone, "handle": handle, "network": network, "scope": scope, "external_id": external_id}
    asked = {**given, "system": system, "type": type}
    return info.context.loaders.contacts_by_question.load(tuple((name, value) for name, value in asked.items() if value is not None))


@strawberry.type
class CompanyQueries:
    """Part of Query."""

    company = strawberry.field(resolver=find_company, graphql_type=Company | None, description="One company. Null where there is none.")
    companies = strawberry.field(
        resolver=list_companies,
        graphql_type=Connection[Company],
        description="The workspace's companies, newest first. At most 100 a page.",
    )
    contacts_by = strawberry.field(
        resolver=look_contacts_up,
        graphql_type=list[Contact],
        description="Whoever has this address, number, handle, account or reference, exactly; at most 100. Give one of them.",
    )
