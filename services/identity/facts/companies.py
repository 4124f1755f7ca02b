"""Companies and the people in them, each with a role and a part in the decision to buy (W8). Called by the edges, in their transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import CompanyId, ContactId, WorkspaceId
from services.contracts.stakeholders import BuyingRole
from services.contracts.views import PageView
from services.contracts.views.facts import CompanyView, EmploymentView, ReferenceView
from services.identity.errors import CompanyNotFoundError, DomainError, DomainTakenError
from services.identity.facts.changing import Saying, begin_change, end_change
from services.identity.statements import companies as statements
from services.kit.db import Connection
from services.kit.ids import FIRST_ID, new_id
from services.kit.pagination import decode_cursor, encode_cursor
from services.kit.preconditions import match
from services.kit.references import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyChange:
    """What is said of a company; what is None stays."""

    name: str | None = None
    domains: Sequence[str] | None = None
    attributes: Mapping[str, str] | None = None


async def add_company(connection: Connection, workspace: WorkspaceId, wanted: CompanyChange, *, now: datetime) -> CompanyView:
    """Raises DomainError, DomainTakenError."""
    company = CompanyId(new_id())
    await statements.inserted_company(
        connection, workspace, company, name=(wanted.name or "").strip(), attributes=wanted.attributes or {}, now=now
    )
    await _own(connection, workspace, company, wanted.domains)
    return await get_company(connection, workspace, company)


async def change_company(
    connection: Connection, workspace: WorkspaceId, company: CompanyId, wanted: CompanyChange, *, expected: int | None, now: datetime
) -> CompanyView:
    """Raises CompanyNotFoundError, PreconditionFailedError, DomainError, DomainTakenError."""
    version = await statements.locked_company(connection, workspace, company)
    if version is None:
        raise CompanyNotFoundError
    match(expected, version)
    name = None if wanted.name is None else wanted.name.strip()
    await statements.changed_company(connection, workspace, company, name=name, attributes=wanted.attributes, now=now)
    await _own(connection, workspace, company, wanted.domains)
    return await get_company(connection, workspace, company)


async def upsert_company(  # noqa: PLR0913 - what is known, of which, and when
    connection: Connection,
    workspace: WorkspaceId,
    reference: Reference,
    wanted: CompanyChange,
    *,
    url: str | None,
    expected: int | None,
    now: datetime,
) -> tuple[CompanyView, bool]:
    """The company that another system calls so, made where there is none; and whether it was."""
    names = {"system": reference.system, "type_": reference.type, "external_id": reference.external_id}
    await statements.lock_company_reference(connection, workspace, **names)
    found = await statements.company_of_reference(connection, workspace, **names)
    if found is None:
        company = (await add_company(connection, workspace, wanted, now=now)).id
    else:
        company = (await change_company(connection, workspace, CompanyId(found), wanted, expected=expected, now=now)).id
    await statements.referred_company(connection, workspace, company, **names, url=url)
    return await get_company(connection, workspace, company), found is None


async def delete_company(connection: Connection, workspace: WorkspaceId, company: CompanyId) -> None:
    """Its people stay, without it. Raises CompanyNotFoundError."""
    if not await statements.deleted_company(connection, workspace, company):
        raise CompanyNotFoundError


async def get_company(connection: Connection, workspace: WorkspaceId, company: CompanyId) -> CompanyView:
    """Raises CompanyNotFoundError."""
    (found,) = await list_companies_by_ids(connection, workspace, [company])
    if found is None:
        raise CompanyNotFoundError
    return found


async def list_companies_by_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[CompanyView | None]:
    """Aligned with `ids`."""
    found = {row["id"]: _shown(row) for row in await statements.companies_of_ids(connection, workspace, ids)}
    return [found.get(each) for each in ids]


async def list_companies(
    connection: Connection, workspace: WorkspaceId, *, limit: int, after: str | None, domain: str | None = None
) -> PageView[CompanyView]:
    """The newest first; with `domain`, the one that has it."""
    if domain is not None:
        owner = await statements.company_of_domain(connection, workspace, _domain(domain))
        rows = [] if owner is None else await statements.companies_of_ids(connection, workspace, [owner])
    else:
        last = decode_cursor(after, (UUID,))[0] if after else None
        rows = await statements.page_of_companies(connection, workspace, after=last, limit=limit + 1)
    items = tuple(map(_shown, rows[:limit]))
    return PageView(items=items, cursors=tuple(encode_cursor(each.id) for each in items), has_next=len(rows) > limit)


async def employ(  # noqa: PLR0913 - who, where, as what, and by whom
    connection: Connection,
    workspace: WorkspaceId,
    company: CompanyId,
    contact: ContactId,
    *,
    role: str,
    buying_role: BuyingRole,
    saying: Saying,
) -> int:
    """Say that a contact belongs to a company; gives the contact's version. Raises CompanyNotFoundError."""
    subject = await begin_change(connection, workspace, contact, expected=saying.expected)
    await get_company(connection, workspace, company)
    await statements.employed_profile(
        connection,
        workspace,
        subject.profile_id,
        company=company,
        role=role.strip(),
        buying_role=buying_role,
        by=saying.by,
        now=saying.now,
    )
    return await end_change(connection, workspace, subject)


async def dismiss(connection: Connection, workspace: WorkspaceId, company: CompanyId, contact: ContactId, *, saying: Saying) -> int:
    """Take a contact from a company; gives the contact's version. Raises CompanyNotFoundError."""
    subject = await begin_change(connection, workspace, contact, expected=saying.expected)
    await get_company(connection, workspace, company)
    left = await statements.left_company(connection, workspace, subject.contact_id, company=company)
    return await end_change(connection, workspace, subject) if left else subject.version


async def list_people(
    connection: Connection, workspace: WorkspaceId, company: CompanyId, *, limit: int, after: str | None
) -> PageView[EmploymentView]:
    """Who belongs to a company, each contact once: the buying group. Raises CompanyNotFoundError."""
    await get_company(connection, workspace, company)
    (page,) = await list_people_of_companies(connection, workspace, [company], limit=limit, after=after)
    return page


async def list_people_of_companies(
    connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID], *, limit: int, after: str | None
) -> list[PageView[EmploymentView]]:
    """Pages aligned with `ids`, empty for those that are not known; a cursor is one list's."""
    last = decode_cursor(after, (UUID,))[0] if after else FIRST_ID
    pages = []
    for rows in await statements.people_of_companies(connection, workspace, ids, after=last, limit=limit + 1):
        items = tuple(map(_employed, rows[:limit]))
        pages.append(PageView(items=items, cursors=tuple(encode_cursor(each.contact_id) for each in items), has_next=len(rows) > limit))
    return pages


async def companies_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[EmploymentView]]:
    """Aligned with `ids`, which are contacts under any id they ever had."""
    return [list(map(_employed, rows)) for rows in await statements.companies_of_contacts(connection, workspace, ids)]


async def _own(connection: Connection, workspace: WorkspaceId, company: CompanyId, domains: Sequence[str] | None) -> None:
    if domains is None:
        return
    wanted = sorted({_domain(each) for each in domains})
    owned = await statements.owned_domains(connection, workspace, company, domains=wanted)
    others = {domain: str(owner) for domain, owner in owned.items() if owner != company}
    if others:
        raise DomainTakenError(f"Another company has {', '.join(others)}.", companies=others)


def _domain(given: str) -> str:
    """In small letters and ASCII, without a leading www. Raises DomainError."""
    text = given.strip().rstrip(".").lower().removeprefix("www.")
    try:
        text = text.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise DomainError from error
    labels = text.split(".")
    if len(labels) < 2 or not all(label and label.replace("-", "").isalnum() for label in labels):
        raise DomainError
    return text


def _shown(row: asyncpg.Record) -> CompanyView:
    return CompanyView(
        id=CompanyId(row["id"]),
        name=row["name"],
        domains=tuple(row["domains"]),
        attributes=row["attributes"],
        references=tuple(
            ReferenceView(system=system, type=type_, external_id=external_id, url=url or None)
            for system, type_, external_id, url in row["refs"]
        ),
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        version=row["version"],
    )


def _employed(row: asyncpg.Record) -> EmploymentView:
    return EmploymentView(
        company_id=CompanyId(row["company_id"]),
        contact_id=ContactId(row["contact_id"]),
        role=row["role"],
        buying_role=BuyingRole(row["buying_role"]),
        set_at=row["set_at"],
    )
