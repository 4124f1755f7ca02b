"""How people stand to venues, from what they did there: follow, like, review, and their ends (W2, E1). Called by subscribers and edges.

Like a name or a handle it is seen and not said, so it does not change the version of a contact.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.events import InteractionCompleted, InteractionReceived
from services.contracts.ids import ProfileId, WorkspaceId, profile_id
from services.contracts.interaction import NeutralEvent
from services.contracts.stakeholders import RelationKind
from services.contracts.views.facts import RelationView
from services.contracts.vocabulary import Direction, Kind
from services.identity.statements import relations as statements
from services.kit.db import Connection

_BEGINS = {Kind.FOLLOW: RelationKind.FOLLOWS, Kind.REACTION: RelationKind.LIKES, Kind.REVIEW: RelationKind.REVIEWED}
_ENDS = {Kind.UNFOLLOW: RelationKind.FOLLOWS, Kind.UNREACTION: RelationKind.LIKES}
_TITLE_LIMIT_CHARS = 300
_URL_LIMIT_CHARS = 2000
_ID_LIMIT_CHARS = 1000


@dataclass(slots=True, kw_only=True)
class Relation:
    """What a batch says of one profile and one target: the latest beginning, and the latest end."""

    profile_id: ProfileId
    kind: RelationKind
    event: NeutralEvent
    item: str | None
    first_at: datetime
    began_at: datetime | None = None
    ended_at: datetime | None = None

    def row(self) -> tuple[object, ...]:
        """In the order of `statements.relations`."""
        venue = self.event.venue
        return (
            self.profile_id,
            self.kind,
            _target_key(self.event, self.item),
            venue.network.lower(),
            venue.scope,
            _clean(venue.external_id, _ID_LIMIT_CHARS),
            self.item,
            _clean(venue.title, _TITLE_LIMIT_CHARS),
            _clean(venue.url, _URL_LIMIT_CHARS),
            self.first_at,
            self.began_at,
            self.ended_at,
            max(each for each in (self.began_at, self.ended_at) if each is not None),
        )


def relations_of(
    told: Iterable[InteractionReceived | InteractionCompleted],
    *,
    workspace: WorkspaceId,
    deployment_key: bytes,
    erased: Mapping[UUID, datetime],
) -> list[Relation]:
    """One per profile, kind and target, whatever order they came in; none from before a person was erased."""
    found: dict[tuple[ProfileId, RelationKind, bytes], Relation] = {}
    for each in told:
        event = each.event
        kind = _BEGINS.get(event.kind) or _ENDS.get(event.kind)
        if kind is None or event.direction is Direction.OUTBOUND:
            continue
        author = event.author
        whose = profile_id(deployment_key, workspace=workspace, network=author.network, scope=author.scope, external_id=author.external_id)
        if whose not in erased or event.occurred_at > erased[whose]:
            item = _item(event) if kind is RelationKind.LIKES else None
            fresh = Relation(profile_id=whose, kind=kind, event=event, item=item, first_at=event.occurred_at)
            _add(found.setdefault((whose, kind, _target_key(event, item)), fresh), event)
    return list(found.values())


async def keep_relations(connection: Connection, workspace: WorkspaceId, relations: Sequence[Relation]) -> None:
    """Keep what was seen; a second run changes nothing. The profiles must be known."""
    if relations:
        await statements.kept_relations(connection, workspace, [each.row() for each in relations])


async def relations_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[RelationView]]:
    """Aligned with `ids`, which are contacts under any id they ever had; what changed last first, at most 100 each."""
    return [list(map(_shown, rows)) for rows in await statements.relations_of_contacts(connection, workspace, ids)]


def _add(relation: Relation, event: NeutralEvent) -> None:
    at = event.occurred_at
    relation.first_at = min(relation.first_at, at)
    if event.kind in _BEGINS:
        relation.began_at = max(relation.began_at or at, at)
    else:
        relation.ended_at = max(relation.ended_at or at, at)


def _item(event: NeutralEvent) -> str | None:
    return _clean(event.in_reply_to.external_id if event.in_reply_to else event.thread, _ID_LIMIT_CHARS)


def _target_key(event: NeutralEvent, item: str | None) -> bytes:
    venue = event.venue
    parts = (venue.network.lower(), venue.scope, venue.external_id, item or "")
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).digest()


def _clean(text: str | None, limit: int) -> str | None:
    return None if text is None else text.replace("\x00", "")[:limit]


def _shown(row: asyncpg.Record) -> RelationView:
    began_at, ended_at = row["began_at"], row["ended_at"]
    over = ended_at is not None and (began_at is None or ended_at >= began_at)
    return RelationView(
        profile_id=ProfileId(row["profile_id"]),
        kind=RelationKind(row["kind"]),
        network=row["network"],
        scope=row["scope"],
        external_id=row["external_id"],
        item=row["item"],
        title=row["title"],
        url=row["url"],
        first_at=row["first_at"],
        since=began_at,
        until=ended_at if over else None,
    )
