"""Statements of linking: the moves of profiles between contacts, why, and the edges of the evidence.

Called by `resolving` inside the edge's transaction, under `linking_lock`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.identity.matching.rules import VERSION
from services.kit.db import Connection

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('identity.linking:' || $1::uuid, 0))"

# All of where profiles are now, in one statement. A contact is either among those entered or among those left; of evidence edges those
# given hold, and those ended hold no more.
_PLACED = """
WITH outdated AS (
    UPDATE edge SET active = false FROM unnest($14::uuid[], $15::uuid[]) AS ended (profile_id, other_profile_id)
    WHERE edge.workspace_id = $1 AND edge.profile_id = ended.profile_id AND edge.other_profile_id = ended.other_profile_id
      AND edge.source = 'evidence'
), linked AS (
    INSERT INTO edge (workspace_id, profile_id, other_profile_id, merge_id, source, rule, score, evidence, explanation, version, active,
        created_at)
    SELECT $1, profile_id, other_profile_id, '00000000-0000-0000-0000-000000000000', 'evidence', rule, score, evidence, explanation, $3,
        true, $2
    FROM unnest($8::uuid[], $9::uuid[], $10::text[], $11::float8[], $12::text[], $13::text[])
        AS wanted (profile_id, other_profile_id, rule, score, evidence, explanation)
    ORDER BY profile_id, other_profile_id
    ON CONFLICT ON CONSTRAINT edge_pkey DO UPDATE SET rule = EXCLUDED.rule, score = EXCLUDED.score, evidence = EXCLUDED.evidence,
        explanation = EXCLUDED.explanation, version = EXCLUDED.version, active = true
), relabelled AS (
    UPDATE membership SET rule = told.rule, explanation = told.explanation
    FROM unnest($16::uuid[], $17::text[], $18::text[]) AS told (profile_id, rule, explanation)
    WHERE membership.workspace_id = $1 AND membership.profile_id = told.profile_id
), entered AS (
    INSERT INTO contact (workspace_id, id, founder_id, size, version, created_at)
    SELECT $1, id, founder_id, gained, 1, $2
    FROM unnest($19::uuid[], $20::uuid[], $21::int[]) AS change (id, founder_id, gained) ORDER BY id
    ON CONFLICT ON CONSTRAINT contact_pkey DO UPDATE SET size = contact.size + EXCLUDED.size, version = contact.version + 1
    RETURNING id, version, size
), gone AS (
    UPDATE contact SET size = contact.size - change.lost, version = contact.version + 1
    FROM unnest($22::uuid[], $23::int[]) AS change (id, lost)
    WHERE contact.workspace_id = $1 AND contact.id = change.id
    RETURNING contact.id, contact.version, contact.size
), moved AS (
    INSERT INTO membership (workspace_id, profile_id, contact_id, version, rule, explanation, assigned_at)
    SELECT $1, profile_id, contact_id, 1 + coalesce(
        (SELECT erased.version FROM erased WHERE erased.workspace_id = $1 AND erased.subject_id = move.profile_id), 0
    ), rule, explanation, $2
    FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[]) AS move (profile_id, contact_id, rule, explanation)
    ORDER BY profile_id
    ON CONFLICT ON CONSTRAINT membership_pkey DO UPDATE SET contact_id = EXCLUDED.contact_id,
        version = membership.version + 1, rule = EXCLUDED.rule, explanation = EXCLUDED.explanation,
        assigned_at = EXCLUDED.assigned_at
    RETURNING profile_id, version
)
SELECT profile_id AS id, version, NULL::int AS size FROM moved
UNION ALL SELECT id, version, size FROM entered
UNION ALL SELECT id, version, size FROM gone
"""

_DECISIONS = """
INSERT INTO decision (workspace_id, profile_id, version, contact_id, previous_contact_id, rule, explanation, score, evidence,
    rules_version, decided_at)
SELECT $1, profile_id, version, contact_id, previous_contact_id, rule, explanation, score, evidence, $10, $11
FROM unnest($2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::float8[], $9::text[])
    AS move (profile_id, version, contact_id, previous_contact_id, rule, explanation, score, evidence)
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


@dataclass(slots=True, kw_only=True)
class Placed:
    """The versions of memberships by profile and of contacts by id, and the contacts that nobody is in any more."""

    memberships: dict[ProfileId, int] = field(default_factory=dict)
    contacts: dict[ContactId, int] = field(default_factory=dict)
    emptied: set[ContactId] = field(default_factory=set)


async def placed_profiles(  # noqa: PLR0913 - each is one thing that is written
    connection: Connection,
    workspace: WorkspaceId,
    moves: Sequence[Move],
    *,
    relabelled: Mapping[ProfileId, Reason],
    edges: Sequence[EvidenceEdge],
    ended: Sequence[tuple[ProfileId, ProfileId]],
    now: datetime,
) -> Placed:
    """Put each profile into its contact, making contacts that are entered for the first time; tell anew why others stay; keep edges."""
    columns = [*_move_columns(moves), *_edge_columns(edges), *_pair_columns(ended)]
    told = [list(relabelled), [each.rule for each in relabelled.values()], [each.explanation for each in relabelled.values()]]
    rows = await connection.fetch(_PLACED, workspace, now, VERSION, *columns, *told, *_size_columns(moves))
    placed = Placed()
    for id_, version, size in rows:
        if size is None:
            placed.memberships[id_] = version
        else:
            placed.contacts[id_] = version
            if not size:
                placed.emptied.add(id_)
    return placed


def _move_columns(moves: Sequence[Move]) -> list[Sequence[Any]]:
    return [
        [move.profile_id for move in moves],
        [move.contact_id for move in moves],
        [move.reason.rule for move in moves],
        [move.reason.explanation for move in moves],
    ]


def _edge_columns(edges: Sequence[EvidenceEdge]) -> list[Sequence[Any]]:
    return [
        [edge.profile_id for edge in edges],
        [edge.other_profile_id for edge in edges],
        [edge.reason.rule for edge in edges],
        [edge.reason.score for edge in edges],
        [edge.reason.evidence for edge in edges],
        [edge.reason.explanation for edge in edges],
    ]


def _pair_columns(pairs: Sequence[tuple[ProfileId, ProfileId]]) -> list[Sequence[Any]]:
    return [[one for one, _ in pairs], [other for _, other in pairs]]


def _size_columns(moves: Sequence[Move]) -> list[Sequence[Any]]:
    """Contacts that are entered with their founders and how many more are in them, and those that more leave than enter."""
    change = Counter(move.contact_id for move in moves)
    change.subtract(move.previous_contact_id for move in moves if move.previous_contact_id is not None)
    founders = {move.contact_id: move.founder_id for move in moves}
    entered = [each for each in founders if change[each] >= 0]
    left = [each for each in change if each not in founders or change[each] < 0]
    return [entered, [founders[each] for each in entered], [change[each] for each in entered], left, [-change[each] for each in left]]


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
