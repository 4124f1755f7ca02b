"""Statements of labels for people: the workspace's list, and who has which. As `app`. Called by `facts.labels`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, ContactLabelId, ProfileId, WorkspaceId
from services.identity.statements.facts import MEMBERS_OF_ASKED, aligned
from services.kit.db import Connection

_LABEL = "id, name, colour, version, offered"
_LABELS = f"SELECT {_LABEL}, key FROM contact_label WHERE workspace_id = $1 ORDER BY key LIMIT $2"
_BY_ID = f"SELECT {_LABEL} FROM contact_label WHERE workspace_id = $1 AND id = $2"
_NEW = f"""
INSERT INTO contact_label (workspace_id, id, name, key, colour, created_at, version, offered) VALUES ($1, $2, $3, $4, $5, $6, 1, $7)
ON CONFLICT ON CONSTRAINT contact_label_workspace_id_key_key DO NOTHING RETURNING {_LABEL}
"""
_CHANGED = f"""
UPDATE contact_label SET name = coalesce($3, name), key = coalesce($4, key), colour = coalesce($5, colour),
    offered = coalesce($6, offered), version = version + 1
WHERE workspace_id = $1 AND id = $2 RETURNING {_LABEL}
"""
_LOCKED = "SELECT version FROM contact_label WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
_DELETED = "DELETE FROM contact_label WHERE workspace_id = $1 AND id = $2"
_BY_CONTACTS = f"""
SELECT DISTINCT asked.position, label.id, label.name, label.colour, label.version, label.offered, label.key
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
_OFFERED = """
SELECT label.id, label.name, EXISTS (
    SELECT FROM profile_label AS held WHERE held.workspace_id = $1 AND held.label_id = label.id AND held.profile_id = ANY($2::uuid[])
) AS held
FROM contact_label AS label WHERE label.workspace_id = $1 AND label.offered ORDER BY label.key LIMIT $3
"""
_JOINED = """
INSERT INTO profile_label (workspace_id, profile_id, label_id, by, added_at)
SELECT $1, $2, id, NULL, $4 FROM contact_label WHERE workspace_id = $1 AND id = ANY($3::uuid[]) AND offered ORDER BY id
ON CONFLICT ON CONSTRAINT profile_label_pkey DO NOTHING
"""
_LEFT = "DELETE FROM profile_label WHERE workspace_id = $1 AND label_id = ANY($2::uuid[]) AND profile_id = ANY($3::uuid[])"


async def offered_labels(
    connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId], *, limit: int
) -> list[asyncpg.Record]:
    """What people may choose, by name; `held` where one of these profiles has it."""
    return await connection.fetch(_OFFERED, workspace, profiles, limit)


async def join_labels(
    connection: Connection, workspace: WorkspaceId, profile: ProfileId, *, labels: Sequence[ContactLabelId], now: datetime
) -> None:
    """A person takes labels that are still offered; no member gave them."""
    await connection.execute(_JOINED, workspace, profile, labels, now)


async def leave_labels(
    connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId], *, labels: Sequence[ContactLabelId]
) -> None:
    """A person has these labels no more, whoever gave them."""
    await connection.execute(_LEFT, workspace, labels, profiles)


async def all_contact_labels(connection: Connection, workspace: WorkspaceId, *, limit: int) -> list[asyncpg.Record]:
    """The workspace's labels by name, each with its `key`."""
    return await connection.fetch(_LABELS, workspace, limit)


async def contact_label_of_id(connection: Connection, workspace: WorkspaceId, label: ContactLabelId) -> asyncpg.Record | None:
    """None where there is none."""
    return await connection.fetchrow(_BY_ID, workspace, label)


async def inserted_contact_label(  # noqa: PLR0913 - each is one column
    connection: Connection, workspace: WorkspaceId, label: ContactLabelId, *, name: str, key: str, colour: str, offered: bool, now: datetime
) -> asyncpg.Record | None:
    """None where the name is taken."""
    return await connection.fetchrow(_NEW, workspace, label, name, key, colour, now, offered)


async def locked_contact_label(connection: Connection, workspace: WorkspaceId, label: ContactLabelId) -> int | None:
    """Its version, with the row locked; None where there is none."""
    version: int | None = await connection.fetchval(_LOCKED, workspace, label)
    return version


async def changed_contact_label(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    label: ContactLabelId,
    *,
    name: str | None,
    key: str | None,
    colour: str | None,
    offered: bool | None,
) -> asyncpg.Record:
    """Change one that is there; None leaves a column as it is."""
    (row,) = await connection.fetch(_CHANGED, workspace, label, name, key, colour, offered)
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
