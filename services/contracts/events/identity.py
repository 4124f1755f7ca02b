"""What identity says: who is here, whose profile it is, who may no longer come in. Plain data."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from services.contracts.envelope import Event
from services.contracts.ids import ContactId, InvitationId, KeyId, LeadId, MemberId, MergeId, ProfileId, SessionId, WorkspaceId
from services.contracts.stakeholders import LeadState
from services.contracts.vocabulary import Discipline, Kind, Role, StakeholderKind


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceCreated(Event):
    """A tenant exists. Routing fills its playbook from here."""

    type: ClassVar[str] = "identity.workspace.created"
    about: ClassVar[str] = "workspace_id"
    workspace_id: WorkspaceId
    slug: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanged(Event):
    """A member joined, changed in any way, or was deactivated: all that there is to know of the member now.

    `version` grows per member; a reader ignores older ones, so order does not matter. It is 0 in events of the first release, which
    told neither `email` nor `languages`. While a member is absent (`absent_until` None: until further notice) the deputy gets what is
    new. To the `successor_id` of one who is no longer active goes what that one had; where there is none, to nobody.
    """

    type: ClassVar[str] = "identity.member.changed"
    about: ClassVar[str] = "member_id"
    member_id: MemberId
    name: str
    role: Role
    disciplines: tuple[Discipline, ...] = ()
    active: bool = True
    email: str = ""
    languages: tuple[str, ...] = ()
    version: int = 0
    deputy_id: MemberId | None = None
    absent_from: datetime | None = None
    absent_until: datetime | None = None
    successor_id: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberInvited(Event):
    """Somebody is asked to join, and is to be written to. The link's token is not told: contracts.invitations computes it.

    `sendings` counts the links; only the last one works. `inviter` is the name of whoever asked, empty for the operator.
    """

    type: ClassVar[str] = "identity.member.invited"
    about: ClassVar[str] = "invitation_id"
    invitation_id: InvitationId
    email: str
    sendings: int
    expires_at: datetime
    workspace_name: str
    inviter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRevoked(Event):
    """A session or an API key ended: every service forgets its verified tokens within two seconds."""

    type: ClassVar[str] = "identity.access.revoked"
    session_id: SessionId | None = None
    key_id: KeyId | None = None

    def aggregate(self) -> str:
        """Whichever ended."""
        return str(self.session_id or self.key_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileAssigned(Event):
    """A profile belongs to a contact. `version` grows per profile; a reader ignores older ones, so order does not matter."""

    type: ClassVar[str] = "identity.profile.assigned"
    about: ClassVar[str] = "profile_id"
    profile_id: ProfileId
    contact_id: ContactId
    version: int
    rule: str
    previous_contact_id: ContactId | None = None
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What a list says of a profile: that it is a row of it (`record`), or since `at` follows the account `of` on its network (`follow`).

    `of` is the account's own id, empty where the list does not say whose it is.
    """

    profile_id: ProfileId
    kind: Kind
    at: datetime
    network: str
    scope: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleEntered(Event):
    """Rows of a CRM or of another list came in, by a file or by hand; at most 500 at once. They belong to the histories of their people.

    The same row may be told again, and of another time: the earliest holds.
    """

    type: ClassVar[str] = "identity.people.entered"
    about: ClassVar[str] = "entries"
    entries: tuple[Entered, ...]

    def aggregate(self) -> str:
        """The first profile: rows of one list need no order."""
        return str(self.entries[0].profile_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMerged(Event):
    """Two contacts became one; the absorbed id answers with the survivor from now on."""

    type: ClassVar[str] = "identity.contact.merged"
    about: ClassVar[str] = "survivor_id"
    merge_id: MergeId
    survivor_id: ContactId
    absorbed_id: ContactId
    profile_ids: tuple[ProfileId, ...]
    version: int
    by: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSplit(Event):
    """A merge was taken back; both contacts are as they were, plus what happened since."""

    type: ClassVar[str] = "identity.contact.split"
    about: ClassVar[str] = "survivor_id"
    merge_id: MergeId
    survivor_id: ContactId
    restored_id: ContactId
    profile_ids: tuple[ProfileId, ...]
    version: int
    by: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKind:
    """A stakeholder kind as a profile holds it: on one network, or on all where `network` is empty; from `since`, before `until`."""

    kind: StakeholderKind
    network: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a profile was when something was told of it; `version` is that of its ProfileAssigned."""

    profile_id: ProfileId
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileKindsChanged(Event):
    """All stakeholder kinds of a profile now. `version` grows per profile; a reader ignores older ones, so order does not matter.

    They hold for every profile of the contact: of the one that the reader knows from ProfileAssigned, and until it knows better of
    `contact_id` with these `profiles`.
    """

    type: ClassVar[str] = "identity.profile.kinds_changed"
    about: ClassVar[str] = "profile_id"
    profile_id: ProfileId
    kinds: tuple[HeldKind, ...]
    version: int
    contact_id: ContactId
    profiles: tuple[Placed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadHandedOver(Event):
    """A contact was handed over to an outside system, which reads it by GET /v1/leads/{id} and tells what became of it."""

    type: ClassVar[str] = "identity.lead.handed_over"
    about: ClassVar[str] = "lead_id"
    lead_id: LeadId
    profile_id: ProfileId
    contact_id: ContactId
    system: str
    version: int
    by: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadStatusChanged(Event):
    """An outside system said what became of a lead. `version` grows per lead; a reader ignores older ones."""

    type: ClassVar[str] = "identity.lead.status_changed"
    about: ClassVar[str] = "lead_id"
    lead_id: LeadId
    profile_id: ProfileId
    contact_id: ContactId
    system: str
    state: LeadState
    version: int
