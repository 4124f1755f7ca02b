"""Statements of linking: the component that evidence reaches, and the moves of profiles between contacts.

Called by `profiles` inside the edge's transaction, under `linking_lock`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.kit.db import Connection

CARRIERS_LIMIT = 50
"""Profiles of one value that count, those vouched for first: more is a shared mailbox that no list knows."""
COMPONENT_LIMIT_ROWS = 5000

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('identity.linking:' || $1::uuid, 0))"

_COMPONENT = f"""
WITH RECURSIVE reached (profile_id) AS (
    SELECT first.profile_id FROM unnest($2::bytea[]) AS asked (key) CROSS JOIN LATERAL (
        SELECT profile_id FROM profile_identifier
        WHERE workspace_id = $1 AND type = 'email' AND key = asked.key AND linkable AND verified_at IS NOT NULL
        ORDER BY verified_at, profile_id LIMIT {CARRIERS_LIMIT}
    ) AS first
    UNION
    SELECT next.profile_id FROM reached
    JOIN profile_identifier AS own ON own.workspace_id = $1 AND own.profile_id = reached.profile_id
        AND own.type = 'email' AND own.linkable AND own.verified_at IS NOT NULL
    CROSS JOIN LATERAL (
        SELECT profile_id FROM profile_identifier
        WHERE workspace_id = $1 AND type = 'email' AND key = own.key AND linkable AND verified_at IS NOT NULL
        ORDER BY verified_at, profile_id LIMIT {CARRIERS_LIMIT}
    ) AS next
)
SELECT held.profile_id, held.key, held.verified_at, profile.network, profile.home_contact_id, membership.contact_id
FROM (SELECT profile_id FROM reached LIMIT {COMPONENT_LIMIT_ROWS}) AS reached
JOIN profile_identifier AS held ON held.workspace_id = $1 AND held.profile_id = reached.profile_id
    AND held.type = 'email' AND held.linkable AND held.verified_at IS NOT NULL
JOIN profile ON profile.workspace_id = $1 AND profile.id = held.profile_id
LEFT JOIN membership ON membership.workspace_id = $1 AND membership.profile_id = held.profile_id
LIMIT {COMPONENT_LIMIT_ROWS + 1}
"""

_CONTACTS = """
INSERT INTO contact (workspace_id, id, founder_id, size, version, created_at)
SELECT $1, id, founder_id, gained, 1, $5
FROM unnest($2::uuid[], $3::uuid[], $4::int[]) AS change (id, founder_id, gained) ORDER BY id
ON CONFLICT ON CONSTRAINT contact_pkey DO UPDATE SET size = contact.size + EXCLUDED.size, version = contact.version + 1
"""

_LEFT = """
UPDATE contact SET size = contact.size - change.lost, version = contact.version + 1
FROM unnest($2::uuid[], $3::int[]) AS change (id, lost)
WHERE contact.workspace_id = $1 AND contact.id = change.id
"""

_MEMBERSHIPS = """
INSERT INTO membership (workspace_id, profile_id, contact_id, version, rule, explanation, assigned_at)
SELECT $1, profile_id, contact_id, 1, rule, explanation, $6
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[]) AS move (profile_id, contact_id, rule, explanation)
ORDER BY profile_id
ON CONFLICT ON CONSTRAINT membership_pkey DO UPDATE SET contact_id = EXCLUDED.contact_id,
    version = membership.version + 1, rule = EXCLUDED.rule, explanation = EXCLUDED.explanation,
    assigned_at = EXCLUDED.assigned_at
RETURNING profile_id, version
"""

_DECISIONS = """
INSERT INTO decision (workspace_id, profile_id, version, contact_id, previous_contact_id, rule, explanation,
    evidence_type, evidence_key, decided_at)
SELECT $1, profile_id, version, contact_id, previous_contact_id, rule, explanation,
    CASE WHEN evidence_key IS NOT NULL THEN 'email' END, evidence_key, $9
FROM unnest($2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::bytea[])
    AS move (profile_id, version, contact_id, previous_contact_id, rule, explanation, evidence_key)
"""

_SUGGESTIONS = """
WITH wanted AS (
    SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::text[]) AS pair (profile_id, other_profile_id, explanation)
), outdated AS (
    DELETE FROM suggestion
    WHERE workspace_id = $1 AND rule = $6 AND state = 'open' AND profile_id = ANY($2::uuid[])
      AND (profile_id, other_profile_id) NOT IN (SELECT profile_id, other_profile_id FROM wanted)
)
INSERT INTO suggestion (workspace_id, profile_id, other_profile_id, rule, state, score, explanation, created_at)
SELECT $1, profile_id, other_profile_id, $6, 'open', $7, explanation, $8 FROM wanted
ORDER BY profile_id, other_profile_id
ON CONFLICT ON CONSTRAINT suggestion_pkey DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """One piece of evidence of a component, beside where its profile was born and where it is (None: just written)."""

    profile_id: ProfileId
    key: bytes
    verified_at: datetime
    network: str
    home_contact_id: ContactId
    contact_id: ContactId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A profile enters `contact_id`; `founder_id` is the profile for which that contact was made."""

    profile_id: ProfileId
    contact_id: ContactId
    founder_id: ProfileId
    previous_contact_id: ContactId | None
    rule: str
    explanation: str
    evidence_key: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two profiles, the smaller id first, that a person should look at."""

    profile_id: ProfileId
    other_profile_id: ProfileId
    explanation: str


async def linking_lock(connection: Connection, workspace: WorkspaceId) -> None:
    """Let one transaction at a time link in this workspace; the others wait. Taken before any row is locked."""
    await connection.execute(_LOCK, workspace)


async def evidence_of_component(connection: Connection, workspace: WorkspaceId, keys: Sequence[bytes]) -> list[Carrier] | None:
    """All certain evidence connected with `keys`; None where it exceeds COMPONENT_LIMIT_ROWS."""
    rows = await connection.fetch(_COMPONENT, workspace, keys)
    if len(rows) > COMPONENT_LIMIT_ROWS:
        return None
    return [Carrier(**dict(row)) for row in rows]


async def grown_contacts(connection: Connection, workspace: WorkspaceId, moves: Sequence[Move], *, now: datetime) -> None:
    """Make the contacts that are entered for the first time, and count those who enter."""
    founders = {move.contact_id: move.founder_id for move in moves}
    gained = Counter(move.contact_id for move in moves)
    sizes = [gained[contact] for contact in founders]
    await connection.execute(_CONTACTS, workspace, list(founders), list(founders.values()), sizes, now)


async def shrunk_contacts(connection: Connection, workspace: WorkspaceId, moves: Sequence[Move]) -> None:
    """Count those who left."""
    left = Counter(move.previous_contact_id for move in moves if move.previous_contact_id is not None)
    if left:
        await connection.execute(_LEFT, workspace, list(left), list(left.values()))


async def written_memberships(
    connection: Connection, workspace: WorkspaceId, moves: Sequence[Move], *, now: datetime
) -> dict[ProfileId, int]:
    """Put each profile into its contact; gives the membership's version per profile."""
    rows = await connection.fetch(
        _MEMBERSHIPS,
        workspace,
        [move.profile_id for move in moves],
        [move.contact_id for move in moves],
        [move.rule for move in moves],
        [move.explanation for move in moves],
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
        [move.rule for move in moves],
        [move.explanation for move in moves],
        [move.evidence_key for move in moves],
        now,
    )


async def kept_suggestions(  # noqa: PLR0913 - the parts of a suggestion
    connection: Connection,
    workspace: WorkspaceId,
    pairs: Sequence[Pair],
    *,
    among: Sequence[ProfileId],
    rule: str,
    score: float,
    now: datetime,
) -> None:
    """Open suggestions of `rule` among these profiles become exactly `pairs`; what a person decided stays."""
    await connection.execute(
        _SUGGESTIONS,
        workspace,
        among,
        [pair.profile_id for pair in pairs],
        [pair.other_profile_id for pair in pairs],
        [pair.explanation for pair in pairs],
        rule,
        score,
        now,
    )
