"""What members say about who is one person: merges, detached profiles, and taking either back. Called by `api`, `batch`, `suggestions`.

Nothing is moved but memberships: a merge is an edge, what is kept apart is a pair, and contacts follow from both (`resolving`). So taking
back is exact. Runs in the caller's transaction and never commits.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from uuid import UUID

import msgspec

from services.contracts.ids import ContactId, MemberId, MergeId, ProfileId, WorkspaceId
from services.contracts.views import MergePreviewView, MergeView, PageView, VetoView
from services.identity.contacts import get_contact
from services.identity.errors import (
    ContactNotFoundError,
    LoneProfileError,
    MergeNotFoundError,
    MergeUndoneError,
    ProfileNotFoundError,
    SameContactError,
    TooManyProfilesError,
)
from services.identity.matching.vetoes import find_vetoes
from services.identity.resolving import MEMBER, Cause, Contacts, Reached, assign, explain, place, reach
from services.identity.statements import facts, linking, merging, suggestions
from services.identity.statements.keys import KnownEdge
from services.identity.statements.merging import DETACH, EVIDENCE, MERGE, REJECT, EdgeKey, MergeEvent, PairOfProfiles
from services.kit.db import Connection
from services.kit.ids import new_id
from services.kit.pagination import decode_cursor, encode_cursor
from services.kit.preconditions import match

SAID = "merged_by_member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """Who says it, when and why. `expected` is the version of the contact that they saw, `other_expected` the other's; None: any."""

    by: MemberId | None
    now: datetime
    reason: str = ""
    expected: int | None = None
    other_expected: int | None = None


class Undo(msgspec.Struct, kw_only=True):
    """How to take an entry of the journal back; kept with it as JSON. `stayed`: who was on the other side."""

    joined: list[EdgeKey] = []
    ended: list[EdgeKey] = []
    parted: list[PairOfProfiles] = []
    freed: list[PairOfProfiles] = []
    stayed: list[ProfileId] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A contact that takes part, by its canonical id, with its profiles."""

    contact_id: ContactId
    founder_id: ProfileId
    profiles: list[ProfileId]
    version: int


class _Redrawing:
    """Edges and pairs as they shall be, tried on a neighbourhood before anything is written."""

    def __init__(self, reached: Reached) -> None:
        self.reached = reached
        self.undo = Undo()
        self._edges: list[KnownEdge] = []

    def join(self, edges: Iterable[KnownEdge]) -> None:
        for edge in edges:
            self._edges.append(edge)
            self.undo.joined.append(_key(edge))
            self.reached.edges.append(edge)

    def end(self, edges: Iterable[EdgeKey]) -> None:
        gone = set(edges)
        self.undo.ended += [_key(each) for each in self.reached.edges if _key(each) in gone]
        self.reached.edges = [each for each in self.reached.edges if _key(each) not in gone]

    def joining(self, pairs: Iterable[PairOfProfiles]) -> list[EdgeKey]:
        """What members joined of these."""
        asked = set(pairs)
        held = (_key(each) for each in self.reached.edges if each.source == MEMBER)
        return [each for each in held if each[:2] in asked]

    def part(self, pairs: Iterable[PairOfProfiles]) -> None:
        fresh = sorted(set(pairs) - {(ProfileId(UUID(one)), ProfileId(UUID(other))) for one, other in self.reached.apart})
        self.undo.parted += fresh
        self.reached.apart += [(str(one), str(other)) for one, other in fresh]

    def free(self, pairs: Iterable[PairOfProfiles]) -> None:
        wanted = {(str(one), str(other)) for one, other in pairs}
        gone = [each for each in self.reached.apart if each in wanted]
        self.undo.freed += [(ProfileId(UUID(one)), ProfileId(UUID(other))) for one, other in gone]
        self.reached.apart = [each for each in self.reached.apart if each not in wanted]

    def contacts(self) -> Contacts:
        return place(self.reached)

    async def write(self, connection: Connection, workspace: WorkspaceId, *, cause: Cause, now: datetime) -> Contacts:
        await merging.switched_edges(connection, workspace, self.undo.ended, active=False)
        await merging.joined_pairs(connection, workspace, self._edges, now=now)
        await merging.freed_pairs(connection, workspace, self.undo.freed)
        await merging.parted_pairs(connection, workspace, self.undo.parted, merge=cause.merge_id, now=now)
        contacts = self.contacts()
        await assign(connection, workspace, contacts, now=now, cause=cause)
        return contacts


async def preview_merge(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, *, other: ContactId, survivor: ContactId | None = None
) -> MergePreviewView:
    """What a merge would unite, and what speaks for and against it. Raises ContactNotFoundError, SameContactError."""
    await linking.linking_lock(connection, workspace)
    kept, absorbed = await _sides(connection, workspace, contact, other=other, survivor=survivor)
    reached = await _reach(connection, workspace, also=[*kept.profiles, *absorbed.profiles])
    found = reached.neighbourhood
    ours, theirs = ([found.facts[str(each)] for each in side.profiles] for side in (kept, absorbed))
    strongest = found.strongest([each.id for each in ours], [each.id for each in theirs])
    return MergePreviewView(
        survivor_id=kept.contact_id,
        absorbed_id=absorbed.contact_id,
        profile_ids=tuple(sorted([*kept.profiles, *absorbed.profiles])),
        score=strongest.score if strongest else 0.0,
        explanation=explain(strongest) if strongest else "",
        vetoes=tuple(VetoView(name=each.name, sentence=each.sentence) for each in find_vetoes(ours, theirs, apart=set(reached.apart))),
    )


async def merge_contacts(
    connection: Connection,
    workspace: WorkspaceId,
    contact: ContactId,
    *,
    other: ContactId,
    survivor: ContactId | None,
    saying: Saying,
) -> MergeView:
    """Make two contacts one, under the id of `survivor` (one of the two; None: the first).

    Raises ContactNotFoundError, SameContactError, PreconditionFailedError.
    """
    await linking.linking_lock(connection, workspace)
    kept, absorbed = await _sides(connection, workspace, contact, other=other, survivor=survivor, saying=saying)
    return await unite(connection, workspace, kept.founder_id, absorbed.founder_id, sides=(kept, absorbed), saying=saying)


async def unite(
    connection: Connection,
    workspace: WorkspaceId,
    one: ProfileId,
    other: ProfileId,
    *,
    sides: tuple[Side, Side],
    saying: Saying,
) -> MergeView:
    """Join two profiles, and so the contacts that they are in; the first of `sides` keeps its id. Call it under `linking_lock`."""
    kept, absorbed = sides
    drawing = _Redrawing(await _reach(connection, workspace, also=[*kept.profiles, *absorbed.profiles]))
    cause = Cause(merge_id=MergeId(new_id()), by=saying.by)
    drawing.free(_pairs(kept.profiles, absorbed.profiles))
    drawing.join([_edge(one, other, cause=cause, reason=saying.reason, survivor=kept.founder_id)])
    drawing.undo.stayed = kept.profiles
    await drawing.write(connection, workspace, cause=cause, now=saying.now)
    return await _journalled(connection, workspace, drawing, kind=MERGE, sides=sides, cause=cause, saying=saying)


async def detach_profile(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, *, profile: ProfileId, saying: Saying
) -> MergeView:
    """Part one profile from its contact, and keep it apart from the others; those stay together.

    Raises ContactNotFoundError, ProfileNotFoundError, LoneProfileError, PreconditionFailedError.
    """
    await linking.linking_lock(connection, workspace)
    side = await side_of(connection, workspace, contact, expected=saying.expected)
    if profile not in side.profiles:
        raise ProfileNotFoundError
    rest = [each for each in side.profiles if each != profile]
    if not rest:
        raise LoneProfileError
    drawing = _Redrawing(await _reach(connection, workspace, also=side.profiles))
    cause = Cause(merge_id=MergeId(new_id()), by=saying.by)
    drawing.end(drawing.joining(_pairs([profile], rest)))
    drawing.part(_pairs([profile], rest))
    _hold_together(drawing, rest, cause=cause)
    drawing.undo.stayed = rest
    contacts = await drawing.write(connection, workspace, cause=cause, now=saying.now)
    kept = replace(side, contact_id=contacts.contact_of[str(rest[0])])
    left = Side(contact_id=contacts.contact_of[str(profile)], founder_id=profile, profiles=[profile], version=0)
    return await _journalled(connection, workspace, drawing, kind=DETACH, sides=(kept, left), cause=cause, saying=saying)


async def undo_merge(connection: Connection, workspace: WorkspaceId, merge: MergeId, *, saying: Saying) -> MergeView:
    """Take a merge, a detachment or what evidence merged back; evidence that would join the two again at once does so no more.

    Raises MergeNotFoundError, MergeUndoneError.
    """
    await linking.linking_lock(connection, workspace)
    entry = await merging.merge_for_undo(connection, workspace, merge)
    if entry is None:
        raise MergeNotFoundError
    if entry.undone_at is not None:
        raise MergeUndoneError
    was = msgspec.json.decode(entry.undo, type=Undo)
    back = await merging.switched_edges(connection, workspace, was.ended, active=True)
    ends = {each for edge in (*was.joined, *was.ended) for each in edge[:2]}
    drawing = _Redrawing(await _reach(connection, workspace, also={*entry.profile_ids, *was.stayed, *ends}))
    drawing.reached.edges += [each for each in back if each not in drawing.reached.edges]
    drawing.end(was.joined)
    drawing.free(was.parted)
    drawing.part(was.freed)
    cause = Cause(merge_id=merge, by=saying.by)
    if entry.kind in {MERGE, EVIDENCE}:
        _keep_apart(drawing, entry)
    await drawing.write(connection, workspace, cause=cause, now=saying.now)
    undone = replace(entry, undone_at=saying.now, undone_by=saying.by)
    await merging.undone_merge(connection, workspace, undone)
    await suggestions.reopened_suggestions(connection, workspace, merge)
    return await _view(connection, workspace, undone)


async def keep_apart(connection: Connection, workspace: WorkspaceId, one: ProfileId, other: ProfileId, *, saying: Saying) -> MergeId:
    """Say that two profiles are two people; gives the entry of the journal. Call it under `linking_lock`."""
    reached = await _reach(connection, workspace, also=[one, other])
    drawing = _Redrawing(reached)
    cause = Cause(merge_id=MergeId(new_id()), by=saying.by)
    drawing.part(_pairs([one], [other]))
    contacts = await drawing.write(connection, workspace, cause=cause, now=saying.now)
    sides = [Side(contact_id=contacts.contact_of[str(each)], founder_id=each, profiles=[each], version=0) for each in (one, other)]
    await _journalled(connection, workspace, drawing, kind=REJECT, sides=(sides[0], sides[1]), cause=cause, saying=saying)
    return cause.merge_id


async def list_merges(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, *, limit: int, after: str | None
) -> PageView[MergeView]:
    """Who was merged with this contact and parted from it, the newest first. Raises ContactNotFoundError."""
    await get_contact(connection, workspace, contact)
    (page,) = await merges_of_contacts(connection, workspace, [contact], limit=limit, after=after)
    return page


async def merges_of_contacts(
    connection: Connection, workspace: WorkspaceId, contacts: Sequence[UUID], *, limit: int, after: str | None
) -> list[PageView[MergeView]]:
    """Pages aligned with `contacts`, empty for those that are not known; a cursor is one list's."""
    last = decode_cursor(after, (UUID,))[0] if after else None
    pages = []
    for rows in await merging.merges_of_contacts(connection, workspace, contacts, before=last, limit=limit + 1):
        items = tuple(_told(entry, version=version) for entry, version in rows[:limit])
        pages.append(PageView(items=items, cursors=tuple(encode_cursor(each.id) for each in items), has_next=len(rows) > limit))
    return pages


async def merges_by_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[MergeView | None]:
    """Aligned with `ids`."""
    found = await merging.merges_of_ids(connection, workspace, ids)
    return [None if each is None else _told(each[0], version=each[1]) for each in found]


async def _reach(connection: Connection, workspace: WorkspaceId, *, also: Collection[ProfileId]) -> Reached:
    """Raises TooManyProfilesError where they hang together with more people than are placed at once."""
    reached = await reach(connection, workspace, also=also)
    if also and not reached.neighbourhood.reached:
        raise TooManyProfilesError
    return reached


def _hold_together(drawing: _Redrawing, rest: Sequence[ProfileId], *, cause: Cause) -> None:
    """Whoever was together only through the one who leaves is so by what the member said."""
    placed = drawing.contacts().contact_of
    firsts = {placed[str(each)]: each for each in reversed(rest)}
    one, *others = sorted(firsts.values())
    drawing.join(_edge(one, each, cause=cause, reason="Stayed when another profile was detached.", survivor=None) for each in others)


def _keep_apart(drawing: _Redrawing, entry: MergeEvent) -> None:
    """Where evidence would join both sides again at once, say that it shall not."""
    placed = drawing.contacts().contact_of
    gone = [each for each in entry.profile_ids if str(each) in placed]
    homes = {placed[str(each)] for each in gone}
    inside = {str(each) for each in gone}
    beside = [ProfileId(UUID(each)) for each, contact in placed.items() if contact in homes and each not in inside]
    was = msgspec.json.decode(entry.undo, type=Undo).stayed
    stayed = [each for each in beside if each in was] if entry.kind == MERGE else beside
    drawing.part(_pairs(gone, stayed))


async def _sides(
    connection: Connection,
    workspace: WorkspaceId,
    contact: ContactId,
    *,
    other: ContactId,
    survivor: ContactId | None,
    saying: Saying | None = None,
) -> tuple[Side, Side]:
    """The one that keeps its id, and the other. Rows are locked in one order, whichever is named first."""
    expected = {contact: saying.expected if saying else None, other: saying.other_expected if saying else None}
    found = {each: await side_of(connection, workspace, each, expected=expected[each]) for each in sorted({contact, other})}
    mine, yours = found[contact], found[other]
    if mine.contact_id == yours.contact_id:
        raise SameContactError
    if survivor in {None, contact, mine.contact_id}:
        return mine, yours
    if survivor in {other, yours.contact_id}:
        return yours, mine
    raise ContactNotFoundError


async def side_of(connection: Connection, workspace: WorkspaceId, contact: ContactId, *, expected: int | None = None) -> Side:
    """A contact by any id it ever had, its row locked. Raises ContactNotFoundError, PreconditionFailedError."""
    row = await facts.contact_for_change(connection, workspace, contact)
    if row is None or row["profile_id"] is None:
        raise ContactNotFoundError
    match(expected, row["version"])
    profiles = await merging.members_of_contacts(connection, workspace, [row["id"]])
    return Side(contact_id=row["id"], founder_id=row["profile_id"], profiles=profiles[row["id"]], version=row["version"])


def _edge(one: ProfileId, other: ProfileId, *, cause: Cause, reason: str, survivor: ProfileId | None) -> KnownEdge:
    first, second = sorted((one, other))
    return KnownEdge(
        profile_id=first,
        other_profile_id=second,
        source=MEMBER,
        rule=SAID,
        explanation=f"A member said that they are one person{f': {reason}' if reason else ''}",
        merge_id=cause.merge_id,
        survivor_id=survivor,
    )


def _key(edge: KnownEdge) -> EdgeKey:
    return edge.profile_id, edge.other_profile_id, edge.merge_id


def _pairs(ours: Iterable[ProfileId], theirs: Iterable[ProfileId]) -> list[PairOfProfiles]:
    return [(one, other) if one < other else (other, one) for one, other in product(ours, theirs)]


async def _journalled(  # noqa: PLR0913 - the parts of an entry
    connection: Connection,
    workspace: WorkspaceId,
    drawing: _Redrawing,
    *,
    kind: str,
    sides: tuple[Side, Side],
    cause: Cause,
    saying: Saying,
) -> MergeView:
    kept, gone = sides
    entry = MergeEvent(
        id=cause.merge_id,
        kind=kind,
        survivor_id=kept.contact_id,
        absorbed_id=gone.contact_id,
        profile_ids=tuple(gone.profiles),
        reason=saying.reason,
        undo=msgspec.json.encode(drawing.undo).decode(),
        by=saying.by,
        created_at=saying.now,
    )
    await merging.recorded_merges(connection, workspace, [entry], now=saying.now)
    return await _view(connection, workspace, entry)


async def _view(connection: Connection, workspace: WorkspaceId, entry: MergeEvent) -> MergeView:
    survivor = await get_contact(connection, workspace, entry.survivor_id)
    return _told(entry, version=survivor.version)


def _told(entry: MergeEvent, *, version: int) -> MergeView:
    return MergeView(
        id=entry.id,
        kind=entry.kind,
        survivor_id=entry.survivor_id,
        absorbed_id=entry.absorbed_id,
        profile_ids=entry.profile_ids,
        reason=entry.reason,
        by=entry.by,
        created_at=entry.created_at or entry.undone_at,  # type: ignore[arg-type] # an entry that is told was written
        undone_at=entry.undone_at,
        undone_by=entry.undone_by,
        version=version,
    )
