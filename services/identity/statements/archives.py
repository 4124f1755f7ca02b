"""Statements by which another system's file is taken in: what its lines refer to, members by address, labels of many people. As `app`.

Called by `transfer`. What a file says again changes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.contracts.ids import MemberId, WorkspaceId
from services.kit.db import Connection

_KEPT = """
INSERT INTO import_reference (workspace_id, upload_id, kind, key, told)
SELECT $1, $2, kind, key, told::jsonb FROM unnest($3::text[], $4::text[], $5::text[]) AS r (kind, key, told) ORDER BY kind, key
ON CONFLICT ON CONSTRAINT import_reference_pkey DO UPDATE SET told = EXCLUDED.told
"""
_ALL = "SELECT kind, key, told FROM import_reference WHERE workspace_id = $1 AND upload_id = $2 AND kind = ANY($3::text[]) LIMIT $4"
_NAMED = """
SELECT kind, key, told FROM import_reference
WHERE workspace_id = $1 AND upload_id = $2 AND kind = $3 AND key = ANY($4::text[])
"""
_FORGOTTEN = "DELETE FROM import_reference WHERE workspace_id = $1 AND upload_id = $2"
_MEMBERS = "SELECT id, email_key FROM member WHERE workspace_id = $1 AND email_key = ANY($2::text[])"
_LABELS = """
INSERT INTO contact_label (workspace_id, id, name, key, colour, created_at, version)
SELECT $1, r.id, r.name, r.key, r.colour, $6, 1 FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS r (id, name, key, colour)
ORDER BY r.key ON CONFLICT ON CONSTRAINT contact_label_workspace_id_key_key DO NOTHING
"""
# A label that any profile of the contact has is not given to another; gives whose labels are new.
_GIVEN = """
INSERT INTO profile_label (workspace_id, profile_id, label_id, by, added_at)
SELECT $1, r.profile_id, l.id, NULL, $4 FROM unnest($2::uuid[], $3::text[]) AS r (profile_id, key)
JOIN contact_label l ON l.workspace_id = $1 AND l.key = r.key
WHERE NOT EXISTS (
    SELECT FROM membership own
    JOIN membership other ON other.workspace_id = $1 AND other.contact_id = own.contact_id
    JOIN profile_label held ON held.workspace_id = $1 AND held.profile_id = other.profile_id AND held.label_id = l.id
    WHERE own.workspace_id = $1 AND own.profile_id = r.profile_id
)
ORDER BY r.profile_id, l.id ON CONFLICT ON CONSTRAINT profile_label_pkey DO NOTHING RETURNING profile_id
"""


async def kept_references(
    connection: Connection, workspace: WorkspaceId, upload: UUID, *, told: Mapping[tuple[str, str], Mapping[str, Any]]
) -> None:
    """Keep what was told, by (kind, key); of what was told before, the later counts."""
    kinds, keys = zip(*told, strict=True)
    await connection.execute(_KEPT, workspace, upload, kinds, keys, [orjson.dumps(each).decode() for each in told.values()])


async def references_of_kinds(
    connection: Connection, workspace: WorkspaceId, upload: UUID, *, kinds: Sequence[str], limit: int
) -> dict[tuple[str, str], dict[str, Any]]:
    """All of these kinds, by (kind, key)."""
    rows = await connection.fetch(_ALL, workspace, upload, kinds, limit)
    return {(row["kind"], row["key"]): row["told"] for row in rows}


async def references_named(
    connection: Connection, workspace: WorkspaceId, upload: UUID, *, kind: str, keys: Sequence[str]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Those of one kind that there are, by (kind, key)."""
    rows = await connection.fetch(_NAMED, workspace, upload, kind, keys)
    return {(row["kind"], row["key"]): row["told"] for row in rows}


async def forgotten_references(connection: Connection, workspace: WorkspaceId, upload: UUID) -> None:
    """What nobody refers to any more."""
    await connection.execute(_FORGOTTEN, workspace, upload)


async def members_by_email(connection: Connection, workspace: WorkspaceId, keys: Sequence[str]) -> dict[str, MemberId]:
    """The members with these addresses, as they are compared; those who have left too."""
    return {row["email_key"]: MemberId(row["id"]) for row in await connection.fetch(_MEMBERS, workspace, keys)}


async def defined_contact_labels(
    connection: Connection, workspace: WorkspaceId, *, rows: Sequence[tuple[UUID, str, str, str]], now: datetime
) -> None:
    """Put labels on the list; rows are (id, name, key, colour), those that there are stay as they are."""
    await connection.execute(_LABELS, workspace, *[list(column) for column in zip(*rows, strict=True)], now)


async def given_contact_labels(
    connection: Connection, workspace: WorkspaceId, *, rows: Sequence[tuple[UUID, str]], now: datetime
) -> set[UUID]:
    """Give people labels; rows are (profile, the label's key), each once. Gives the profiles that have a new one."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {row["profile_id"] for row in await connection.fetch(_GIVEN, workspace, *columns, now)}
