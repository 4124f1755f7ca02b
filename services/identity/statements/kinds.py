"""Statements of stakeholder kinds, as `app`. Called by `facts.kinds` inside the edge's transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.identity.statements.facts import MEMBERS_OF_ASKED, aligned
from services.kit.db import Connection

# Of one kind on one network, said of several profiles of a contact, what was said last holds.
_BY_CONTACTS = f"""
SELECT DISTINCT ON (asked.position, held.kind, held.network)
    asked.position, held.kind, held.network, held.since, held.until, held.source, held.by, held.set_at
FROM {MEMBERS_OF_ASKED}
JOIN profile_kind AS held ON held.workspace_id = $1 AND held.profile_id = membership.profile_id
ORDER BY asked.position, held.kind, held.network, held.set_at DESC, held.profile_id
"""
_BY_PROFILES = """
SELECT profile_id, kind, network, since, until FROM profile_kind
WHERE workspace_id = $1 AND profile_id = ANY($2::uuid[]) ORDER BY profile_id, kind, network
"""
_KEPT = """
INSERT INTO profile_kind (workspace_id, profile_id, kind, network, since, until, source, by, set_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT ON CONSTRAINT profile_kind_pkey DO UPDATE SET since = EXCLUDED.since, until = EXCLUDED.until,
    source = EXCLUDED.source, by = EXCLUDED.by, set_at = EXCLUDED.set_at
"""
_TAKEN = """
DELETE FROM profile_kind WHERE workspace_id = $1 AND kind = $3 AND network = $4 AND profile_id = ANY(ARRAY(
    SELECT profile_id FROM membership WHERE workspace_id = $1 AND contact_id = $2
))
RETURNING profile_id
"""
_VERSIONS = """
INSERT INTO profile_kind_version (workspace_id, profile_id, version)
SELECT $1, profile_id, 1 + coalesce((SELECT e.version FROM erased e WHERE e.workspace_id = $1 AND e.subject_id = changed.profile_id), 0)
FROM unnest($2::uuid[]) AS changed (profile_id) ORDER BY profile_id
ON CONFLICT ON CONSTRAINT profile_kind_version_pkey DO UPDATE SET version = profile_kind_version.version + 1
RETURNING profile_id, version
"""


async def kinds_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    """Aligned with `ids`; by kind and network."""
    return aligned(await connection.fetch(_BY_CONTACTS, workspace, ids), len(ids))


async def kinds_of_profiles(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """What is kept on each of these profiles."""
    return await connection.fetch(_BY_PROFILES, workspace, ids)


async def kept_kind(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    profile: ProfileId,
    *,
    kind: str,
    network: str,
    since: datetime | None,
    until: datetime | None,
    source: str,
    by: UUID | None,
    now: datetime,
) -> None:
    """Say a kind of a profile, in the place of what was said of it before."""
    await connection.execute(_KEPT, workspace, profile, kind, network, since, until, source, by, now)


async def taken_kind(connection: Connection, workspace: WorkspaceId, contact: ContactId, *, kind: str, network: str) -> list[UUID]:
    """Take a kind from all profiles of a contact; gives those that had it."""
    return [row["profile_id"] for row in await connection.fetch(_TAKEN, workspace, contact, kind, network)]


async def counted_kinds(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID]) -> dict[UUID, int]:
    """Count a change of the kinds of each profile; gives the versions that this made."""
    return {row["profile_id"]: row["version"] for row in await connection.fetch(_VERSIONS, workspace, profiles)}
