"""What services answer to the gateway: the shapes of the batch routes. Plain data; encoded as JSON with these names.

A batch route takes `{"ids": [...]}` and answers a list aligned with the ids: element n belongs to id n, null (or an empty list)
where there is nothing that the caller may see. At most 200 ids a call.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from services.contracts.ids import (
    ChannelId,
    ContactId,
    ConversationId,
    InteractionId,
    LabelId,
    MemberId,
    ProfileId,
    ReplyId,
    TaskId,
    WorkspaceId,
)
from services.contracts.interaction import Attachment
from services.contracts.sending import ReplyChangeView
from services.contracts.vocabulary import (
    Addressed,
    Control,
    ConversationStatus,
    Direction,
    Discipline,
    InboxViewName,
    Kind,
    Ledger,
    Media,
    Phase,
    Priority,
    ReplyState,
    Role,
    Sentiment,
    Source,
    TaskState,
    Urgency,
)

Item = TypeVar("Item")
BATCH_LIMIT = 200
PAGE_LIMIT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView(Generic[Item]):
    """A keyset page; `cursors[n]` continues after `items[n]`. `resume` says where to go on where that is not after the last item."""

    items: tuple[Item, ...]
    cursors: tuple[str, ...]
    has_next: bool
    resume: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceView:
    """One tenant, as its members see it."""

    id: WorkspaceId
    slug: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A person of the company."""

    id: MemberId
    name: str
    email: str
    role: Role
    disciplines: tuple[Discipline, ...]
    languages: tuple[str, ...]
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierView:
    """An e-mail address, phone number or link known of a profile, and how surely."""

    type: str
    value: str
    verified: bool
    source: str


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
    """A person as the company knows them. `id` is canonical, whatever older id was asked for."""

    id: ContactId
    name: str | None
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """One connected account on a platform; never its credentials."""

    id: ChannelId
    platform: str
    name: str
    active: bool
    webhook_path: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueView:
    """Where it was said."""

    network: str
    scope: str
    external_id: str
    url: str | None
    title: str | None
    control: Control
    media: Media


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyView:
    """A reply and where it stands. `interaction_id` is its row in the history; `automatic` ones answer nothing; see `sending`."""

    id: ReplyId
    interaction_id: InteractionId
    conversation_id: ConversationId
    channel_id: ChannelId
    text: str
    state: ReplyState
    member_id: MemberId | None
    attempt: int
    reason: str
    external_id: str | None
    queued_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    version: int
    attachments: tuple[Attachment, ...] = ()
    automatic: bool = False
    decided_by: MemberId | None = None
    decided_at: datetime | None = None
    due_at: datetime | None = None
    doubted_at: datetime | None = None
    needs_person: bool = False
    change: ReplyChangeView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterView:
    """An event between services that failed to the end. `service` is whose consumer failed; the gateway fills it in."""

    id: UUID
    service: str = ""
    consumer: str
    type: str
    reason: str
    attempts: int
    failed_at: datetime
    redriven_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRowView:
    """A delivered item and what became of it; never its body."""

    id: UUID
    channel_id: ChannelId
    received_at: datetime
    state: str
    reason: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionView:
    """One row of the history: what was said or done, by whom, where, and what became of it."""

    id: InteractionId
    conversation_id: ConversationId
    channel_id: ChannelId
    profile_id: ProfileId
    platform: str
    kind: Kind
    direction: Direction
    public: bool
    occurred_at: datetime
    text: str | None
    rating: float | None
    attachments: tuple[Attachment, ...]
    author_name: str | None
    author_handle: str | None
    venue: VenueView
    in_reply_to: str | None
    external_id: str
    addressed: Addressed
    source: Source
    ledger: Ledger | None
    ledger_reason: str
    edited_at: datetime | None
    deleted_at: datetime | None
    discipline: Discipline | None
    phase: Phase | None
    sentiment: Sentiment | None
    urgency: Urgency | None
    due_at: datetime | None
    native: bool
    member_id: MemberId | None
    reply: ReplyView | None
    mentioned_member_ids: tuple[MemberId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationView:
    """A thread. `version` guards replies against staleness. `merged_ids` are threads that are read as part of this one."""

    id: ConversationId
    channel_id: ChannelId
    profile_id: ProfileId
    platform: str
    kind: Kind
    public: bool
    status: ConversationStatus
    title: str | None
    started_at: datetime
    last_activity_at: datetime
    message_count: int
    owed_count: int
    version: int
    owner_id: MemberId | None = None
    priority: Priority = Priority.NORMAL
    snoozed_until: datetime | None = None
    spam: bool = False
    label_ids: tuple[LabelId, ...] = ()
    follower_ids: tuple[MemberId, ...] = ()
    linked_ids: tuple[ConversationId, ...] = ()
    merged_ids: tuple[ConversationId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelView:
    """A word that members put on threads. `colour` is #rrggbb."""

    id: LabelId
    name: str
    colour: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxItemView:
    """One entry of an inbox view: a thread, and the task that puts it there. `unread`: a person spoke since the reader looked."""

    id: UUID
    conversation_id: ConversationId
    task_id: TaskId | None
    discipline: Discipline | None
    urgency: Urgency | None
    member_id: MemberId | None
    due_at: datetime | None
    at: datetime
    unread: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxCountView:
    """How much is in a view. `capped`: there is more than `count`, which was not counted; `shown` is what to print ("1,000+")."""

    view: InboxViewName
    count: int
    capped: bool
    shown: str
    unread: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCountView:
    """How many threads of a channel are not closed; as InboxCountView."""

    channel_id: ChannelId
    count: int
    capped: bool
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxCountsView:
    """The counts of every view of one member, at one instant."""

    views: tuple[InboxCountView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerView:
    """inbound = owed + answered + declined + exempt + alarm, counted in one statement."""

    inbound: int
    owed: int
    answered: int
    declined: int
    exempt: int
    alarm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """The words behind a label: [start, end) in characters of the text."""

    label: str
    start: int
    end: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageView:
    """What an interaction is about, how surely, and which words said so."""

    interaction_id: InteractionId
    discipline: Discipline
    phase: Phase
    sentiment: Sentiment
    urgency: Urgency
    language: str
    intents: tuple[str, ...]
    confidence: float
    deserves_answer: bool
    exempt_reason: str | None
    ready: bool
    crisis: bool
    complaint: bool
    suggestion: bool
    spam: bool
    evidence: tuple[EvidenceView, ...]
    why: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """One piece of social work. `why` is a sentence for people."""

    id: TaskId
    conversation_id: ConversationId
    profile_id: ProfileId
    interaction_ids: tuple[InteractionId, ...]
    discipline: Discipline
    phase: Phase
    urgency: Urgency
    state: TaskState
    member_id: MemberId | None
    why: str
    guidance: str
    due_at: datetime
    opened_at: datetime
    completed_at: datetime | None
    outcome: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookCellView:
    """One cell of the playbook: in this phase, this discipline does this, when this happens."""

    phase: Phase
    discipline: Discipline
    triggers: tuple[str, ...]
    work: str
    guidance: str
    due_minutes: int
    approval: bool
