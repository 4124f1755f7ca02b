"""What people are to the company, kept from identity's events: whose profile each is, and the kinds kept on each profile.

Called by subscribers, in their transaction. The order of events does not matter. Never changes a person: that is identity's.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from services.contracts.events import HeldKind, ProfileAssigned, ProfileKindsChanged
from services.contracts.ids import WorkspaceId
from services.kit.db import Connection
from services.kit.snapshots import newest
from services.routing.statements import people as statements


async def keep_memberships(
    connection: Connection, workspace: WorkspaceId, *, assigned: Sequence[ProfileAssigned], kinds: Sequence[ProfileKindsChanged]
) -> None:
    """Keep the newest of what was told of each profile; who was assigned before we listened is told with the kinds."""
    told = [(each.profile_id, each.contact_id, each.version) for each in assigned]
    told += [(placed.profile_id, each.contact_id, placed.version) for each in kinds for placed in each.profiles]
    latest = {row[0]: row for row in sorted(told, key=lambda row: row[2])}
    if latest:
        await statements.keep_memberships(connection, workspace, list(latest.values()))


async def keep_kinds(connection: Connection, workspace: WorkspaceId, told: Sequence[ProfileKindsChanged]) -> None:
    """Keep the newest of what was told of each profile's kinds."""
    latest = newest(told, of=lambda event: event.profile_id)
    if latest:
        rows = [(each.profile_id, msgspec.json.encode(each.kinds).decode(), each.version) for each in latest]
        await statements.keep_kinds(connection, workspace, rows)


async def kinds_of(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID]) -> dict[UUID, tuple[HeldKind, ...]]:
    """The kinds of whoever has each profile, kept on any profile of theirs; those of whom nothing is said are left out."""
    found: dict[UUID, tuple[HeldKind, ...]] = {}
    if profiles:
        for row in await statements.kinds_of_profiles(connection, workspace, sorted(set(profiles))):
            held = tuple(msgspec.convert(row["kinds"], list[HeldKind]))
            found[row["profile_id"]] = (*found.get(row["profile_id"], ()), *held)
    return found
