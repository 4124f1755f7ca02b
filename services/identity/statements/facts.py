"""Statements that all facts of people share: whose fact it is, and that the contact changed by it. As `app`.

Called by the modules of `facts` inside the edge's transaction, and by the statements of each fact.
"""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, WorkspaceId
from services.identity.statements.contacts import CANONICAL
from services.kit.db import Connection

# The profiles of the contacts asked for, by any id they ever had: facts are joined to `membership.profile_id`.
MEMBERS_OF_ASKED = f"""
unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position) {CANONICAL}
JOIN membership ON membership.workspace_id = $1 AND membership.contact_id = contact.id
"""
# What is said of a contact is kept on its founder, or on its first profile where the founder was moved away.
_FOR_CHANGE = f"""
SELECT contact.id, contact.version, (
    SELECT membership.profile_id FROM membership WHERE membership.workspace_id = $1 AND membership.contact_id = contact.id
    ORDER BY membership.profile_id <> contact.founder_id, membership.profile_id LIMIT 1
) AS profile_id
FROM unnest(ARRAY[$2::uuid]) AS asked (id) {CANONICAL}
FOR UPDATE OF contact
"""
_CHANGED = "UPDATE contact SET version = version + 1 WHERE workspace_id = $1 AND id = $2 RETURNING version"
_CHANGED_BY_PROFILES = """
UPDATE contact SET version = contact.version + 1
WHERE workspace_id = $1 AND id = ANY(ARRAY(
    SELECT contact_id FROM membership WHERE workspace_id = $1 AND profile_id = ANY($2::uuid[]) ORDER BY contact_id
))
"""
_PROFILES = """
SELECT profile_id, version FROM membership WHERE workspace_id = $1 AND contact_id = $2 ORDER BY profile_id
"""


async def contact_for_change(connection: Connection, workspace: WorkspaceId, contact: ContactId) -> asyncpg.Record | None:
    """The canonical id, version and keeping profile, with the contact's row locked; None where there is none."""
    found = await connection.fetchrow(_FOR_CHANGE, workspace, contact)
    while found is not None:
        # Who waited for a merge sees its contact's row as it is now, and all else as it was: asked again, both are of one moment.
        again = await connection.fetchrow(_FOR_CHANGE, workspace, contact)
        if again is None or again["id"] == found["id"]:
            return again
        found = again
    return None


async def changed_contact(connection: Connection, workspace: WorkspaceId, contact: ContactId) -> int:
    """Count a change; gives the version that it made."""
    version: int = await connection.fetchval(_CHANGED, workspace, contact)
    return version


async def changed_contacts_of(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID]) -> None:
    """Count a change of the contact of each of these."""
    await connection.execute(_CHANGED_BY_PROFILES, workspace, profiles)


async def placed_profiles(connection: Connection, workspace: WorkspaceId, contact: ContactId) -> list[asyncpg.Record]:
    """The contact's profiles, each with the version of its membership."""
    return await connection.fetch(_PROFILES, workspace, contact)


def aligned(rows: Sequence[asyncpg.Record], length: int) -> list[list[asyncpg.Record]]:
    """The rows by their `position`, counted from 1."""
    found: list[list[asyncpg.Record]] = [[] for _ in range(length)]
    for row in rows:
        found[row["position"] - 1].append(row)
    return found
