"""Statements of how people stand to venues, as `app`. Called by `facts.relations` inside the edge's transaction."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.identity.statements.facts import MEMBERS_OF_ASKED, aligned
from services.kit.db import Connection

RELATIONS_LIMIT = 100
# The latest beginning and the latest end are kept, so whatever comes first ends alike.
_KEPT = """
INSERT INTO profile_relation (workspace_id, profile_id, kind, target_key, network, scope, external_id, item, title, url,
    first_at, began_at, ended_at, changed_at)
SELECT $1, seen.* FROM unnest(
    $2::uuid[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
    $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[]
) AS seen (profile_id, kind, target_key) ORDER BY seen.profile_id, seen.kind, seen.target_key
ON CONFLICT ON CONSTRAINT profile_relation_pkey DO UPDATE SET
    title = coalesce(EXCLUDED.title, profile_relation.title), url = coalesce(EXCLUDED.url, profile_relation.url),
    first_at = least(profile_relation.first_at, EXCLUDED.first_at),
    began_at = greatest(profile_relation.began_at, EXCLUDED.began_at),
    ended_at = greatest(profile_relation.ended_at, EXCLUDED.ended_at),
    changed_at = greatest(profile_relation.changed_at, EXCLUDED.changed_at)
WHERE EXCLUDED.first_at < profile_relation.first_at
    OR greatest(profile_relation.began_at, EXCLUDED.began_at) IS DISTINCT FROM profile_relation.began_at
    OR greatest(profile_relation.ended_at, EXCLUDED.ended_at) IS DISTINCT FROM profile_relation.ended_at
"""
_BY_CONTACTS = f"""
SELECT * FROM (
    SELECT asked.position, held.*, row_number() OVER (PARTITION BY asked.position ORDER BY held.changed_at DESC, held.target_key) AS place
    FROM {MEMBERS_OF_ASKED}
    CROSS JOIN LATERAL (
        SELECT profile_id, kind, target_key, network, scope, external_id, item, title, url, first_at, began_at, ended_at, changed_at
        FROM profile_relation WHERE workspace_id = $1 AND profile_id = membership.profile_id
        ORDER BY changed_at DESC LIMIT {RELATIONS_LIMIT}
    ) AS held
) AS listed WHERE place <= {RELATIONS_LIMIT} ORDER BY position, place
"""


async def kept_relations(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Keep what was seen; rows in the order of the columns after workspace_id, one per profile, kind and target."""
    await connection.execute(_KEPT, workspace, *[list(column) for column in zip(*rows, strict=True)])


async def relations_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[asyncpg.Record]]:
    """Aligned with `ids`; what changed last first, at most 100 each."""
    return aligned(await connection.fetch(_BY_CONTACTS, workspace, ids), len(ids))
