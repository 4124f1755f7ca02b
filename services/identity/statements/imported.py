"""Statements by which files add to what a workspace keeps of its people: attributes of many profiles at once, whom they follow. As `app`.

Called by `transfer`. What a file says again changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection

_DEFINED = """
INSERT INTO attribute_definition (workspace_id, key, label, type, options, created_at, version)
SELECT $1, key, label, 'text', '{}', $4, 1 FROM unnest($2::text[], $3::text[]) AS wanted (key, label) ORDER BY key
ON CONFLICT ON CONSTRAINT attribute_definition_pkey DO NOTHING
"""
_KEPT = """
INSERT INTO profile_attribute (workspace_id, profile_id, key, value, value_key, source, by, set_at)
SELECT $1, given.profile_id, given.key, given.value, sha256(convert_to(given.value, 'UTF8')), $5, NULL, $6
FROM unnest($2::uuid[], $3::text[], $4::text[]) AS given (profile_id, key, value) ORDER BY given.profile_id, given.key
ON CONFLICT ON CONSTRAINT profile_attribute_pkey DO UPDATE SET value = EXCLUDED.value, value_key = EXCLUDED.value_key,
    source = EXCLUDED.source, by = NULL, set_at = EXCLUDED.set_at
WHERE profile_attribute.value_key <> EXCLUDED.value_key AND profile_attribute.set_at <= EXCLUDED.set_at
RETURNING profile_id
"""

# Who follows already goes on following since then; who had ended it, and is in a later list, began anew.
_FOLLOWS = """
INSERT INTO profile_relation (workspace_id, profile_id, kind, target_key, network, scope, external_id, item, title, url,
    first_at, began_at, ended_at, changed_at)
SELECT $1, seen.* FROM unnest(
    $2::uuid[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
    $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[]
) AS seen (profile_id, kind, target_key) ORDER BY seen.profile_id, seen.kind, seen.target_key
ON CONFLICT ON CONSTRAINT profile_relation_pkey DO UPDATE SET
    began_at = EXCLUDED.began_at, changed_at = greatest(profile_relation.changed_at, EXCLUDED.changed_at)
WHERE profile_relation.ended_at < EXCLUDED.began_at
    AND (profile_relation.began_at IS NULL OR profile_relation.began_at <= profile_relation.ended_at)
"""


async def defined_texts(
    connection: Connection, workspace: WorkspaceId, *, keys: Sequence[str], labels: Sequence[str], now: datetime
) -> None:
    """Define attributes that are text; those that there are stay as they are."""
    await connection.execute(_DEFINED, workspace, keys, labels, now)


async def imported_attributes(
    connection: Connection, workspace: WorkspaceId, *, rows: Sequence[tuple[UUID, str, str]], source: str, at: datetime
) -> set[UUID]:
    """Rows are (profile, key, value), each profile and key once; gives the profiles of which a value changed."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {row["profile_id"] for row in await connection.fetch(_KEPT, workspace, *columns, source, at)}


async def imported_follows(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Keep that people follow; rows as `relations.kept_relations` takes them."""
    await connection.execute(_FOLLOWS, workspace, *[list(column) for column in zip(*rows, strict=True)])
