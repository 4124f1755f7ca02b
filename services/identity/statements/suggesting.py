"""Statements of the sweep for suggestions: what is due, and who meets under which key. Called by `suggesting`, as `app`."""

from collections.abc import Sequence
from uuid import UUID

from services.contracts.ids import ProfileId, WorkspaceId
from services.kit.db import Connection

_NEXT = "SELECT workspace_id FROM suggesting_due WHERE workspace_id > $1 ORDER BY workspace_id LIMIT 1"

_CLAIMED = """
DELETE FROM suggesting_due WHERE workspace_id = $1 AND profile_id = ANY(ARRAY(
    SELECT profile_id FROM suggesting_due WHERE workspace_id = $1 ORDER BY profile_id LIMIT $2 FOR UPDATE SKIP LOCKED
))
RETURNING profile_id
"""

_FORGOTTEN = "DELETE FROM suggesting_key WHERE workspace_id = $1 AND profile_id = ANY($2::uuid[]) RETURNING profile_id"

_KEYS = """
INSERT INTO suggesting_key (workspace_id, key, profile_id)
SELECT $1, key, profile_id FROM unnest($2::bytea[], $3::uuid[]) AS held (key, profile_id) ORDER BY key, profile_id
ON CONFLICT ON CONSTRAINT suggesting_key_pkey DO NOTHING
"""

_SUM = """
INSERT INTO suggesting_sum (workspace_id, profiles) VALUES ($1, $2)
ON CONFLICT ON CONSTRAINT suggesting_sum_pkey DO UPDATE SET profiles = suggesting_sum.profiles + EXCLUDED.profiles
RETURNING profiles
"""

_MEETING = """
SELECT asked.position, held.profile_id FROM unnest($2::bytea[]) WITH ORDINALITY AS asked (key, position)
CROSS JOIN LATERAL (
    SELECT profile_id FROM suggesting_key WHERE workspace_id = $1 AND key = asked.key ORDER BY profile_id LIMIT $3
) AS held
"""


async def next_workspace_due(connection: Connection, *, after: UUID) -> WorkspaceId | None:
    """The first after this one in which something is due; as the role `worker`."""
    found: WorkspaceId | None = await connection.fetchval(_NEXT, after)
    return found


async def claimed_profiles(connection: Connection, workspace: WorkspaceId, *, limit: int) -> list[ProfileId]:
    """Some that are due, which they are no more once this transaction ends well; others take others."""
    return [row[0] for row in await connection.fetch(_CLAIMED, workspace, limit)]


async def replaced_keys(
    connection: Connection, workspace: WorkspaceId, ids: Sequence[ProfileId], *, held: Sequence[tuple[bytes, ProfileId]]
) -> int:
    """Bring the keys of these profiles up to date; gives how many of them had none before."""
    known = {row[0] for row in await connection.fetch(_FORGOTTEN, workspace, ids)}
    if held:
        await connection.execute(_KEYS, workspace, *zip(*held, strict=True))
    return len(set(ids) - known)


async def counted_profiles(connection: Connection, workspace: WorkspaceId, *, more: int) -> int:
    """How many profiles the sweep has seen, with these."""
    found: int = await connection.fetchval(_SUM, workspace, more)
    return found


async def profiles_meeting(connection: Connection, workspace: WorkspaceId, keys: Sequence[bytes], *, most: int) -> list[list[ProfileId]]:
    """Aligned with `keys`: who meets under each, at most so many."""
    found: list[list[ProfileId]] = [[] for _ in keys]
    for position, profile in await connection.fetch(_MEETING, workspace, keys, most):
        found[position - 1].append(profile)
    return found
