"""Statements of the journal of merges, of what members joined, and of what they keep apart.

Called by `resolving` and `merging` inside the edge's transaction, under `linking.linking_lock`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import ContactId, MemberId, MergeId, ProfileId, WorkspaceId
from services.kit.db import Connection

EVIDENCE = "evidence"
MERGE = "merge"
DETACH = "detach"
REJECT = "reject"

# Arrays cannot be unnested into rows of arrays, so profiles travel beside the position of the entry that they are of.
_RECORDED = """
INSERT INTO merge_event (workspace_id, id, kind, survivor_id, absorbed_id, profile_ids, undo, reason, by_member_id, created_at)
SELECT $1, entry.id, entry.kind, entry.survivor_id, entry.absorbed_id,
    ARRAY(SELECT moved.id FROM unnest($7::uuid[], $8::int[]) AS moved (id, entry) WHERE moved.entry = entry.position),
    entry.undo, entry.reason, entry.by_member_id, $11
FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $9::text[], $10::uuid[]) WITH ORDINALITY
    AS entry (id, kind, survivor_id, absorbed_id, undo, reason, by_member_id, position)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeEvent:
    """An entry of the journal: which contact was absorbed (or left), by which, with which profiles, and how to take it back."""

    id: MergeId
    kind: str
    survivor_id: ContactId
    absorbed_id: ContactId
    profile_ids: tuple[ProfileId, ...]
    reason: str
    undo: str = "{}"
    by: MemberId | None = None
    created_at: datetime | None = None
    undone_at: datetime | None = None
    undone_by: MemberId | None = None


async def recorded_merges(connection: Connection, workspace: WorkspaceId, entries: Sequence[MergeEvent], *, now: datetime) -> None:
    """Write entries of the journal."""
    if not entries:
        return
    moved = [(profile, position) for position, entry in enumerate(entries, 1) for profile in entry.profile_ids]
    await connection.execute(
        _RECORDED,
        workspace,
        [entry.id for entry in entries],
        [entry.kind for entry in entries],
        [entry.survivor_id for entry in entries],
        [entry.absorbed_id for entry in entries],
        [entry.undo for entry in entries],
        [profile for profile, _ in moved],
        [position for _, position in moved],
        [entry.reason for entry in entries],
        [entry.by for entry in entries],
        now,
    )
