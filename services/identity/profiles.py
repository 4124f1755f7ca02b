"""How people become known: sightings are written as profiles, and every profile belongs to one contact.

Called by `subscribers` (events), `api` (by hand, from a CRM), imports. Runs in the caller's transaction and never commits.
Idempotent, and the same in any order: see `resolving` and the stamps in `statements.people`.
"""

from collections.abc import Sequence
from datetime import datetime

from services.contracts.envelope import Event
from services.contracts.events import Entered
from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.contracts.vocabulary import Kind
from services.identity.errors import NotAnEmailError
from services.identity.matching import normalise_email, normalise_phone
from services.identity.resolving import Changed, assign, place, reach, refresh_facts
from services.identity.sightings import Known, Sighting, fold
from services.identity.statements import linking, people
from services.identity.telling import tell_entered
from services.kit.db import Connection
from services.kit.errors import MalformedError
from services.kit.ids import new_id

BY_HAND = "entered"
# Networks whose accounts are rows of lists. An account elsewhere that a caller vouches for is no event in that person's history.
ROWS = frozenset({"crm", "email", "manual", "phone"})


async def learn_profiles(connection: Connection, *, workspace: WorkspaceId, known: Sequence[Known], now: datetime) -> list[Event]:
    """Write what a batch says, put every profile where it belongs, append the events: ProfileAssigned, ContactMerged.

    `known` is sorted by id (`sightings.fold` does that); a few hundred at once cost the least. Gives the events appended; a second run of
    the same gives none. Others of this workspace wait until the transaction ends.
    """
    if not known:
        return []
    await linking.linking_lock(connection, workspace)
    written = await people.written_people(connection, workspace, known, homes=_homes(known))
    return await _place(connection, workspace, await refresh_facts(connection, workspace, written.known_before, new=written), now=now)


def _homes(known: Sequence[Known]) -> list[ContactId]:
    """An id per profile, for whoever is new: of those of one batch the smallest for who was seen first."""
    order = sorted(known, key=lambda each: (each.first_seen_at, each.id))
    homes = {each.id: ContactId(new_id()) for each in order}
    return [homes[each.id] for each in known]


async def resolve_profiles(connection: Connection, workspace: WorkspaceId, ids: Sequence[ProfileId], *, now: datetime) -> list[Event]:
    """Read anew what is known of profiles that changed, and put them, and whoever depends on them, where they belong.

    Call it under `linking.linking_lock`.
    """
    return await _place(connection, workspace, await refresh_facts(connection, workspace, ids), now=now)


async def _place(connection: Connection, workspace: WorkspaceId, changed: Changed, *, now: datetime) -> list[Event]:
    if not changed.now:
        return []
    reached = await reach(connection, workspace, changed=changed)
    return await assign(connection, workspace, place(reached), now=now)


async def block_email(connection: Connection, *, workspace: WorkspaceId, key: bytes, reason: str, now: datetime) -> list[Event]:
    """From now on this address says nothing of whose profiles carry it; whoever only it joined comes apart."""
    await linking.linking_lock(connection, workspace)
    ids = await people.blocked_email(connection, workspace, key, reason=reason, now=now)
    return await resolve_profiles(connection, workspace, ids, now=now)


async def enter_profile(
    connection: Connection, *, workspace: WorkspaceId, sighting: Sighting, deployment_key: bytes, now: datetime
) -> ProfileId:
    """Write one profile that a caller gives. Raises MalformedError for an address or number that cannot be compared."""
    for claimed in sighting.author.emails:
        if normalise_email(claimed.value) is None:
            raise NotAnEmailError
    for claimed in sighting.author.phones:
        if normalise_phone(claimed.value) is None:
            raise MalformedError("Write phone numbers in international form, such as +34600111222.")
    (known,) = fold([sighting], workspace=workspace, deployment_key=deployment_key)
    await learn_profiles(connection, workspace=workspace, known=[known], now=now)
    if known.network in ROWS:
        entered = Entered(profile_id=known.id, kind=Kind.RECORD, at=sighting.at, network=known.network, scope=known.scope)
        await tell_entered(connection, workspace, [entered], now=now)
    return known.id
