"""Statements of labels for people: the workspace's list, and who has which. As `app`. Called by `facts.labels`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, ContactLabelId, ProfileId, WorkspaceId
from services.identity.statements.facts import MEMBERS_OF_ASKED, aligned
from services.kit.db import Connection

_LABEL = "id, name, colour, version"
_LABELS = f"SELECT {_LABEL}, key FROM contact_label WHERE workspace_id = $1 ORDER BY key LIMIT $2"
_BY_ID = f"SELECT {_LABEL} FROM contact_label WHERE workspace_id = $1 AND id = $2"
_NEW = f"""
INSERT INTO contact_label (workspace_id, id, name, key, colour, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, 1)
ON CONFLICT ON CONSTRAINT contact_label_workspace_id_key_key DO NOTHING RETURNING {_LABEL}
"""
_CHANGED = f"""
UPDATE contact_label SET name = coalesce($3, name), key = coalesce($4, key), colour = coalesce($5, colour), version = version + 1
WHERE workspace_id = $1 AND id = $2 RETURNING {_LABEL}
"""
_LOCKED = "SELECT version FROM contact_label WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
_DELETED = "DELETE FROM contact_label WHERE workspace_id = $1 AND id = $2"
_BY_CONTACTS = f"""
SELECT DISTINCT asked.position, label.id, label.name, label.colour, label.version, label.key
FROM {MEMBERS_OF_ASKED}
JOIN profile_label AS held ON held.workspace_id = $1 AND held.profile_id = membership.profile_id
JOIN contact_label AS label ON label.workspace_id = $1 AND label.id = held.label_id
ORDER BY asked.position, label.key
"""
# One that any profile of the contact has already is not given to another.
_GIVEN = """
INSERT INTO profile_label (workspace_id, profile_id, label_id, by, added_at)
SELECT $1, $3, $4, $5, $6 WHERE NOT EXISTS (
    SELECT FROM membership JOIN profile_label AS held ON held.workspace_id = $1 AND held.profile_id = membership.profile_id
    WHERE membership.workspace_id = $1 AND membership.contact_id = $2 AND held.label_id = $4
)
ON CONFLICT ON CONSTRAINT profile_label_pkey DO NOTHING RETURNING true
"""
_TAKEN = """
DELETE FROM profile_label WHERE workspace_id = $1 AND label_id = $3 AND profile_id = ANY(ARRAY(
    SELECT profile_id FROM membership WHERE workspace_id = $1 AND contact_id = $2
))
"""


async def all_contact_labels(connection: Connection, workspace: WorkspaceId, *, limit: int) -> list[asyncpg.Record]:
    """The workspace's labels by name, each with its `key`."""
    return await connection.fetch(_LABELS, workspace, limit)


async def contact_label_of_id(connection: Connection, workspace: WorkspaceId, label: ContactLabelId) -> asyncpg.Record | None:
    """None where there is none."""
    return await connection.fetchrow(_BY_ID, workspace, label)


async def inserted_contact_label(  # noqa: PLR0913 - each is one column
    connection: Connection, workspace: WorkspaceId, label: ContactLabelId, *, name: str, key: str, colour: str, now: datetime
) -> asyncpg.Record | None:
    """None where the name is taken."""
    return await connection.fetchrow(_NEW, workspace, label, name, key, colour, now)


async def locked_contact_label(connection: Connection, workspace: WorkspaceId, label: ContactLabelId) -> int | None:
    """Its version, with the row locked; None where there is none."""
    version: int | None = await connection.fetchval(_LOCKED, workspace, label)
    return version


async def changed_contact_label(
    connection: Connection, workspace: WorkspaceId, label: ContactLabelId, *, name: str | None, key: str | None, colour: str | None
) -> asyncpg.Record:
    """Rename or recolour one that is there."""
    (row,) = await connection.fetch(_CHANGED, workspace, label, name, key, colour)
    return row


async def deleted_contact_label(connection: Connection, workspace: WorkspaceId, label: ContactLabelId) -> bool:
    """Take it from everybody and from the list; False where there is none."""
    answer = await connection.execute(_DELETED, workspace, label)
    return answer != "DELETE 0"


async def labels_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    """Aligned with `ids`; by name."""
    return aligned(await connection.fetch(_BY_CONTACTS, workspace, ids), len(ids))


async def given_label(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    contact: ContactId,
    *,
    profile: ProfileId,
    label: ContactLabelId,
    by: UUID | None,
    now: datetime,
) -> bool:
    """Give a contact a label, kept on `profile`; False where it has it."""
    return bool(await connection.fetchval(_GIVEN, workspace, contact, profile, label, by, now))


async def taken_label(connection: Connection, workspace: WorkspaceId, contact: ContactId, *, label: ContactLabelId) -> bool:
    """Take a label from all profiles of a contact; False where none has it."""
    answer = await connection.execute(_TAKEN, workspace, contact, label)
    return answer != "DELETE 0"
