"""Writes down where profiles belong: memberships, contacts, the journals, and the events that tell of it. Sets of rows throughout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.envelope import Event
from services.contracts.events import ContactMerged, ContactSplit, ProfileAssigned
from services.contracts.ids import ContactId, MemberId, MergeId, WorkspaceId
from services.identity.resolving.placing import Contacts
from services.identity.statements import linking, merging
from services.identity.statements.linking import Move
from services.identity.statements.merging import EVIDENCE, MergeEvent
from services.kit import outbox
from services.kit.db import Connection
from services.kit.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What a member did that moves profiles; without one, evidence does."""

    merge_id: MergeId
    by: MemberId | None


async def assign(
    connection: Connection, workspace: WorkspaceId, contacts: Contacts, *, now: datetime, cause: Cause | None = None
) -> list[Event]:
    """Write moves, reasons and edges; append and give the events: one ProfileAssigned per move, then merges and splits."""
    moves = sorted(contacts.moves, key=lambda move: move.profile_id)
    if not (moves or contacts.relabelled or contacts.edges or contacts.ended):
        return []
    placed = await linking.placed_profiles(
        connection, workspace, moves, relabelled=contacts.relabelled, edges=contacts.edges, ended=contacts.ended, now=now
    )
    if not moves:
        return []
    numbers, versions = placed.memberships, placed.contacts
    await linking.recorded_decisions(connection, workspace, moves, versions=numbers, now=now)
    events: list[Event] = [_assigned(move, numbers[move.profile_id]) for move in moves]
    merged = _merged(moves, placed.emptied, versions=versions, cause=cause)
    if cause is None:
        await merging.recorded_merges(connection, workspace, [_journalled(each) for each in merged], now=now)
    events += merged
    events += _split(moves, versions=versions, cause=cause)
    await outbox.append(connection, workspace, events, now=now)
    return events


def _assigned(move: Move, version: int) -> ProfileAssigned:
    return ProfileAssigned(
        profile_id=move.profile_id,
        contact_id=move.contact_id,
        version=version,
        rule=move.reason.rule,
        previous_contact_id=move.previous_contact_id,
        explanation=move.reason.explanation,
    )


def _merged(
    moves: Sequence[Move], emptied: set[ContactId], *, versions: Mapping[ContactId, int], cause: Cause | None
) -> list[ContactMerged]:
    """One per contact that nobody is in any more: it answers as the one in which most of its profiles are now."""
    told = []
    for absorbed in sorted(emptied):
        gone = [move for move in moves if move.previous_contact_id == absorbed]
        survivor = max(gone, key=lambda move: (sum(each.contact_id == move.contact_id for each in gone), move.contact_id)).contact_id
        told.append(
            ContactMerged(
                merge_id=cause.merge_id if cause else MergeId(new_id()),
                survivor_id=survivor,
                absorbed_id=absorbed,
                profile_ids=tuple(move.profile_id for move in gone if move.contact_id == survivor),
                version=versions[survivor],
                by=cause.by if cause else None,
            )
        )
    return told


def _split(moves: Sequence[Move], *, versions: Mapping[ContactId, int], cause: Cause | None) -> list[ContactSplit]:
    """One per contact that profiles left for one where nobody was; told where a member did it."""
    if cause is None:
        return []
    sources = {(move.contact_id, move.previous_contact_id) for move in moves if move.founder_id == move.profile_id}
    return [
        ContactSplit(
            merge_id=cause.merge_id,
            survivor_id=previous,
            restored_id=restored,
            profile_ids=tuple(move.profile_id for move in moves if move.contact_id == restored and move.previous_contact_id == previous),
            version=versions[restored],
            by=cause.by,
        )
        for restored, previous in sorted(sources, key=str)
        if previous is not None
    ]


def _journalled(event: ContactMerged) -> MergeEvent:
    return MergeEvent(
        id=event.merge_id,
        kind=EVIDENCE,
        survivor_id=event.survivor_id,
        absorbed_id=event.absorbed_id,
        profile_ids=event.profile_ids,
        reason="Evidence about their profiles.",
    )
