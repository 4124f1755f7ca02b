"""Statements of leads handed over to outside systems, as `app`. Called by `facts.leads` inside the edge's transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import LeadId, ProfileId, WorkspaceId
from services.identity.statements.facts import MEMBERS_OF_ASKED, aligned
from services.kit.db import Connection
from services.kit.ids import LAST_ID

LEADS_LIMIT = 100
_COLUMNS = """
lead.id, lead.profile_id, lead.system, lead.brief, lead.state, lead.reason, lead.external_id, lead.url, lead.handed_over_by,
lead.handed_over_at, lead.changed_at, lead.version
"""
_OF_MEMBER = "JOIN membership ON membership.workspace_id = $1 AND membership.profile_id = lead.profile_id"
_NEW = """
INSERT INTO lead (workspace_id, id, profile_id, system, brief, state, reason, handed_over_by, handed_over_at, changed_at, version)
VALUES ($1, $2, $3, $4, $5, 'handed_over', '', $6, $7, $7, 1)
"""
_BY_IDS = f"SELECT membership.contact_id, {_COLUMNS} FROM lead {_OF_MEMBER} WHERE lead.workspace_id = $1 AND lead.id = ANY($2::uuid[])"
_PAGE = f"""
SELECT membership.contact_id, {_COLUMNS} FROM lead {_OF_MEMBER}
WHERE lead.workspace_id = $1 AND lead.id < $2 ORDER BY lead.id DESC LIMIT $3
"""
_LOCKED = "SELECT id FROM lead WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
_CHANGED = """
UPDATE lead SET state = $3, reason = $4, external_id = coalesce($5, external_id), url = coalesce($6, url), changed_at = $7,
    version = version + 1
WHERE workspace_id = $1 AND id = $2
"""
_BY_CONTACTS = f"""
SELECT * FROM (
    SELECT asked.position, contact.id AS contact_id, {_COLUMNS},
        row_number() OVER (PARTITION BY asked.position ORDER BY lead.id DESC) AS place
    FROM {MEMBERS_OF_ASKED}
    JOIN lead ON lead.workspace_id = $1 AND lead.profile_id = membership.profile_id
) AS listed WHERE place <= {LEADS_LIMIT} ORDER BY position, place
"""


async def inserted_lead(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    lead: LeadId,
    *,
    profile: ProfileId,
    system: str,
    brief: str,
    by: UUID | None,
    now: datetime,
) -> None:
    """Hand over."""
    await connection.execute(_NEW, workspace, lead, profile, system, brief, by, now)


async def leads_of_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Those of `ids` that exist, each with its contact."""
    return await connection.fetch(_BY_IDS, workspace, ids)


async def page_of_leads(connection: Connection, workspace: WorkspaceId, *, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """The newest first."""
    return await connection.fetch(_PAGE, workspace, after or LAST_ID, limit)


async def locked_lead(connection: Connection, workspace: WorkspaceId, lead: LeadId) -> bool:
    """Lock its row; False where there is none."""
    return await connection.fetchval(_LOCKED, workspace, lead) is not None


async def changed_lead(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    lead: LeadId,
    *,
    state: str,
    reason: str,
    external_id: str | None,
    url: str | None,
    now: datetime,
) -> None:
    """Say what became of it; its names in the other system stay where none are given."""
    await connection.execute(_CHANGED, workspace, lead, state, reason, external_id, url, now)


async def leads_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    """Aligned with `ids`; the newest first, at most 100 each."""
    return aligned(await connection.fetch(_BY_CONTACTS, workspace, ids), len(ids))
