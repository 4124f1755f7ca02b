"""Deriving anew what people are compared by, after the rules changed or where it was never derived. Called by `admin`, a chunk a time.

Harmless beside a running service and when done again: facts, keys and edges are what they would be had everybody come just now.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.ids import ProfileId, WorkspaceId
from services.identity.matching.circles import keys_of
from services.identity.matching.values import key_hash
from services.identity.resolving import assign, decoded, place, reach, refresh_facts
from services.identity.statements import contacts, keys, linking
from services.kit.db import Connection

CHUNK = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Reindexed:
    """A chunk: how many profiles were read anew, how many moved, and the last of them (None: nothing is left)."""

    profiles: int
    moved: int
    last: ProfileId | None


async def reindex_chunk(
    connection: Connection, workspace: WorkspaceId, *, after: UUID | None, now: datetime, limit: int = CHUNK
) -> Reindexed:
    """Read the next profiles in the order of their ids anew, and put them, and whoever depends on them, where they belong."""
    await linking.linking_lock(connection, workspace)
    memberships = await contacts.page_of_memberships(connection, workspace, after=after, limit=limit)
    if not memberships:
        return Reindexed(profiles=0, moved=0, last=None)
    ids = [each.profile_id for each in memberships]
    changed = await refresh_facts(connection, workspace, ids)
    held = {text: decoded(text) for text in await keys.facts_of_profiles(connection, workspace, ids)}
    texts = {ProfileId(UUID(each.id)): text for text, each in held.items()}
    gained = [(key_hash(key.kind, key.value), ProfileId(UUID(each.id))) for each in held.values() for key in set(keys_of(each))]
    await keys.written_facts(connection, workspace, texts, gained=gained, lost=[])
    reached = await reach(connection, workspace, changed=changed, also=ids)
    events = await assign(connection, workspace, place(reached), now=now)
    moved = sum(event.type == "identity.profile.assigned" for event in events)
    return Reindexed(profiles=len(ids), moved=moved, last=ids[-1])
