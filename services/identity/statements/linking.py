"""Statements of linking: the moves of profiles between contacts, why, and the edges of the evidence.

Called by `resolving` inside the edge's transaction, under `linking_lock`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.identity.matching.rules import VERSION
from services.kit.db import Connection

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('identity.linking:' || $1::uuid, 0))"

_CONTACTS = """
INSERT INTO contact (workspace_id, id, founder_id, size, version, created_at)
SELECT $1, id, founder_id, gained, 1, $5
FROM unnest($2::uuid[], $3::uuid[], $4::int[]) AS change (id, founder_id, gained) ORDER BY id
ON CONFLICT ON CONSTRAINT contact_pkey DO UPDATE SET size = contact.size + EXCLUDED.size, version = contact.version + 1
RETURNING id, version
"""

_LEFT = """
UPDATE contact SET size = contact.size - change.lost, version = contact.version + 1
FROM unnest($2::uuid[], $3::int[]) AS change (id, lost)
WHERE contact.workspace_id = $1 AND contact.id = change.id
RETURNING contact.id, contact.size
"""

_MEMBERSHIPS = """
INSERT INTO membership (workspace_id, profile_id, contact_id, version, rule, explanation, assigned_at)
SELECT $1, profile_id, contact_id,
    1 + coalesce((SELECT gone.version FROM erased AS gone WHERE gone.workspace_id = $1 AND gone.subject_id = move.profile_id), 0),
    rule, explanation, $6
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[]) AS move (profile_id, contact_id, rule, explanation)
ORDER BY profile_id
ON CONFLICT ON CONSTRAINT membership_pkey DO UPDATE SET contact_id = EXCLUDED.contact_id,
    version = membership.version + 1, rule = EXCLUDED.rule, explanation = EXCLUDED.explanation,
    assigned_at = EXCLUDED.assigned_at
RETURNING profile_id, version
"""

_RELABELLED = """
UPDATE membership SET rule = told.rule, explanation = told.explanation
FROM unnest($2::uuid[], $3::text[], $4::text[]) AS told (profile_id, rule, explanation)
WHERE membership.workspace_id = $1 AND membership.profile_id = told.profile_id
"""

_DECISIONS = """
INSERT INTO decision (workspace_id, profile_id, version, contact_id, previous_contact_id, rule, explanation, score, evidence,
    rules_version, decided_at)
SELECT $1, profile_id, version, contact_id, previous_contact_id, rule, explanation, score, evidence, $10, $11
FROM unnest($2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::float8[], $9::text[])
    AS move (profile_id, version, contact_id, previous_contact_id, rule, explanation, score, evidence)
"""

# Evidence edges between these profiles become exactly those given.
_EDGES = """
WITH wanted AS (
    SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::float8[], $7::text[], $8::text[])
        AS edge (profile_id, other_profile_id, rule, score, evidence, explanation)
), outdated AS (
    UPDATE edge SET active = false FROM unnest($9::uuid[], $10::uuid[]) AS ended (profile_id, other_profile_id)
    WHERE edge.workspace_id = $1 AND edge.profile_id = ended.profile_id AND edge.other_profile_id = ended.other_profile_id
      AND edge.source = 'evidence'
)
INSERT INTO edge (workspace_id, profile_id, other_profile_id, merge_id, source, rule, score, evidence, explanation, version, active,
    created_at)
SELECT $1, profile_id, other_profile_id, '00000000-0000-0000-0000-000000000000', 'evidence', rule, score, evidence, explanation, $2,
    true, $11 FROM wanted
ORDER BY profile_id, other_profile_id
ON CONFLICT ON CONSTRAINT edge_pkey DO UPDATE SET rule = EXCLUDED.rule, score = EXCLUDED.score, evidence = EXCLUDED.evidence,
    explanation = EXCLUDED.explanation, version = EXCLUDED.version, active = true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a profile is where it is; `evidence` is JSON, a list of rules and what they weigh."""

    rule: str
    explanation: str
    score: float = 0.0
    evidence: str = "[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A profile enters `contact_id`; `founder_id` is the profile for which that contact was made."""

    profile_id: ProfileId
    contact_id: ContactId
    founder_id: ProfileId
    previous_contact_id: ContactId | None
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceEdge:
    """Two profiles, the smaller id first, that evidence links."""

    profile_id: ProfileId
    other_profile_id: ProfileId
    reason: Reason


async def linking_lock(connection: Connection, workspace: WorkspaceId) -> None:
    """Let one transaction at a time link in this workspace; the others wait. Taken before any row is locked."""
    await connection.execute(_LOCK, workspace)


async def grown_contacts(connection: Connection, workspace: WorkspaceId, moves: Sequence[Move], *, now: datetime) -> dict[ContactId, int]:
    """Make the contacts that are entered for the first time, and count those who enter; gives the versions."""
    founders = {move.contact_id: move.founder_id for move in moves}
    gained = Counter(move.contact_id for move in moves)
    sizes = [gained[contact] for contact in founders]
    rows = await connection.fetch(_CONTACTS, workspace, list(founders), list(founders.values()), sizes, now)
    return {row["id"]: row["version"] for row in rows}


async def shrunk_contacts(connection: Connection, workspace: WorkspaceId, moves: Sequence[Move]) -> set[ContactId]:
    """Count those who left; gives the contacts that have nobody any more."""
    left = Counter(move.previous_contact_id for move in moves if move.previous_contact_id is not None)
    if not left:
        return set()
    rows = await connection.fetch(_LEFT, workspace, list(left), list(left.values()))
    return {row["id"] for row in rows if row["size"] == 0}


async def written_memberships(
    connection: Connection, workspace: WorkspaceId, moves: Sequence[Move], *, now: datetime
) -> dict[ProfileId, int]:
    """Put each profile into its contact; gives the membership's version per profile."""
    rows = await connection.fetch(
        _MEMBERSHIPS,
        workspace,
        [move.profile_id for move in moves],
        [move.contact_id for move in moves],
        [move.reason.rule for move in moves],
        [move.reason.explanation for move in moves],
        now,
    )
    return {row["profile_id"]: row["version"] for row in rows}


async def recorded_decisions(
    connection: Connection,
    workspace: WorkspaceId,
    moves: Sequence[Move],
    *,
    versions: dict[ProfileId, int],
    now: datetime,
) -> None:
    """Write the journal of the moves."""
    await connection.execute(
        _DECISIONS,
        workspace,
        [move.profile_id for move in moves],
        [versions[move.profile_id] for move in moves],
        [move.contact_id for move in moves],
        [move.previous_contact_id for move in moves],
        [move.reason.rule for move in moves],
        [move.reason.explanation for move in moves],
        [move.reason.score for move in moves],
        [move.reason.evidence for move in moves],
        VERSION,
        now,
    )


async def relabelled_memberships(connection: Connection, workspace: WorkspaceId, reasons: Mapping[ProfileId, Reason]) -> None:
    """Tell anew why profiles are where they stay."""
    columns = [[each.rule for each in reasons.values()], [each.explanation for each in reasons.values()]]
    await connection.execute(_RELABELLED, workspace, list(reasons), *columns)


async def kept_edges(
    connection: Connection,
    workspace: WorkspaceId,
    edges: Sequence[EvidenceEdge],
    *,
    ended: Sequence[tuple[ProfileId, ProfileId]],
    now: datetime,
) -> None:
    """Write what evidence links, and end what it links no more."""
    await connection.execute(
        _EDGES,
        workspace,
        VERSION,
        [edge.profile_id for edge in edges],
        [edge.other_profile_id for edge in edges],
        [edge.reason.rule for edge in edges],
        [edge.reason.score for edge in edges],
        [edge.reason.evidence for edge in edges],
        [edge.reason.explanation for edge in edges],
        [one for one, _ in ended],
        [other for _, other in ended],
        now,
    )
