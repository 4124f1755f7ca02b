"""What one event or one request tells about people: who was seen, when, with which attributes. Pure; called by edges.

`fold` joins many sightings into one `Known` per profile, so that a batch is written with one row each.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.contracts.events import InteractionCompleted, InteractionReceived
from services.contracts.ids import ProfileId, WorkspaceId, profile_id
from services.contracts.interaction import Author, Claimed, NeutralEvent
from services.contracts.stakeholders import Encounter
from services.contracts.vocabulary import Control, Direction, Kind
from services.identity.matching import EMAIL, PHONE, is_own_phone, is_personal, normalise_email, normalise_phone, value_key

ATTRIBUTES = ("handle", "name", "avatar_url", "bio", "language", "location", "birth_date", "picture_hash")
"""Those of which the newest value holds; each is a column of the profile."""
LINK = "link"
OF_CRM = "crm:"
_ALL_HOLD = ("visitor_id", "rel_me")

_DID = {
    Kind.FOLLOW: Encounter.FOLLOWED,
    Kind.UNFOLLOW: Encounter.FOLLOWED,
    Kind.REACTION: Encounter.REACTED,
    Kind.UNREACTION: Encounter.REACTED,
    Kind.CLICK: Encounter.REACTED,
    Kind.PURCHASE: Encounter.BOUGHT,
}
_LIMITS_CHARS = {
    "handle": 200,
    "name": 300,
    "avatar_url": 4000,
    "bio": 5000,
    "language": 35,
    "location": 300,
    "birth_date": 35,
    "picture_hash": 200,
    LINK: 4000,
}
_VALUE_LIMIT_CHARS = 300
_OTHER_NAMES = {
    "birthdate": "birth_date",
    "date_of_birth": "birth_date",
    "dob": "birth_date",
    "birthday": "birth_date",
    "avatar_hash": "picture_hash",
    "user_id": "visitor_id",
}
_SEARCH_LIMIT_CHARS = 200
_CLAIMS_LIMIT = 20
_LINKS_LIMIT = 50
_MOST_FOLLOWERS = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One account as it was shown at one moment; `source` says who told.

    Of `attributes` those are kept here by which people are told apart: birth_date, picture_hash, rel_me, visitor_id (one that the company's
    own site vouches for) and `crm:<system>`, a CRM's key of the person.
    """

    author: Author
    at: datetime
    source: str
    location: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    encounter: Encounter = Encounter.RECORDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A value and when it was seen to be so; of two, the later one holds, at one instant the greater one."""

    at: datetime
    value: str | int


@dataclass(slots=True, kw_only=True)
class KnownIdentifier:
    """An address or number of a profile; `verified_at` is the first time somebody vouched for it."""

    type: str
    key: bytes
    value: str
    source: str
    personal: bool
    first_seen_at: datetime
    verified_at: datetime | None


@dataclass(slots=True, kw_only=True)
class Known:
    """All that a batch says about one profile."""

    id: ProfileId
    network: str
    scope: str
    external_id: str
    first_seen_at: datetime
    encounters: set[Encounter] = field(default_factory=set)
    now: dict[str, Stamped] = field(default_factory=dict)
    values: dict[tuple[str, str], datetime] = field(default_factory=dict)
    identifiers: dict[bytes, KnownIdentifier] = field(default_factory=dict)


def people_of(received: InteractionReceived | InteractionCompleted) -> list[Sighting]:
    """Everybody that an interaction shows: who wrote, whom it answers, who is mentioned, to whom we spoke. Not ourselves."""
    event = received.event
    did = _DID.get(event.kind, Encounter.WROTE)
    seen: list[tuple[Author | None, Encounter]] = [
        (event.recipient, Encounter.ADDRESSED) if event.direction is Direction.OUTBOUND else (event.author, did)
    ]
    if event.in_reply_to is not None:
        seen.append((event.in_reply_to.author, Encounter.WROTE))
    seen += [(author, Encounter.MENTIONED) for author in event.mentions]
    return [
        Sighting(author=author, at=event.occurred_at, source=author.network.lower(), encounter=encounter)
        for author, encounter in seen
        if author is not None and not _is_ourselves(author, event)
    ]


def _is_ourselves(author: Author, event: NeutralEvent) -> bool:
    """On a venue of ours, its own account is the company; on outbound events, so is their author."""
    if event.direction is Direction.OUTBOUND and _same_account(author, event.author):
        return True
    venue = event.venue
    same = (author.network.lower(), author.external_id) == (venue.network.lower(), venue.external_id)
    return venue.control is Control.OURS and same and author != event.author


def _same_account(one: Author, other: Author) -> bool:
    return (one.network, one.scope, one.external_id) == (other.network, other.scope, other.external_id)


def fold(sightings: Iterable[Sighting], *, workspace: WorkspaceId, deployment_key: bytes) -> list[Known]:
    """One Known per profile, by id (the order in which rows are locked). Its outcome does not depend on the order given."""
    folding = Folding(workspace=workspace, deployment_key=deployment_key)
    for sighting in sightings:
        folding.add(sighting)
    return folding.known()


class Folding:
    """`fold` for whoever gathers sightings one after another."""

    def __init__(self, *, workspace: WorkspaceId, deployment_key: bytes) -> None:
        self._workspace = workspace
        self._deployment_key = deployment_key
        self._known: dict[ProfileId, Known] = {}

    def add(self, sighting: Sighting) -> ProfileId:
        """Note what was seen; gives of whom."""
        author = sighting.author
        key = profile_id(
            self._deployment_key, workspace=self._workspace, network=author.network, scope=author.scope, external_id=author.external_id
        )
        entry = self._known.get(key)
        if entry is None:
            entry = self._known[key] = _blank(key, sighting)
        entry.first_seen_at = min(entry.first_seen_at, sighting.at)
        entry.encounters.add(sighting.encounter)
        _note_attributes(entry, sighting)
        _note_identifiers(entry, sighting)
        return key

    def known(self) -> list[Known]:
        """One per profile, by id."""
        return sorted(self._known.values(), key=lambda each: each.id)


def search_key(text: str) -> str:
    """A name or handle in the form in which it is searched by its beginning."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plain.removeprefix("@").split())[:_SEARCH_LIMIT_CHARS]


def _blank(key: ProfileId, sighting: Sighting) -> Known:
    author = sighting.author
    return Known(
        id=key,
        network=author.network.strip().lower(),
        scope=unicodedata.normalize("NFC", author.scope.strip()),
        external_id=unicodedata.normalize("NFC", author.external_id.strip()),
        first_seen_at=sighting.at,
    )


def _note_attributes(entry: Known, sighting: Sighting) -> None:
    author = sighting.author
    attributes = {_OTHER_NAMES.get(name, name): told for name, told in sorted(sighting.attributes.items())}
    for attribute in ATTRIBUTES:
        value = _clean(attribute, _shown(sighting, attributes, attribute))
        if value:
            _note_now(entry, attribute, Stamped(at=sighting.at, value=value))
            _note_value(entry, attribute, value, at=sighting.at)
    if author.followers is not None and 0 <= author.followers <= _MOST_FOLLOWERS:
        _note_now(entry, "followers", Stamped(at=sighting.at, value=author.followers))
    for link in author.links[:_LINKS_LIMIT]:
        if value := _clean(LINK, link):
            _note_value(entry, LINK, value, at=sighting.at)
    for name, told in attributes.items():
        if (name in _ALL_HOLD or name.startswith(OF_CRM)) and (value := _clean(name, told)):
            _note_value(entry, name[:_SEARCH_LIMIT_CHARS], value, at=sighting.at)


def _shown(sighting: Sighting, attributes: Mapping[str, str], attribute: str) -> str | None:
    if attribute == "location":
        return sighting.location
    told: str | None = getattr(sighting.author, attribute, None)
    return attributes.get(attribute) if told is None else told


def _clean(attribute: str, value: str | None) -> str:
    return (value or "").replace("\x00", "").strip()[: _LIMITS_CHARS.get(attribute, _VALUE_LIMIT_CHARS)]


def _note_now(entry: Known, attribute: str, stamped: Stamped) -> None:
    held = entry.now.get(attribute)
    if held is None or (stamped.at, stamped.value) > (held.at, held.value):
        entry.now[attribute] = stamped


def _note_value(entry: Known, attribute: str, value: str, *, at: datetime) -> None:
    entry.values[attribute, value] = min(at, entry.values.get((attribute, value), at))


def _note_identifiers(entry: Known, sighting: Sighting) -> None:
    for claimed in sighting.author.emails[:_CLAIMS_LIMIT]:
        if email := normalise_email(claimed.value):
            _note_identifier(entry, sighting, EMAIL, email, claimed, personal=is_personal(email))
    for claimed in sighting.author.phones[:_CLAIMS_LIMIT]:
        if phone := normalise_phone(claimed.value):
            _note_identifier(entry, sighting, PHONE, phone, claimed, personal=is_own_phone(phone))


def _note_identifier(entry: Known, sighting: Sighting, kind: str, value: str, claimed: Claimed, *, personal: bool) -> None:
    key = value_key(kind, value)
    verified_at = sighting.at if claimed.verified else None
    held = entry.identifiers.get(key)
    if held is None:
        entry.identifiers[key] = KnownIdentifier(
            type=kind,
            key=key,
            value=value,
            source=sighting.source,
            personal=personal,
            first_seen_at=sighting.at,
            verified_at=verified_at,
        )
        return
    held.verified_at = _earlier(held.verified_at, verified_at)
    held.first_seen_at, held.source = min((held.first_seen_at, held.source), (sighting.at, sighting.source))


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)
