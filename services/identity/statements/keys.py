"""Statements of resolution: who shares a key with whom, what can be compared of them, and what members said. One for a whole batch.

Called by `resolving` inside the edge's transaction, under `linking.linking_lock`. None of them walks from row to row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.contracts.ids import ContactId, MergeId, ProfileId, WorkspaceId
from services.kit.db import Connection

_CARRIERS = """
SELECT asked.position, held.profile_id FROM unnest($2::bytea[], $3::int[]) WITH ORDINALITY AS asked (key, most, position)
CROSS JOIN LATERAL (
    SELECT profile_id FROM profile_key WHERE workspace_id = $1 AND key = asked.key ORDER BY profile_id LIMIT asked.most
) AS held
"""

_FACTS = """
SELECT known.facts FROM unnest($2::uuid[]) AS asked (id)
JOIN profile_facts AS known ON known.workspace_id = $1 AND known.profile_id = asked.id
"""

# Whoever is in one contact with them now, or was joined to one of them by a member.
_COMPANY = """
SELECT other.profile_id FROM unnest($2::uuid[]) AS asked (id)
JOIN membership AS own ON own.workspace_id = $1 AND own.profile_id = asked.id
JOIN membership AS other ON other.workspace_id = $1 AND other.contact_id = own.contact_id
UNION
SELECT edge.other_profile_id FROM unnest($2::uuid[]) AS asked (id)
JOIN edge ON edge.workspace_id = $1 AND edge.profile_id = asked.id AND edge.source = 'member' AND edge.active
UNION
SELECT edge.profile_id FROM unnest($2::uuid[]) AS asked (id)
JOIN edge ON edge.workspace_id = $1 AND edge.other_profile_id = asked.id AND edge.source = 'member' AND edge.active
"""

_STANDINGS = """
SELECT profile.id AS profile_id, profile.home_contact_id, membership.contact_id, membership.rule, membership.explanation
FROM unnest($2::uuid[]) AS asked (id)
JOIN profile ON profile.workspace_id = $1 AND profile.id = asked.id
LEFT JOIN membership ON membership.workspace_id = $1 AND membership.profile_id = asked.id
"""

_EDGES = """
SELECT edge.profile_id, edge.other_profile_id, edge.source, edge.rule, edge.explanation, edge.merge_id, edge.survivor_id
FROM unnest($2::uuid[]) AS asked (id)
JOIN edge ON edge.workspace_id = $1 AND edge.profile_id = asked.id AND edge.active
"""

_APART = """
SELECT never_merge.profile_id, never_merge.other_profile_id FROM unnest($2::uuid[]) AS asked (id)
JOIN never_merge ON never_merge.workspace_id = $1 AND never_merge.profile_id = asked.id
"""

_WRITE_FACTS = """
INSERT INTO profile_facts (workspace_id, profile_id, facts)
SELECT $1, profile_id, facts FROM unnest($2::uuid[], $3::text[]) AS read (profile_id, facts) ORDER BY profile_id
ON CONFLICT ON CONSTRAINT profile_facts_pkey DO UPDATE SET facts = EXCLUDED.facts
"""

_WRITE_KEYS = """
INSERT INTO profile_key (workspace_id, key, profile_id)
SELECT $1, key, profile_id FROM unnest($2::bytea[], $3::uuid[]) AS held (key, profile_id) ORDER BY key, profile_id
ON CONFLICT ON CONSTRAINT profile_key_pkey DO NOTHING
"""

_DROP_KEYS = """
DELETE FROM profile_key USING unnest($2::bytea[], $3::uuid[]) AS lost (key, profile_id)
WHERE profile_key.workspace_id = $1 AND profile_key.key = lost.key AND profile_key.profile_id = lost.profile_id
"""

Held = tuple[bytes, ProfileId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a profile was born and where it is now; a contact of None: it was just written."""

    profile_id: ProfileId
    home_contact_id: ContactId
    contact_id: ContactId | None
    rule: str | None
    explanation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEdge:
    """An edge that holds. Those of members carry the merge that made them, and whose founder they chose."""

    profile_id: ProfileId
    other_profile_id: ProfileId
    source: str
    rule: str
    explanation: str
    merge_id: MergeId
    survivor_id: ProfileId | None


async def carriers_of_keys(
    connection: Connection, workspace: WorkspaceId, keys: Sequence[bytes], *, most: Sequence[int]
) -> list[list[ProfileId]]:
    """Aligned with `keys`: the profiles that carry each, at most so many."""
    found: list[list[ProfileId]] = [[] for _ in keys]
    for position, profile in await connection.fetch(_CARRIERS, workspace, keys, most):
        found[position - 1].append(profile)
    return found


async def facts_of_profiles(connection: Connection, workspace: WorkspaceId, ids: Sequence[ProfileId]) -> list[str]:
    """As they were written."""
    return [row[0] for row in await connection.fetch(_FACTS, workspace, ids)]


async def company_of_profiles(connection: Connection, workspace: WorkspaceId, ids: Sequence[ProfileId]) -> list[ProfileId]:
    """Everybody who shares a contact with one of them, or was joined to one by a member; themselves among them."""
    return [row[0] for row in await connection.fetch(_COMPANY, workspace, ids)]


async def standings_of_profiles(connection: Connection, workspace: WorkspaceId, ids: Sequence[ProfileId]) -> list[Standing]:
    """Where they are."""
    return [Standing(**dict(row)) for row in await connection.fetch(_STANDINGS, workspace, ids)]


async def edges_of_profiles(connection: Connection, workspace: WorkspaceId, ids: Sequence[ProfileId]) -> list[KnownEdge]:
    """Edges that hold and whose smaller end is among `ids`; give both ends to have all between them."""
    return [KnownEdge(**dict(row)) for row in await connection.fetch(_EDGES, workspace, ids)]


async def apart_of_profiles(connection: Connection, workspace: WorkspaceId, ids: Sequence[ProfileId]) -> list[tuple[ProfileId, ProfileId]]:
    """Pairs that somebody keeps apart and whose smaller end is among `ids`."""
    return [(row[0], row[1]) for row in await connection.fetch(_APART, workspace, ids)]


async def written_facts(connection: Connection, workspace: WorkspaceId, facts: Mapping[ProfileId, str]) -> None:
    """Keep what can be compared."""
    await connection.execute(_WRITE_FACTS, workspace, list(facts), list(facts.values()))


async def changed_keys(connection: Connection, workspace: WorkspaceId, *, gained: Sequence[Held], lost: Sequence[Held]) -> None:
    """Bring the keys of profiles up to date."""
    if lost:
        await connection.execute(_DROP_KEYS, workspace, *zip(*lost, strict=True))
    if gained:
        await connection.execute(_WRITE_KEYS, workspace, *zip(*gained, strict=True))
