"""Statements of resolution: who shares a key with whom, what can be compared of them, and what members said. One for a whole batch.

Called by `resolving` inside the edge's transaction, under `linking.linking_lock`. None of them walks from row to row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.contracts.ids import ContactId, MergeId, ProfileId, WorkspaceId
from services.kit.db import Connection

# Whoever shares a key with few comes with what can be compared of them, once, unless that is known already.
_CARRIERS = """
WITH held AS MATERIALIZED (
    SELECT asked.position, asked.few, held.profile_id
    FROM unnest($2::bytea[], $3::int[], $4::int[]) WITH ORDINALITY AS asked (key, most, few, position)
    CROSS JOIN LATERAL (
        SELECT profile_id FROM profile_key WHERE workspace_id = $1 AND key = asked.key ORDER BY profile_id LIMIT asked.most
    ) AS held
)
SELECT position, profile_id, NULL::text AS facts FROM held
UNION ALL
SELECT NULL, NULL, known.facts FROM (
    SELECT DISTINCT each.profile_id FROM (
        SELECT profile_id, few, count(*) OVER (PARTITION BY position) AS carriers FROM held
    ) AS each WHERE each.carriers <= each.few AND each.profile_id <> ALL($5::uuid[])
) AS unknown
CROSS JOIN LATERAL (SELECT facts FROM profile_facts WHERE workspace_id = $1 AND profile_id = unknown.profile_id OFFSET 0) AS known
"""

_FACTS = """
SELECT known.facts FROM unnest($2::uuid[]) AS asked (id)
JOIN profile_facts AS known ON known.workspace_id = $1 AND known.profile_id = asked.id
"""

# Whoever is in one contact with them now, or was joined to one of them by a member; where each stands, and what can be compared of it.
_COMPANY = """
WITH asked AS MATERIALIZED (
    SELECT own.profile_id, own.contact_id FROM unnest($2::uuid[]) AS asked (id)
    LEFT JOIN LATERAL (
        SELECT profile_id, contact_id FROM membership WHERE workspace_id = $1 AND profile_id = asked.id OFFSET 0
    ) AS own ON true
)
SELECT profile.id AS profile_id, profile.home_contact_id, own.contact_id, own.rule, own.explanation,
    CASE WHEN profile.id <> ALL($3::uuid[]) THEN (SELECT facts FROM profile_facts WHERE workspace_id = $1 AND profile_id = profile.id) END
FROM (
    SELECT id FROM unnest($2::uuid[]) AS asked (id)
    UNION
    SELECT other.profile_id FROM asked CROSS JOIN LATERAL (
        SELECT profile_id FROM membership WHERE workspace_id = $1 AND contact_id = asked.contact_id OFFSET 0
    ) AS other
    UNION
    SELECT edge.other_profile_id FROM unnest($2::uuid[]) AS asked (id)
    JOIN edge ON edge.workspace_id = $1 AND edge.profile_id = asked.id AND edge.source = 'member' AND edge.active
    UNION
    SELECT edge.profile_id FROM unnest($2::uuid[]) AS asked (id)
    JOIN edge ON edge.workspace_id = $1 AND edge.other_profile_id = asked.id AND edge.source = 'member' AND edge.active
) AS member
CROSS JOIN LATERAL (SELECT id, home_contact_id FROM profile WHERE workspace_id = $1 AND id = member.id OFFSET 0) AS profile
LEFT JOIN LATERAL (
    SELECT contact_id, rule, explanation FROM membership WHERE workspace_id = $1 AND profile_id = member.id OFFSET 0
) AS own ON true
"""

# Edges between these profiles, and pairs of them that somebody keeps apart.
_TIES = """
SELECT edge.profile_id, edge.other_profile_id, edge.source, edge.rule, edge.explanation, edge.merge_id, edge.survivor_id, false AS apart
FROM unnest($2::uuid[]) AS asked (id)
JOIN edge ON edge.workspace_id = $1 AND edge.profile_id = asked.id AND edge.active
UNION ALL
SELECT never_merge.profile_id, never_merge.other_profile_id, '', '', '', NULL, NULL, true FROM unnest($2::uuid[]) AS asked (id)
JOIN never_merge ON never_merge.workspace_id = $1 AND never_merge.profile_id = asked.id
"""

# What can be compared of profiles, the keys under which they are found, and that somebody is to look for more like them.
_WRITE_FACTS = """
WITH facts AS (
    INSERT INTO profile_facts (workspace_id, profile_id, facts)
    SELECT $1, profile_id, facts FROM unnest($2::uuid[], $3::text[]) AS read (profile_id, facts) ORDER BY profile_id
    ON CONFLICT ON CONSTRAINT profile_facts_pkey DO UPDATE SET facts = EXCLUDED.facts
), due AS (
    INSERT INTO suggesting_due (workspace_id, profile_id) SELECT $1, profile_id FROM unnest($2::uuid[]) AS due (profile_id)
    ORDER BY profile_id ON CONFLICT ON CONSTRAINT suggesting_due_pkey DO NOTHING
), lost AS (
    DELETE FROM profile_key USING unnest($6::bytea[], $7::uuid[]) AS lost (key, profile_id)
    WHERE profile_key.workspace_id = $1 AND profile_key.key = lost.key AND profile_key.profile_id = lost.profile_id
)
INSERT INTO profile_key (workspace_id, key, profile_id)
SELECT $1, key, profile_id FROM unnest($4::bytea[], $5::uuid[]) AS held (key, profile_id) ORDER BY key, profile_id
ON CONFLICT ON CONSTRAINT profile_key_pkey DO NOTHING
"""

Held = tuple[bytes, ProfileId]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a profile was born and where it is now; a contact of None: it was just written."""

    profile_id: ProfileId
    home_contact_id: ContactId
    contact_id: ContactId | None = None
    rule: str | None = None
    explanation: str | None = None


@dataclass(frozen=True, slots=True)
class KnownEdge:
    """An edge that holds. Those of members carry the merge that made them, and whose founder they chose."""

    profile_id: ProfileId
    other_profile_id: ProfileId
    source: str
    rule: str
    explanation: str
    merge_id: MergeId
    survivor_id: ProfileId | None


@dataclass(slots=True, kw_only=True)
class Carriers:
    """Aligned with the keys asked for, the profiles that carry each, at most so many; and facts, of carriers of those that few carry."""

    of_keys: list[list[ProfileId]]
    facts: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Company:
    """Profiles and where each stands, and what can be compared of them."""

    standings: list[Standing] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Ties:
    """Edges that hold, and pairs that somebody keeps apart."""

    edges: list[KnownEdge] = field(default_factory=list)
    apart: list[tuple[ProfileId, ProfileId]] = field(default_factory=list)


async def carriers_of_keys(
    connection: Connection,
    workspace: WorkspaceId,
    keys: Sequence[bytes],
    *,
    most: Sequence[int],
    few: Sequence[int],
    told: Sequence[ProfileId],
) -> Carriers:
    """Who carries each key, at most so many; of keys that `few` at most carry with the carriers' facts, but for those `told` already."""
    found = Carriers(of_keys=[[] for _ in keys])
    for position, profile, facts in await connection.fetch(_CARRIERS, workspace, keys, most, few, told):
        if position is None:
            found.facts.append(facts)
        else:
            found.of_keys[position - 1].append(profile)
    return found


async def facts_of_profiles(connection: Connection, workspace: WorkspaceId, ids: Sequence[ProfileId]) -> list[str]:
    """As they were written."""
    return [row[0] for row in await connection.fetch(_FACTS, workspace, ids)]


async def company_of_profiles(
    connection: Connection, workspace: WorkspaceId, ids: Sequence[ProfileId], *, told: Sequence[ProfileId]
) -> Company:
    """Everybody who shares a contact with one of them, or was joined to one by a member, and themselves; facts but of those `told`."""
    found = Company()
    for *standing, facts in await connection.fetch(_COMPANY, workspace, ids, told):
        found.standings.append(Standing(*standing))
        if facts is not None:
            found.facts.append(facts)
    return found


async def ties_of_profiles(connection: Connection, workspace: WorkspaceId, ids: Sequence[ProfileId]) -> Ties:
    """Of pairs whose smaller end is among `ids`; give both ends to have all between them."""
    found = Ties()
    for *edge, apart in await connection.fetch(_TIES, workspace, ids):
        if apart:
            found.apart.append((edge[0], edge[1]))
        else:
            found.edges.append(KnownEdge(*edge))
    return found


async def written_facts(
    connection: Connection, workspace: WorkspaceId, facts: Mapping[ProfileId, str], *, gained: Sequence[Held], lost: Sequence[Held]
) -> None:
    """Keep what can be compared and bring keys up to date; whoever `facts` are of is due for suggestions."""
    await connection.execute(
        _WRITE_FACTS,
        workspace,
        list(facts),
        list(facts.values()),
        [key for key, _ in gained],
        [profile for _, profile in gained],
        [key for key, _ in lost],
        [profile for _, profile in lost],
    )
