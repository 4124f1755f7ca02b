"""Endpoints of companies and the people in them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from services.contracts.ids import CompanyId, ContactId
from services.contracts.stakeholders import BuyingRole
from services.contracts.views.facts import CompanyView, EmploymentView
from services.identity.contacts import get_contact
from services.identity.facts.changing import Saying
from services.identity.facts.companies import (
    CompanyChange,
    add_company,
    change_company,
    companies_of_contacts,
    delete_company,
    dismiss,
    employ,
    get_company,
    list_companies,
    list_people,
    upsert_company,
)
from services.identity.parts import PartsOf
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.http.references import Named, Url
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page
from services.kit.preconditions import Expected, tag

router = APIRouter(tags=["companies"])
Reader = Annotated[Caller, Depends(require("contacts:read"))]
Writer = Annotated[Caller, Depends(require("contacts:write"))]
Name = Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]
Domains = Annotated[tuple[Annotated[str, Field(max_length=253)], ...], Field(max_length=50)]
Attributes = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")], Annotated[str, Field(max_length=1000)]], Field(max_length=50)
]
Domain = Annotated[str | None, Query(max_length=253, description="The company that has this internet domain.")]


class CompanyBody(RequestBody):
    """A company: its name, its internet domains (each of one company at most), and what else is known, as texts by key."""

    name: Name
    domains: Domains = ()
    attributes: Attributes = Field(default_factory=dict)


class CompanyChangeBody(RequestBody):
    """What is to change; what is absent stays. Domains and attributes are set whole."""

    name: Name | None = None
    domains: Domains | None = None
    attributes: Attributes | None = None


class ReferredCompanyBody(RequestBody):
    """What another system knows of a company; `name` always, of the rest what is absent stays."""

    name: Name
    domains: Domains | None = None
    attributes: Attributes | None = None
    url: Url | None = None


class EmploymentBody(RequestBody):
    """As what somebody belongs to the company, and as whom in its decision to buy."""

    role: Annotated[str, Field(max_length=200)] = ""
    buying_role: BuyingRole = BuyingRole.NONE


@router.get("/v1/companies")
async def list_known_companies(
    caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None, domain: Domain = None
) -> Page[CompanyView]:
    """The newest companies first, or the one with a domain."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        page = await list_companies(connection, caller.workspace_id, limit=limit, after=after, domain=domain)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


@router.post("/v1/companies", status_code=201, response_model=CompanyView)
async def add_known_company(body: CompanyBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Make a company."""
    wanted = CompanyChange(name=body.name, domains=body.domains, attributes=body.attributes)

    async def act(connection: Connection) -> tuple[int, object]:
        return 201, await add_company(connection, caller.workspace_id, wanted, now=parts.clock.now())

    return await once(request, parts.app, caller, act)


@router.put("/v1/companies/by-reference/{system}/{type}/{external_id}")  # noqa: FAST003 - `Named` takes them
async def put_company_by_reference(
    named: Named, body: ReferredCompanyBody, expected: Expected, caller: Writer, parts: PartsOf, response: Response
) -> CompanyView:
    """Enter what another system knows of a company: 201 where it was not known by this reference, 200 where it was."""
    wanted = CompanyChange(name=body.name, domains=body.domains, attributes=body.attributes)
    async with parts.app.transaction(caller.workspace_id) as connection:
        company, new = await upsert_company(
            connection, caller.workspace_id, named, wanted, url=body.url, expected=expected, now=parts.clock.now()
        )
    response.status_code = 201 if new else 200
    tag(response, company.version)
    return company


@router.get("/v1/companies/{company_id}")
async def show_company(company_id: UUID, caller: Reader, parts: PartsOf, response: Response) -> CompanyView:
    """One company."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        company = await get_company(connection, caller.workspace_id, CompanyId(company_id))
    tag(response, company.version)
    return company


@router.patch("/v1/companies/{company_id}")
async def update_company(
    company_id: UUID, body: CompanyChangeBody, expected: Expected, caller: Writer, parts: PartsOf, response: Response
) -> CompanyView:
    """Change a company."""
    wanted = CompanyChange(name=body.name, domains=body.domains, attributes=body.attributes)
    async with parts.app.transaction(caller.workspace_id) as connection:
        company = await change_company(
            connection, caller.workspace_id, CompanyId(company_id), wanted, expected=expected, now=parts.clock.now()
        )
    tag(response, company.version)
    return company


@router.delete("/v1/companies/{company_id}", status_code=204)
async def remove_company(company_id: UUID, caller: Writer, parts: PartsOf) -> Response:
    """Delete a company; its people stay, without it."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        await delete_company(connection, caller.workspace_id, CompanyId(company_id))
    return Response(status_code=204)


@router.get("/v1/companies/{company_id}/people")
async def list_people_of_company(
    company_id: UUID, caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None
) -> Page[EmploymentView]:
    """Who belongs to the company, and as whom they decide: the buying group."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        page = await list_people(connection, caller.workspace_id, CompanyId(company_id), limit=limit, after=after)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


@router.put("/v1/companies/{company_id}/people/{contact_id}")
async def put_person(  # noqa: PLR0913 - as above
    *,
    company_id: UUID,
    contact_id: UUID,
    body: EmploymentBody,
    expected: Expected,
    caller: Writer,
    parts: PartsOf,
    response: Response,
) -> Page[EmploymentView]:
    """Say that a contact belongs to the company; If-Match is the contact's version. Answers all companies of the contact."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), expected=expected)
    company, contact = CompanyId(company_id), ContactId(contact_id)
    async with parts.app.transaction(caller.workspace_id) as connection:
        version = await employ(
            connection, caller.workspace_id, company, contact, role=body.role, buying_role=body.buying_role, saying=saying
        )
        (found,) = await companies_of_contacts(connection, caller.workspace_id, [contact])
    tag(response, version)
    return Page(items=found)


@router.delete("/v1/companies/{company_id}/people/{contact_id}")
async def remove_person(
    company_id: UUID, contact_id: UUID, expected: Expected, caller: Writer, parts: PartsOf, response: Response
) -> Page[EmploymentView]:
    """Take a contact from the company. Answers the companies that are left."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), expected=expected)
    async with parts.app.transaction(caller.workspace_id) as connection:
        version = await dismiss(connection, caller.workspace_id, CompanyId(company_id), ContactId(contact_id), saying=saying)
        (found,) = await companies_of_contacts(connection, caller.workspace_id, [contact_id])
    tag(response, version)
    return Page(items=found)


@router.get("/v1/contacts/{contact_id}/companies")
async def list_companies_of_contact(contact_id: UUID, caller: Reader, parts: PartsOf, response: Response) -> Page[EmploymentView]:
    """The companies that the contact belongs to."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        contact = await get_contact(connection, caller.workspace_id, ContactId(contact_id))
        (found,) = await companies_of_contacts(connection, caller.workspace_id, [contact.id])
    tag(response, contact.version)
    return Page(items=found)
