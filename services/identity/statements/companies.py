"""Statements of companies and who belongs to them, as `app`. Called by `facts.companies` inside the edge's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import CompanyId, ContactId, ProfileId, WorkspaceId
from services.identity.statements.facts import MEMBERS_OF_ASKED, aligned
from services.kit.db import Connection
from services.kit.ids import LAST_ID

_COMPANY = """
company.id, company.name, company.attributes, company.created_at, company.changed_at, company.version,
ARRAY(SELECT domain FROM company_domain WHERE workspace_id = $1 AND company_id = company.id ORDER BY domain) AS domains,
ARRAY(
    SELECT ARRAY[system, type, external_id, coalesce(url, '')] FROM company_reference
    WHERE workspace_id = $1 AND company_id = company.id ORDER BY system, type, external_id
) AS refs
"""
_BY_IDS = f"SELECT {_COMPANY} FROM company WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
_PAGE = f"SELECT {_COMPANY} FROM company WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
_LOCKED = "SELECT version FROM company WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
_NEW = """
INSERT INTO company (workspace_id, id, name, attributes, created_at, changed_at, version) VALUES ($1, $2, $3, $4, $5, $5, 1)
"""
_CHANGED = """
UPDATE company SET name = coalesce($3, name), attributes = coalesce($4, attributes), changed_at = $5, version = version + 1
WHERE workspace_id = $1 AND id = $2
"""
_DELETED = "DELETE FROM company WHERE workspace_id = $1 AND id = $2"
_DOMAINS = """
WITH gone AS (
    DELETE FROM company_domain WHERE workspace_id = $1 AND company_id = $2 AND domain <> ALL($3::text[])
)
INSERT INTO company_domain (workspace_id, domain, company_id)
SELECT $1, domain, $2 FROM unnest($3::text[]) AS wanted (domain) ORDER BY domain
ON CONFLICT ON CONSTRAINT company_domain_pkey DO UPDATE SET company_id = company_domain.company_id
RETURNING domain, company_id
"""
_OF_DOMAIN = "SELECT company_id FROM company_domain WHERE workspace_id = $1 AND domain = $2"
_OF_REFERENCE = """
SELECT company_id FROM company_reference WHERE workspace_id = $1 AND system = $2 AND type = $3 AND external_id = $4
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('identity.company_reference:' || $1::uuid || $2 || '/' || $3 || '/' || $4, 0))"
_REFERRED = """
INSERT INTO company_reference (workspace_id, system, type, external_id, company_id, url) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT ON CONSTRAINT company_reference_pkey DO UPDATE SET url = coalesce(EXCLUDED.url, company_reference.url)
"""
_EMPLOYED = """
INSERT INTO profile_company (workspace_id, profile_id, company_id, role, buying_role, by, set_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT ON CONSTRAINT profile_company_pkey DO UPDATE SET role = EXCLUDED.role, buying_role = EXCLUDED.buying_role,
    by = EXCLUDED.by, set_at = EXCLUDED.set_at
"""
_LEFT = """
DELETE FROM profile_company WHERE workspace_id = $1 AND company_id = $3 AND profile_id = ANY(ARRAY(
    SELECT profile_id FROM membership WHERE workspace_id = $1 AND contact_id = $2
))
"""
# Said of several profiles of a contact, what was said last holds.
_BY_CONTACTS = f"""
SELECT DISTINCT ON (asked.position, held.company_id)
    asked.position, contact.id AS contact_id, held.company_id, held.role, held.buying_role, held.set_at
FROM {MEMBERS_OF_ASKED}
JOIN profile_company AS held ON held.workspace_id = $1 AND held.profile_id = membership.profile_id
ORDER BY asked.position, held.company_id, held.set_at DESC, held.profile_id
"""
_PEOPLE = """
SELECT asked.position, belongs.* FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position)
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (membership.contact_id)
        membership.contact_id, held.company_id, held.role, held.buying_role, held.set_at
    FROM profile_company AS held
    JOIN membership ON membership.workspace_id = $1 AND membership.profile_id = held.profile_id
    WHERE held.workspace_id = $1 AND held.company_id = asked.id AND membership.contact_id > $3
    ORDER BY membership.contact_id, held.set_at DESC, held.profile_id LIMIT $4
) AS belongs ORDER BY asked.position, belongs.contact_id
"""


async def companies_of_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Those of `ids` that exist, with domains and references."""
    return await connection.fetch(_BY_IDS, workspace, ids)


async def page_of_companies(connection: Connection, workspace: WorkspaceId, *, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """The newest first."""
    return await connection.fetch(_PAGE, workspace, after or LAST_ID, limit)


async def locked_company(connection: Connection, workspace: WorkspaceId, company: CompanyId) -> int | None:
    """Its version, with the row locked; None where there is none."""
    version: int | None = await connection.fetchval(_LOCKED, workspace, company)
    return version


async def inserted_company(
    connection: Connection, workspace: WorkspaceId, company: CompanyId, *, name: str, attributes: Mapping[str, str], now: datetime
) -> None:
    """Make a company."""
    await connection.execute(_NEW, workspace, company, name, dict(attributes), now)


async def changed_company(
    connection: Connection,
    workspace: WorkspaceId,
    company: CompanyId,
    *,
    name: str | None,
    attributes: Mapping[str, str] | None,
    now: datetime,
) -> None:
    """Count a change; what is None stays."""
    await connection.execute(_CHANGED, workspace, company, name, None if attributes is None else dict(attributes), now)


async def deleted_company(connection: Connection, workspace: WorkspaceId, company: CompanyId) -> bool:
    """With its domains, its references and who belongs to it; False where there is none."""
    return await connection.execute(_DELETED, workspace, company) != "DELETE 0"


async def owned_domains(connection: Connection, workspace: WorkspaceId, company: CompanyId, *, domains: Sequence[str]) -> dict[str, UUID]:
    """Give a company exactly these domains, but for those of another; gives whose each is."""
    rows = await connection.fetch(_DOMAINS, workspace, company, domains)
    return {row["domain"]: row["company_id"] for row in rows}


async def company_of_domain(connection: Connection, workspace: WorkspaceId, domain: str) -> UUID | None:
    """None where no company has it."""
    found: UUID | None = await connection.fetchval(_OF_DOMAIN, workspace, domain)
    return found


async def lock_company_reference(connection: Connection, workspace: WorkspaceId, *, system: str, type_: str, external_id: str) -> None:
    """Until the transaction ends, nobody else gives this reference."""
    await connection.execute(_LOCK, workspace, system, type_, external_id)


async def company_of_reference(connection: Connection, workspace: WorkspaceId, *, system: str, type_: str, external_id: str) -> UUID | None:
    """None where no company is called so."""
    found: UUID | None = await connection.fetchval(_OF_REFERENCE, workspace, system, type_, external_id)
    return found


async def referred_company(  # noqa: PLR0913 - each is one column
    connection: Connection, workspace: WorkspaceId, company: CompanyId, *, system: str, type_: str, external_id: str, url: str | None
) -> None:
    """Say what a company is called elsewhere."""
    await connection.execute(_REFERRED, workspace, system, type_, external_id, company, url)


async def employed_profile(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    profile: ProfileId,
    *,
    company: CompanyId,
    role: str,
    buying_role: str,
    by: UUID | None,
    now: datetime,
) -> None:
    """Say that somebody belongs to a company, in the place of what was said before."""
    await connection.execute(_EMPLOYED, workspace, profile, company, role, buying_role, by, now)


async def left_company(connection: Connection, workspace: WorkspaceId, contact: ContactId, *, company: CompanyId) -> bool:
    """Take a contact from a company, whichever profiles it was said of; False where it was of none."""
    return await connection.execute(_LEFT, workspace, contact, company) != "DELETE 0"


async def companies_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    """Aligned with `ids`: which companies each belongs to."""
    return aligned(await connection.fetch(_BY_CONTACTS, workspace, ids), len(ids))


async def people_of_companies(
    connection: Connection, workspace: WorkspaceId, companies: Sequence[UUID], *, after: UUID, limit: int
) -> list[list[asyncpg.Record]]:
    """Aligned with `companies`: who belongs to each, a contact once, in the order of their ids."""
    return aligned(await connection.fetch(_PEOPLE, workspace, companies, after, limit), len(companies))
