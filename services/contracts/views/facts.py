"""What a company keeps of its people beyond what networks show: kinds, labels, attributes, notes. Plain data."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import CompanyId, ContactId, ContactLabelId, ContactNoteId, LeadId, MemberId, ProfileId
from services.contracts.stakeholders import BuyingRole, LeadState, RelationKind
from services.contracts.vocabulary import AttributeType, StakeholderKind


@dataclass(frozen=True, slots=True, kw_only=True)
class KindView:
    """What a contact is to the company, on one network, or on all where `network` is empty.

    `until` in the past says that it is over. `treatment` is what follows by default, empty where nothing does.
    """

    kind: StakeholderKind
    network: str
    since: datetime | None
    until: datetime | None
    source: str
    by: MemberId | None
    set_at: datetime
    treatment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLabelView:
    """A label of the workspace's list for people; `colour` is #rrggbb. One that is `offered` people may choose on their preference page."""

    id: ContactLabelId
    name: str
    colour: str
    version: int
    offered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeDefinitionView:
    """An attribute that the workspace gives its people. `options` are what a choice chooses from."""

    key: str
    label: str
    type: AttributeType
    options: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeView:
    """A value of a contact as text: numbers in decimal, booleans as true or false, dates as YYYY-MM-DD."""

    key: str
    label: str
    type: AttributeType
    value: str
    set_at: datetime
    by: MemberId | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactNoteView:
    """What a member noted of a contact; the person never sees it. `member_id` is None where a program wrote it."""

    id: ContactNoteId
    contact_id: ContactId
    member_id: MemberId | None
    text: str
    pinned: bool
    created_at: datetime
    edited_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceView:
    """What a contact or company is called in another system. `url` leads there, None where nobody said."""

    system: str
    type: str
    external_id: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyView:
    """A company that people belong to."""

    id: CompanyId
    name: str
    domains: tuple[str, ...]
    attributes: dict[str, str]
    references: tuple[ReferenceView, ...]
    created_at: datetime
    changed_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EmploymentView:
    """That a contact belongs to a company: as what, and as whom in its decision to buy."""

    company_id: CompanyId
    contact_id: ContactId
    role: str
    buying_role: BuyingRole
    set_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationView:
    """How a contact's profile stands to a venue, or (`item`) to something said there: now where `until` is None.

    `since` is None where only its end was seen; `first_at` is the first time that anything of it was seen.
    """

    profile_id: ProfileId
    kind: RelationKind
    network: str
    scope: str
    external_id: str
    item: str | None
    title: str | None
    url: str | None
    first_at: datetime
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadView:
    """A contact handed over to an outside system, and what became of it there. `reason` is why it was rejected or lost."""

    id: LeadId
    contact_id: ContactId
    system: str
    brief: str
    state: LeadState
    reason: str
    external_id: str | None
    url: str | None
    handed_over_by: MemberId | None
    handed_over_at: datetime
    changed_at: datetime
    version: int
