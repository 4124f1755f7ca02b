"""Who: workspaces, members, contacts and their profiles, as identity answers. Plain data."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import ContactId, MemberId, ProfileId, WorkspaceId
from services.contracts.stakeholders import Encounter
from services.contracts.vocabulary import Discipline, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceView:
    """One tenant, as its members see it."""

    id: WorkspaceId
    slug: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A person of the company. Absent from `absent_from` to `absent_until` (None: until further notice), the deputy gets what is new.

    `successor_id` is who took over from a member who left.
    """

    id: MemberId
    name: str
    email: str
    role: Role
    disciplines: tuple[Discipline, ...]
    languages: tuple[str, ...]
    active: bool
    deputy_id: MemberId | None = None
    absent_from: datetime | None = None
    absent_until: datetime | None = None
    successor_id: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierView:
    """An e-mail address, phone number or link known of a profile, and how surely: `source` said so first, and vouched at `verified_at`.

    `unfit` says why it never links people; empty: it may.
    """

    type: str
    value: str
    verified: bool
    source: str
    first_seen_at: datetime | None = None
    verified_at: datetime | None = None
    unfit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileValueView:
    """A value that an attribute of a profile (its handle, name, picture, bio) had from `first_seen_at` on, until the next one."""

    attribute: str
    value: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """One account of a person on one network. `linked_by` and `explanation` say why it belongs to its contact."""

    id: ProfileId
    contact_id: ContactId
    network: str
    scope: str
    external_id: str
    handle: str | None
    name: str | None
    avatar_url: str | None
    bio: str | None
    followers: int | None
    identifiers: tuple[IdentifierView, ...]
    linked_by: str
    explanation: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactView:
    """A person as the company knows them. `id` is canonical, whatever older id was asked for.

    `changed_at` grows with the version.
    """

    id: ContactId
    name: str | None
    created_at: datetime
    version: int
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterCountView:
    """How many contacts are known in one way and in no other."""

    encounter: Encounter
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCountsView:
    """How many contacts there are. Where `capped`, only the newest were counted."""

    total: int
    capped: bool
    only: tuple[EncounterCountView, ...]
