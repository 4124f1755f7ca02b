"""Statements of suggestions: what is proposed, and what members decided. Called by `suggestions` and the sweep, as `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import MemberId, MergeId, ProfileId, WorkspaceId
from services.identity.matching.rules import VERSION
from services.identity.statements.contacts import CANONICAL
from services.identity.statements.linking import EvidenceEdge
from services.kit.db import Connection
from services.kit.ids import LAST_ID, new_id

OPEN = "open"
ACCEPTED = "accepted"
REJECTED = "rejected"

_COLUMNS = """
suggestion.id, suggestion.profile_id, suggestion.other_profile_id, suggestion.state, suggestion.rule, suggestion.score,
suggestion.evidence, suggestion.explanation, suggestion.merge_id, suggestion.created_at, suggestion.decided_at, suggestion.decided_by,
one.contact_id, two.contact_id AS other_contact_id
"""
_PLACED = """
JOIN membership AS one ON one.workspace_id = $1 AND one.profile_id = suggestion.profile_id
JOIN membership AS two ON two.workspace_id = $1 AND two.profile_id = suggestion.other_profile_id
"""

_PAGE = f"""
SELECT {_COLUMNS} FROM suggestion {_PLACED}
WHERE suggestion.workspace_id = $1 AND suggestion.state = $2 AND suggestion.id < $3 AND (
    suggestion.state <> 'open' OR one.contact_id <> two.contact_id)
ORDER BY suggestion.id DESC LIMIT $4
"""

# Of an open one both sides are still two; the profiles of a contact are few, so that both halves are look-ups.
_OF_CONTACTS = f"""
SELECT asked.position, {_COLUMNS} FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position) {CANONICAL}
JOIN membership AS own ON own.workspace_id = $1 AND own.contact_id = contact.id
CROSS JOIN LATERAL (
    SELECT * FROM suggestion WHERE workspace_id = $1 AND profile_id = own.profile_id AND state = 'open'
    UNION ALL
    SELECT * FROM suggestion WHERE workspace_id = $1 AND other_profile_id = own.profile_id AND state = 'open'
) AS suggestion {_PLACED}
WHERE one.contact_id <> two.contact_id
ORDER BY asked.position, suggestion.score DESC, suggestion.id
"""

_BY_IDS = f"""
SELECT asked.position, {_COLUMNS} FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position)
JOIN suggestion ON suggestion.workspace_id = $1 AND suggestion.id = asked.id {_PLACED}
"""

_FOR_DECISION = "SELECT state FROM suggestion WHERE workspace_id = $1 AND id = $2 FOR UPDATE"

_DECIDED = """
UPDATE suggestion SET state = $3, merge_id = $4, decided_at = $5, decided_by = $6 WHERE workspace_id = $1 AND id = $2
"""

_REOPENED = (
    "UPDATE suggestion SET state = 'open', merge_id = NULL, decided_at = NULL, decided_by = NULL WHERE workspace_id = $1 AND merge_id = $2"
)

_PROPOSED = """
WITH wanted AS (
    SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::float8[], $8::text[], $9::text[])
        AS pair (id, profile_id, other_profile_id, rule, score, evidence, explanation)
), outdated AS (
    DELETE FROM suggestion WHERE suggestion.workspace_id = $1 AND suggestion.state = 'open'
      AND (suggestion.profile_id = ANY($2::uuid[]) OR suggestion.other_profile_id = ANY($2::uuid[]))
      AND (suggestion.profile_id, suggestion.other_profile_id) NOT IN (SELECT profile_id, other_profile_id FROM wanted)
)
INSERT INTO suggestion (workspace_id, id, profile_id, other_profile_id, state, rule, score, evidence, explanation, version, created_at)
SELECT $1, id, profile_id, other_profile_id, 'open', rule, score, evidence, explanation, $10, $11 FROM wanted
ORDER BY profile_id, other_profile_id
ON CONFLICT ON CONSTRAINT suggestion_workspace_id_profile_id_other_profile_id_key DO UPDATE SET
    rule = EXCLUDED.rule, score = EXCLUDED.score, evidence = EXCLUDED.evidence, explanation = EXCLUDED.explanation
WHERE suggestion.state = 'open' AND suggestion.score <> EXCLUDED.score
"""


async def page_of_suggestions(
    connection: Connection, workspace: WorkspaceId, *, state: str, before: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """The newest first; of open ones those whose sides are still two contacts."""
    return await connection.fetch(_PAGE, workspace, state, before or LAST_ID, limit)


async def suggestions_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Open ones, the likeliest first, each with the position in `ids` of the contact that it is about."""
    return await connection.fetch(_OF_CONTACTS, workspace, ids)


async def suggestions_of_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Each with its position in `ids`."""
    return await connection.fetch(_BY_IDS, workspace, ids)


async def state_for_decision(connection: Connection, workspace: WorkspaceId, suggestion: UUID) -> str | None:
    """With its row locked; None where there is none."""
    state: str | None = await connection.fetchval(_FOR_DECISION, workspace, suggestion)
    return state


async def decided_suggestion(  # noqa: PLR0913 - who decided what, when, and where that is written down
    connection: Connection,
    workspace: WorkspaceId,
    suggestion: UUID,
    *,
    state: str,
    merge: MergeId | None,
    by: MemberId | None,
    now: datetime,
) -> None:
    """Note what a member decided."""
    await connection.execute(_DECIDED, workspace, suggestion, state, merge, now, by)


async def reopened_suggestions(connection: Connection, workspace: WorkspaceId, merge: MergeId) -> None:
    """What was decided by an entry of the journal that was taken back is a question again."""
    await connection.execute(_REOPENED, workspace, merge)


async def proposed_pairs(
    connection: Connection, workspace: WorkspaceId, pairs: Sequence[EvidenceEdge], *, among: Sequence[ProfileId], now: datetime
) -> None:
    """Open suggestions about anybody in `among` become exactly `pairs`; what a member decided stays."""
    await connection.execute(
        _PROPOSED,
        workspace,
        among,
        [new_id() for _ in pairs],
        [pair.profile_id for pair in pairs],
        [pair.other_profile_id for pair in pairs],
        [pair.reason.rule for pair in pairs],
        [pair.reason.score for pair in pairs],
        [pair.reason.evidence for pair in pairs],
        [pair.reason.explanation for pair in pairs],
        VERSION,
        now,
    )
