"""What people are to the company, kept from identity's events: whose profile each is, and the kinds kept on each profile.

Called by subscribers, journey and cadences, in their transaction. The order of events does not matter. Never changes a person: that is
identity's.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from services.contracts.events import HeldKind, ProfileAssigned, ProfileKindsChanged
from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import StakeholderKind
from services.kit.db import Connection
from services.kit.snapshots import newest
from services.routing.statements import journey
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


async def keep_kinds(
    connection: Connection, workspace: WorkspaceId, told: Sequence[ProfileKindsChanged]
) -> list[tuple[UUID, StakeholderKind]]:
    """Keep the newest of what was told of each profile's kinds. Gives who came to be of a kind that nobody said of them before."""
    latest = newest(told, of=lambda event: event.profile_id)
    if not latest:
        return []
    before = await kinds_of(connection, workspace, [each.profile_id for each in latest])
    rows = [(each.profile_id, msgspec.json.encode(each.kinds).decode(), each.version) for each in latest]
    news = await statements.keep_kinds(connection, workspace, rows)
    return [
        (each.profile_id, kind)
        for each in latest
        if each.profile_id in news
        for kind in sorted({held.kind for held in each.kinds} - {held.kind for held in before.get(each.profile_id, ())})
    ]


async def kinds_of(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID]) -> dict[UUID, tuple[HeldKind, ...]]:
    """The kinds of whoever has each profile, kept on any profile of theirs; those of whom nothing is said are left out."""
    found: dict[UUID, tuple[HeldKind, ...]] = {}
    if profiles:
        for row in await statements.kinds_of_profiles(connection, workspace, sorted(set(profiles))):
            held = tuple(msgspec.convert(row["kinds"], list[HeldKind]))
            found[row["profile_id"]] = (*found.get(row["profile_id"], ()), *held)
    return found


async def lock_persons(connection: Connection, workspace: WorkspaceId, profiles: Collection[UUID]) -> dict[UUID, UUID]:
    """Let nobody else write the journeys of these profiles' people, nor begin work for them, until this transaction ends.

    Gives the contacts of those profiles that have one.
    """
    ids = sorted(set(profiles))
    await journey.lock_people(connection, workspace, ids)
    contacts = {row["profile_id"]: row["contact_id"] for row in await journey.contacts_of(connection, workspace, ids)}
    await journey.lock_people(connection, workspace, sorted({contacts.get(profile, profile) for profile in ids}))
    return contacts
