"""How people become known: sightings are written as profiles, and every profile belongs to one contact.

Called by `subscribers` (events), `api` (by hand, from a CRM). Runs in the caller's transaction and never commits.
Idempotent, and the same in any order: see `matching.place` and the stamps in `statements.people`.
"""

from collections.abc import Sequence
from datetime import datetime

from services.contracts.events import ProfileAssigned
from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.contracts.interaction import Author
from services.identity.errors import NotAnEmailError
from services.identity.matching import Conflict, Evidence, Placement, normalise_email, normalise_phone, place
from services.identity.sightings import Known, KnownIdentifier, Sighting, claims, fold
from services.identity.statements import linking, people
from services.identity.statements.linking import Carrier, Move, Pair
from services.kit import outbox
from services.kit.db import Connection
from services.kit.errors import MalformedError
from services.kit.ids import new_id

FIRST_SEEN = "first_seen"
VERIFIED_EMAIL = "verified_email"
BY_HAND = "entered"
SHARED_EMAIL = "verified_email_of_two_contacts"
_SHARED_EMAIL_SCORE = 0.9


async def learn_profiles(connection: Connection, *, workspace: WorkspaceId, known: Sequence[Known], now: datetime) -> list[ProfileAssigned]:
    """Write what was seen, link what is certain, and append one ProfileAssigned per profile that is new or moved.

    `known` is sorted by id (`sightings.fold` does that). Gives the events appended.
    """
    if not known:
        return []
    certain = claims(known)
    linking_due = await people.has_new_evidence(connection, workspace, certain)
    if linking_due:
        await linking.linking_lock(connection, workspace)
    homes = {each.id: ContactId(new_id()) for each in known}
    new = await people.upserted_profiles(connection, workspace, known, homes=list(homes.values()))
    await people.recorded_values(connection, workspace, known)
    await people.recorded_identifiers(connection, workspace, known)
    moves = {each.id: _settle(each, homes[each.id]) for each in known if each.id in new}
    if linking_due:
        moves |= await _link(connection, workspace, certain, now=now)
    return await _apply(connection, workspace, sorted(moves.values(), key=lambda move: move.profile_id), now=now)


async def enter_profile(
    connection: Connection, *, workspace: WorkspaceId, author: Author, deployment_key: bytes, now: datetime
) -> ProfileId:
    """Write one profile that a caller gives. Raises MalformedError for an address or number that cannot be compared."""
    for claimed in author.emails:
        if normalise_email(claimed.value) is None:
            raise NotAnEmailError
    for claimed in author.phones:
        if normalise_phone(claimed.value) is None:
            raise MalformedError("Write phone numbers in international form, such as +34600111222.")
    sighting = Sighting(author=author, at=now, source=BY_HAND)
    (known,) = fold([sighting], workspace=workspace, deployment_key=deployment_key)
    await learn_profiles(connection, workspace=workspace, known=[known], now=now)
    return known.id


def _settle(profile: Known, home: ContactId) -> Move:
    """A profile that nothing links is a contact of its own."""
    return Move(
        profile_id=profile.id,
        contact_id=home,
        founder_id=profile.id,
        previous_contact_id=None,
        rule=FIRST_SEEN,
        explanation=f"First seen on {profile.network}; nothing certain says that it is somebody already known.",
    )


async def _link(
    connection: Connection,
    workspace: WorkspaceId,
    certain: Sequence[tuple[ProfileId, KnownIdentifier]],
    *,
    now: datetime,
) -> dict[ProfileId, Move]:
    keys = sorted({held.key for _, held in certain})
    carriers = await linking.evidence_of_component(connection, workspace, keys)
    if not carriers:
        return {}
    homes = {carrier.profile_id: carrier.home_contact_id for carrier in carriers}
    placement = place([_evidence(carrier) for carrier in carriers], homes=homes)
    networks = {carrier.profile_id: carrier.network for carrier in carriers}
    await linking.kept_suggestions(
        connection,
        workspace,
        _pairs(placement, networks),
        among=list(homes),
        rule=SHARED_EMAIL,
        score=_SHARED_EMAIL_SCORE,
        now=now,
    )
    return _moves(placement, carriers=carriers, networks=networks)


def _evidence(carrier: Carrier) -> Evidence:
    return Evidence(profile_id=carrier.profile_id, key=carrier.key, verified_at=carrier.verified_at)


def _moves(placement: Placement, *, carriers: Sequence[Carrier], networks: dict[ProfileId, str]) -> dict[ProfileId, Move]:
    founders = {carrier.home_contact_id: carrier.profile_id for carrier in carriers}
    present = {carrier.profile_id: carrier.contact_id for carrier in carriers}
    moves: dict[ProfileId, Move] = {}
    for profile, contact in placement.contacts.items():
        if present[profile] == contact:
            continue
        link = placement.links.get(profile)
        moves[profile] = Move(
            profile_id=profile,
            contact_id=contact,
            founder_id=founders[contact],
            previous_contact_id=present[profile],
            rule=VERIFIED_EMAIL if link else FIRST_SEEN,
            explanation=_sentence(networks, profile, link.other_id if link else None),
            evidence_key=link.key if link else None,
        )
    return moves


def _sentence(networks: dict[ProfileId, str], profile: ProfileId, other: ProfileId | None) -> str:
    if other is None:
        return f"First seen on {networks[profile]}; nothing certain says that it is somebody already known."
    return f"This {networks[profile]} profile and the {networks[other]} profile of this contact have the same verified e-mail address."


def _pairs(placement: Placement, networks: dict[ProfileId, str]) -> list[Pair]:
    """One pair per conflict, only where the two are still apart at the end."""
    apart = [
        conflict for conflict in placement.conflicts if placement.contacts[conflict.profile_id] != placement.contacts[conflict.other_id]
    ]
    pairs = {_ordered(conflict) for conflict in apart}
    return [
        Pair(
            profile_id=one,
            other_profile_id=other,
            explanation=(
                f"A {networks[one]} and a {networks[other]} profile have the same verified e-mail address, "
                "but both belong to contacts with other profiles."
            ),
        )
        for one, other in sorted(pairs)
    ]


def _ordered(conflict: Conflict) -> tuple[ProfileId, ProfileId]:
    one, other = sorted((conflict.profile_id, conflict.other_id))
    return one, other


async def _apply(connection: Connection, workspace: WorkspaceId, moves: Sequence[Move], *, now: datetime) -> list[ProfileAssigned]:
    if not moves:
        return []
    await linking.grown_contacts(connection, workspace, moves, now=now)
    await linking.shrunk_contacts(connection, workspace, moves)
    versions = await linking.written_memberships(connection, workspace, moves, now=now)
    await linking.recorded_decisions(connection, workspace, moves, versions=versions, now=now)
    events = [_assigned(move, versions[move.profile_id]) for move in moves]
    await outbox.append(connection, workspace, events, now=now)
    return events


def _assigned(move: Move, version: int) -> ProfileAssigned:
    return ProfileAssigned(
        profile_id=move.profile_id,
        contact_id=move.contact_id,
        version=version,
        rule=move.rule,
        previous_contact_id=move.previous_contact_id,
        explanation=move.explanation,
    )
