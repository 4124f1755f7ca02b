"""Statements of what other systems call people, and of finding people by it or by an address. As `app`. Called by `facts.references`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.identity.statements.facts import MEMBERS_OF_ASKED, aligned
from services.kit.db import Connection

LOOKUP_LIMIT = 100
_BY_CONTACTS = f"""
SELECT asked.position, held.system, held.type, held.external_id, held.url
FROM {MEMBERS_OF_ASKED}
JOIN profile_reference AS held ON held.workspace_id = $1 AND held.profile_id = membership.profile_id
ORDER BY asked.position, held.system, held.type, held.external_id
"""
_OWNER = """
SELECT held.profile_id, membership.contact_id FROM profile_reference AS held
JOIN membership ON membership.workspace_id = $1 AND membership.profile_id = held.profile_id
WHERE held.workspace_id = $1 AND held.system = $2 AND held.type = $3 AND held.external_id = $4
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('identity.reference:' || $1::uuid || $2 || '/' || $3 || '/' || $4, 0))"
_KEPT = """
INSERT INTO profile_reference (workspace_id, system, type, external_id, profile_id, url, by, set_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT ON CONSTRAINT profile_reference_pkey DO UPDATE SET url = coalesce(EXCLUDED.url, profile_reference.url),
    by = EXCLUDED.by, set_at = EXCLUDED.set_at
"""
_TAKEN = """
DELETE FROM profile_reference WHERE workspace_id = $1 AND system = $3 AND type = $4 AND external_id = $5 AND profile_id = ANY(ARRAY(
    SELECT profile_id FROM membership WHERE workspace_id = $1 AND contact_id = $2
))
"""
_ACCOUNT = "SELECT network, scope, external_id FROM profile WHERE workspace_id = $1 AND id = $2"
_BY_ADDRESS = f"""
SELECT DISTINCT membership.contact_id FROM (
    SELECT profile_id FROM profile_identifier WHERE workspace_id = $1 AND type = $2 AND key = $3 LIMIT {LOOKUP_LIMIT}
) AS held
JOIN membership ON membership.workspace_id = $1 AND membership.profile_id = held.profile_id
"""
_BY_HANDLE = f"""
SELECT DISTINCT membership.contact_id FROM (
    SELECT id FROM profile WHERE workspace_id = $1 AND handle_key = $2 AND ($3::text IS NULL OR network = $3) LIMIT {LOOKUP_LIMIT}
) AS named
JOIN membership ON membership.workspace_id = $1 AND membership.profile_id = named.id
"""
_BY_PROFILE = "SELECT contact_id FROM membership WHERE workspace_id = $1 AND profile_id = $2"


async def references_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    """Aligned with `ids`; by system, type and id."""
    return aligned(await connection.fetch(_BY_CONTACTS, workspace, ids), len(ids))


async def lock_reference(connection: Connection, workspace: WorkspaceId, *, system: str, type_: str, external_id: str) -> None:
    """Until the transaction ends, nobody else gives or takes this reference."""
    await connection.execute(_LOCK, workspace, system, type_, external_id)


async def owner_of_reference(
    connection: Connection, workspace: WorkspaceId, *, system: str, type_: str, external_id: str
) -> asyncpg.Record | None:
    """The profile that carries it, and its contact; None where nobody does."""
    return await connection.fetchrow(_OWNER, workspace, system, type_, external_id)


async def kept_reference(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    profile: ProfileId,
    *,
    system: str,
    type_: str,
    external_id: str,
    url: str | None,
    by: UUID | None,
    now: datetime,
) -> None:
    """Give it to a profile; where one has it already, only its address changes."""
    await connection.execute(_KEPT, workspace, system, type_, external_id, profile, url, by, now)


async def taken_reference(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, *, system: str, type_: str, external_id: str
) -> bool:
    """Take it from the contact; False where it has none."""
    answer = await connection.execute(_TAKEN, workspace, contact, system, type_, external_id)
    return answer != "DELETE 0"


async def account_of_profile(connection: Connection, workspace: WorkspaceId, profile: ProfileId) -> asyncpg.Record | None:
    """Its network, scope and external id."""
    return await connection.fetchrow(_ACCOUNT, workspace, profile)


async def contacts_with_address(connection: Connection, workspace: WorkspaceId, *, type_: str, key: bytes) -> list[UUID]:
    """Those with an e-mail address or phone number; at most 100."""
    return [row["contact_id"] for row in await connection.fetch(_BY_ADDRESS, workspace, type_, key)]


async def contacts_with_handle(connection: Connection, workspace: WorkspaceId, *, key: str, network: str | None) -> list[UUID]:
    """Those who have this handle now, on one network or on any; at most 100."""
    return [row["contact_id"] for row in await connection.fetch(_BY_HANDLE, workspace, key, network)]


async def contact_with_profile(connection: Connection, workspace: WorkspaceId, profile: ProfileId) -> list[UUID]:
    """Whose profile it is; nobody's where it is not known."""
    return [row["contact_id"] for row in await connection.fetch(_BY_PROFILE, workspace, profile)]
