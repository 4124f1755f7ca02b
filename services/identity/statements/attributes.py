"""Statements of a workspace's own attributes: their definitions and their values. As `app`. Called by `facts.attributes`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.identity.statements.facts import MEMBERS_OF_ASKED, aligned
from services.kit.db import Connection

_DEFINITION = "key, label, type, options, version"
_DEFINITIONS = f"SELECT {_DEFINITION} FROM attribute_definition WHERE workspace_id = $1 ORDER BY key LIMIT $2"
_LOCKED = f"SELECT {_DEFINITION} FROM attribute_definition WHERE workspace_id = $1 AND key = $2 FOR UPDATE"
_NEW = f"""
INSERT INTO attribute_definition (workspace_id, key, label, type, options, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, 1)
ON CONFLICT ON CONSTRAINT attribute_definition_pkey DO NOTHING RETURNING {_DEFINITION}
"""
_CHANGED = f"""
UPDATE attribute_definition SET label = $3, options = $4, version = version + 1
WHERE workspace_id = $1 AND key = $2 RETURNING {_DEFINITION}
"""
_DELETED = "DELETE FROM attribute_definition WHERE workspace_id = $1 AND key = $2"
_USED = """
SELECT option.value FROM unnest($3::text[], $4::bytea[]) AS option (value, value_key)
WHERE EXISTS (
    SELECT FROM profile_attribute AS held WHERE held.workspace_id = $1 AND held.key = $2 AND held.value_key = option.value_key
)
"""
_BY_CONTACTS = f"""
SELECT DISTINCT ON (asked.position, held.key)
    asked.position, held.key, definition.label, definition.type, held.value, held.set_at, held.by, held.source
FROM {MEMBERS_OF_ASKED}
JOIN profile_attribute AS held ON held.workspace_id = $1 AND held.profile_id = membership.profile_id
JOIN attribute_definition AS definition ON definition.workspace_id = $1 AND definition.key = held.key
ORDER BY asked.position, held.key, held.set_at DESC, held.profile_id
"""
_KEPT = """
INSERT INTO profile_attribute (workspace_id, profile_id, key, value, value_key, source, by, set_at)
SELECT $1, $2, given.key, given.value, sha256(convert_to(given.value, 'UTF8')), $5, $6, $7
FROM unnest($3::text[], $4::text[]) AS given (key, value) ORDER BY given.key
ON CONFLICT ON CONSTRAINT profile_attribute_pkey DO UPDATE SET value = EXCLUDED.value, value_key = EXCLUDED.value_key,
    source = EXCLUDED.source, by = EXCLUDED.by, set_at = EXCLUDED.set_at
"""
_TAKEN = """
DELETE FROM profile_attribute WHERE workspace_id = $1 AND key = ANY($3::text[]) AND profile_id = ANY(ARRAY(
    SELECT profile_id FROM membership WHERE workspace_id = $1 AND contact_id = $2
))
"""


async def all_definitions(connection: Connection, workspace: WorkspaceId, *, limit: int) -> list[asyncpg.Record]:
    """The workspace's attributes by key."""
    return await connection.fetch(_DEFINITIONS, workspace, limit)


async def locked_definition(connection: Connection, workspace: WorkspaceId, key: str) -> asyncpg.Record | None:
    """With the row locked; None where there is none."""
    return await connection.fetchrow(_LOCKED, workspace, key)


async def inserted_definition(  # noqa: PLR0913 - each is one column
    connection: Connection, workspace: WorkspaceId, key: str, *, label: str, type_: str, options: Sequence[str], now: datetime
) -> asyncpg.Record | None:
    """None where the key is taken."""
    return await connection.fetchrow(_NEW, workspace, key, label, type_, options, now)


async def changed_definition(
    connection: Connection, workspace: WorkspaceId, key: str, *, label: str, options: Sequence[str]
) -> asyncpg.Record:
    """Change one that is there."""
    (row,) = await connection.fetch(_CHANGED, workspace, key, label, options)
    return row


async def deleted_definition(connection: Connection, workspace: WorkspaceId, key: str) -> bool:
    """With all its values; False where there is none."""
    return await connection.execute(_DELETED, workspace, key) != "DELETE 0"


async def used_options(
    connection: Connection, workspace: WorkspaceId, key: str, *, options: Sequence[str], keys: Sequence[bytes]
) -> list[str]:
    """Which of the options somebody has; `keys` are their sha256."""
    return [row["value"] for row in await connection.fetch(_USED, workspace, key, options, keys)]


async def attributes_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    """Aligned with `ids`; by key, each value as set last."""
    return aligned(await connection.fetch(_BY_CONTACTS, workspace, ids), len(ids))


async def kept_attributes(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    profile: ProfileId,
    *,
    keys: Sequence[str],
    values: Sequence[str],
    source: str,
    by: UUID | None,
    now: datetime,
) -> None:
    """Set values on a profile."""
    await connection.execute(_KEPT, workspace, profile, keys, values, source, by, now)


async def taken_attributes(connection: Connection, workspace: WorkspaceId, contact: ContactId, *, keys: Sequence[str]) -> None:
    """Take the values from all profiles of a contact."""
    await connection.execute(_TAKEN, workspace, contact, keys)
