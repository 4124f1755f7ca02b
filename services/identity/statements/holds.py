"""Statements of legal holds. Called by `erasure` in the edge's transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, MemberId, WorkspaceId
from services.kit.db import Connection

_SET = """
INSERT INTO legal_hold (workspace_id, profile_id, reason, set_by, set_at)
SELECT $1, p.id, $3, $4, $5 FROM profile p WHERE p.workspace_id = $1 AND p.id = (
    SELECT m.profile_id FROM membership m JOIN contact c ON c.workspace_id = $1 AND c.id = m.contact_id
    WHERE m.workspace_id = $1 AND m.contact_id = $2 ORDER BY m.profile_id <> c.founder_id, m.profile_id LIMIT 1
) FOR KEY SHARE
ON CONFLICT ON CONSTRAINT legal_hold_pkey DO UPDATE SET reason = EXCLUDED.reason, set_by = EXCLUDED.set_by, set_at = EXCLUDED.set_at
RETURNING profile_id
"""
_OF_CONTACT = """
SELECT h.reason, h.set_by, h.set_at FROM membership m JOIN legal_hold h ON h.workspace_id = $1 AND h.profile_id = m.profile_id
WHERE m.workspace_id = $1 AND m.contact_id = $2 ORDER BY h.set_at, h.profile_id LIMIT 1
"""
_OF_CONTACTS = """
SELECT DISTINCT ON (m.contact_id) m.contact_id, h.reason, h.set_by, h.set_at
FROM membership m JOIN legal_hold h ON h.workspace_id = $1 AND h.profile_id = m.profile_id
WHERE m.workspace_id = $1 AND m.contact_id = ANY($2) ORDER BY m.contact_id, h.set_at, h.profile_id
"""
_LIFT = """
DELETE FROM legal_hold WHERE workspace_id = $1 AND profile_id = ANY(ARRAY(
    SELECT m.profile_id FROM membership m WHERE m.workspace_id = $1 AND m.contact_id = $2
))
"""


async def kept_hold(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, *, reason: str, by: MemberId | None, now: datetime
) -> UUID | None:
    """Hold a contact by its founder's profile, or by its eldest; None where the contact is gone."""
    found: UUID | None = await connection.fetchval(_SET, workspace, contact, reason, by, now)
    return found


async def hold_of_contact(connection: Connection, workspace: WorkspaceId, contact: ContactId) -> asyncpg.Record | None:
    """The oldest hold on any profile of the contact."""
    return await connection.fetchrow(_OF_CONTACT, workspace, contact)


async def holds_of_contacts(connection: Connection, workspace: WorkspaceId, contacts: Sequence[UUID]) -> list[asyncpg.Record]:
    """The oldest hold of each of them that has one."""
    return await connection.fetch(_OF_CONTACTS, workspace, list(contacts))


async def lifted_holds(connection: Connection, workspace: WorkspaceId, contact: ContactId) -> bool:
    """Take every hold from the contact's profiles; False where there was none."""
    answer = await connection.execute(_LIFT, workspace, contact)
    return not answer.endswith(" 0")
