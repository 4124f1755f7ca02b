"""Statements of the journal of merges, of what members joined, and of what they keep apart.

Called by `resolving` and `merging` inside the edge's transaction, under `linking.linking_lock`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, MemberId, MergeId, ProfileId, WorkspaceId
from services.identity.matching.rules import VERSION
from services.identity.statements.contacts import CANONICAL
from services.identity.statements.keys import KnownEdge
from services.kit.db import Connection
from services.kit.ids import LAST_ID

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


_MEMBERS = "SELECT contact_id, profile_id FROM membership WHERE workspace_id = $1 AND contact_id = ANY($2::uuid[]) ORDER BY profile_id"

_JOINED = """
INSERT INTO edge (workspace_id, profile_id, other_profile_id, source, rule, score, evidence, explanation, version, active, merge_id,
    survivor_id, created_at)
SELECT $1, profile_id, other_profile_id, 'member', $4, 1, '[]', $5, $6, true, $7, survivor_id, $9
FROM unnest($2::uuid[], $3::uuid[], $8::uuid[]) AS joined (profile_id, other_profile_id, survivor_id) ORDER BY profile_id, other_profile_id
"""

_SWITCHED = """
UPDATE edge SET active = $5 FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS said (profile_id, other_profile_id, merge_id)
WHERE edge.workspace_id = $1 AND edge.profile_id = said.profile_id AND edge.other_profile_id = said.other_profile_id
  AND edge.merge_id = said.merge_id
RETURNING edge.profile_id, edge.other_profile_id, edge.source, edge.rule, edge.explanation, edge.merge_id, edge.survivor_id
"""

_PARTED = """
INSERT INTO never_merge (workspace_id, profile_id, other_profile_id, merge_id, created_at)
SELECT $1, profile_id, other_profile_id, $4, $5 FROM unnest($2::uuid[], $3::uuid[]) AS parted (profile_id, other_profile_id)
ORDER BY profile_id, other_profile_id
ON CONFLICT ON CONSTRAINT never_merge_pkey DO NOTHING
"""

_FREED = """
DELETE FROM never_merge USING unnest($2::uuid[], $3::uuid[]) AS freed (profile_id, other_profile_id)
WHERE never_merge.workspace_id = $1 AND never_merge.profile_id = freed.profile_id
  AND never_merge.other_profile_id = freed.other_profile_id
"""

_COLUMNS = "id, kind, survivor_id, absorbed_id, profile_ids, reason, undo, by_member_id AS by, created_at, undone_at, undone_by"

_FOR_UNDO = f"SELECT {_COLUMNS} FROM merge_event WHERE workspace_id = $1 AND id = $2 FOR UPDATE"

_UNDONE = "UPDATE merge_event SET undone_at = $3, undone_by = $4, undo = $5 WHERE workspace_id = $1 AND id = $2"

_ENTRY = ", ".join(f"entry.{each}" for each in _COLUMNS.split(", "))

_OF_CONTACTS = f"""
SELECT asked.position, contact.version, {_ENTRY}
FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position) {CANONICAL}
CROSS JOIN LATERAL (
    (SELECT * FROM merge_event WHERE workspace_id = $1 AND survivor_id = contact.id AND id < $3 ORDER BY id DESC LIMIT $4)
    UNION
    (SELECT * FROM merge_event WHERE workspace_id = $1 AND absorbed_id = contact.id AND id < $3 ORDER BY id DESC LIMIT $4)
    ORDER BY id DESC LIMIT $4
) AS entry
ORDER BY asked.position, entry.id DESC
"""

_BY_IDS = f"""
SELECT named.position, contact.version, {_ENTRY}
FROM unnest($2::uuid[]) WITH ORDINALITY AS named (id, position)
JOIN merge_event AS entry ON entry.workspace_id = $1 AND entry.id = named.id
CROSS JOIN LATERAL (SELECT entry.survivor_id AS id) AS asked {CANONICAL}
"""

PairOfProfiles = tuple[ProfileId, ProfileId]
EdgeKey = tuple[ProfileId, ProfileId, MergeId]


async def members_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[ContactId]) -> dict[ContactId, list[ProfileId]]:
    """By canonical contact id, its profiles in order."""
    found: dict[ContactId, list[ProfileId]] = {each: [] for each in ids}
    for contact, profile in await connection.fetch(_MEMBERS, workspace, ids):
        found[contact].append(profile)
    return found


async def joined_pairs(connection: Connection, workspace: WorkspaceId, edges: Sequence[KnownEdge], *, now: datetime) -> None:
    """A member says that these are one person; the edges are of one merge."""
    if edges:
        first = edges[0]
        ends = [[edge.profile_id for edge in edges], [edge.other_profile_id for edge in edges]]
        survivors = [edge.survivor_id for edge in edges]
        told = (first.rule, first.explanation, VERSION, first.merge_id)
        await connection.execute(_JOINED, workspace, *ends, *told, survivors, now)


async def switched_edges(connection: Connection, workspace: WorkspaceId, edges: Sequence[EdgeKey], *, active: bool) -> list[KnownEdge]:
    """What members joined holds no more, or holds again; gives the edges."""
    if not edges:
        return []
    rows = await connection.fetch(_SWITCHED, workspace, *zip(*edges, strict=True), active)
    return [KnownEdge(**dict(row)) for row in rows]


async def parted_pairs(
    connection: Connection, workspace: WorkspaceId, pairs: Sequence[PairOfProfiles], *, merge: MergeId, now: datetime
) -> None:
    """Keep them apart."""
    if pairs:
        await connection.execute(_PARTED, workspace, *zip(*pairs, strict=True), merge, now)


async def freed_pairs(connection: Connection, workspace: WorkspaceId, pairs: Sequence[PairOfProfiles]) -> None:
    """Keep them apart no more."""
    if pairs:
        await connection.execute(_FREED, workspace, *zip(*pairs, strict=True))


async def merge_for_undo(connection: Connection, workspace: WorkspaceId, merge: MergeId) -> MergeEvent | None:
    """An entry of the journal, its row locked; None where there is none."""
    row = await connection.fetchrow(_FOR_UNDO, workspace, merge)
    return _entry(row) if row else None


async def undone_merge(connection: Connection, workspace: WorkspaceId, entry: MergeEvent) -> None:
    """Note who took it back, and when."""
    await connection.execute(_UNDONE, workspace, entry.id, entry.undone_at, entry.undone_by, entry.undo)


async def merges_of_contacts(
    connection: Connection, workspace: WorkspaceId, contacts: Sequence[UUID], *, before: UUID | None, limit: int
) -> list[list[tuple[MergeEvent, int]]]:
    """Aligned with `contacts`: the entries that name each, the newest first, with the contact's version."""
    found: list[list[tuple[MergeEvent, int]]] = [[] for _ in contacts]
    for row in await connection.fetch(_OF_CONTACTS, workspace, contacts, before or LAST_ID, limit):
        found[row["position"] - 1].append((_entry(row), row["version"]))
    return found


async def merges_of_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[tuple[MergeEvent, int] | None]:
    """Aligned with `ids`: the entries, with the version of the contact that survived."""
    found: list[tuple[MergeEvent, int] | None] = [None] * len(ids)
    for row in await connection.fetch(_BY_IDS, workspace, ids):
        found[row["position"] - 1] = (_entry(row), row["version"])
    return found


def _entry(row: asyncpg.Record) -> MergeEvent:
    told = {name: value for name, value in row.items() if name not in {"position", "version"}}
    return MergeEvent(**(told | {"profile_ids": tuple(row["profile_ids"])}))
