"""Every event, grouped by the service that owns it. Read top to bottom, this is the map of the flow. Plain data.

Events are past participles and carry facts, not commands. Fields may be added with a default; nothing is renamed or removed:
tests/contracts replays a recorded example of each for ever after.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from services.contracts.envelope import Event
from services.contracts.ids import (
    ChannelId,
    ContactId,
    ConversationId,
    InteractionId,
    KeyId,
    MemberId,
    MergeId,
    ProfileId,
    ReplyId,
    SessionId,
    TaskId,
    WorkspaceId,
)
from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import (
    ConversationStatus,
    Discipline,
    Ledger,
    Phase,
    ReplyState,
    Role,
    Sentiment,
    Urgency,
)

# --- identity: who -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceCreated(Event):
    """A tenant exists. Routing fills its playbook from here."""

    type: ClassVar[str] = "identity.workspace.created"
    workspace_id: WorkspaceId
    slug: str
    name: str

    def aggregate(self) -> str:
        return str(self.workspace_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanged(Event):
    """A member joined, changed role or disciplines, or was deactivated."""

    type: ClassVar[str] = "identity.member.changed"
    member_id: MemberId
    name: str
    role: Role
    disciplines: tuple[Discipline, ...] = ()
    active: bool = True

    def aggregate(self) -> str:
        return str(self.member_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRevoked(Event):
    """A session or an API key ended: every service forgets its verified tokens within two seconds."""

    type: ClassVar[str] = "identity.access.revoked"
    session_id: SessionId | None = None
    key_id: KeyId | None = None

    def aggregate(self) -> str:
        return str(self.session_id or self.key_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileAssigned(Event):
    """A profile belongs to a contact. `version` grows per profile; a reader ignores older ones, so order does not matter."""

    type: ClassVar[str] = "identity.profile.assigned"
    profile_id: ProfileId
    contact_id: ContactId
    version: int
    rule: str
    previous_contact_id: ContactId | None = None
    explanation: str = ""

    def aggregate(self) -> str:
        return str(self.profile_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMerged(Event):
    """Two contacts became one; the absorbed id answers with the survivor from now on."""

    type: ClassVar[str] = "identity.contact.merged"
    merge_id: MergeId
    survivor_id: ContactId
    absorbed_id: ContactId
    profile_ids: tuple[ProfileId, ...]
    version: int
    by: MemberId | None = None

    def aggregate(self) -> str:
        return str(self.survivor_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSplit(Event):
    """A merge was taken back; both contacts are as they were, plus what happened since."""

    type: ClassVar[str] = "identity.contact.split"
    merge_id: MergeId
    survivor_id: ContactId
    restored_id: ContactId
    profile_ids: tuple[ProfileId, ...]
    version: int
    by: MemberId | None = None

    def aggregate(self) -> str:
        return str(self.survivor_id)


# --- engagement: what --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelConnected(Event):
    """One account on one platform is connected and receives."""

    type: ClassVar[str] = "engagement.channel.connected"
    channel_id: ChannelId
    platform: str

    def aggregate(self) -> str:
        return str(self.channel_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionReceived(Event):
    """Something happened between a person and us, and is in the history. `historic` ones start no work."""

    type: ClassVar[str] = "engagement.interaction.received"
    interaction_id: InteractionId
    profile_id: ProfileId
    channel_id: ChannelId
    conversation_id: ConversationId
    event: NeutralEvent
    received_at: datetime
    ledger: Ledger | None = None
    historic: bool = False
    answers_us: bool = False
    """True where the person answers something we said, in a thread in which we already spoke."""

    def aggregate(self) -> str:
        return str(self.conversation_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionEdited(Event):
    """Its author changed the text; the old one is kept in the history of the row."""

    type: ClassVar[str] = "engagement.interaction.edited"
    interaction_id: InteractionId
    conversation_id: ConversationId
    profile_id: ProfileId
    text: str | None
    edited_at: datetime

    def aggregate(self) -> str:
        return str(self.conversation_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionDeleted(Event):
    """Its author, or the platform, took it back."""

    type: ClassVar[str] = "engagement.interaction.deleted"
    interaction_id: InteractionId
    conversation_id: ConversationId
    profile_id: ProfileId
    deleted_at: datetime

    def aggregate(self) -> str:
        return str(self.conversation_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionSettled(Event):
    """The ledger moved an interaction out of owed or alarm: answered, declined or exempt, by whom and why."""

    type: ClassVar[str] = "engagement.interaction.settled"
    interaction_id: InteractionId
    conversation_id: ConversationId
    profile_id: ProfileId
    ledger: Ledger
    reason: str = ""
    by: MemberId | None = None
    reply_id: ReplyId | None = None

    def aggregate(self) -> str:
        return str(self.conversation_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationChanged(Event):
    """A thread opened, closed, was snoozed or reopened."""

    type: ClassVar[str] = "engagement.conversation.changed"
    conversation_id: ConversationId
    channel_id: ChannelId
    status: ConversationStatus
    version: int
    by: MemberId | None = None

    def aggregate(self) -> str:
        return str(self.conversation_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReplyEvent(Event):
    reply_id: ReplyId
    interaction_id: InteractionId
    conversation_id: ConversationId
    channel_id: ChannelId
    profile_id: ProfileId
    state: ReplyState
    at: datetime
    member_id: MemberId | None = None
    attempt: int = 0
    external_id: str | None = None
    reason: str = ""
    answers: tuple[InteractionId, ...] = field(default=())

    def aggregate(self) -> str:
        return str(self.conversation_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyQueued(_ReplyEvent):
    """A member's words are committed and wait for the sender."""

    type: ClassVar[str] = "engagement.reply.queued"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplySent(_ReplyEvent):
    """The platform took it. `answers` are the owed interactions that it settles."""

    type: ClassVar[str] = "engagement.reply.sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDelivered(_ReplyEvent):
    """The platform says that it arrived."""

    type: ClassVar[str] = "engagement.reply.delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRead(_ReplyEvent):
    """The platform says that the person saw it."""

    type: ClassVar[str] = "engagement.reply.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFailed(_ReplyEvent):
    """It was certainly not sent and will not be retried; `reason` is the platform's own."""

    type: ClassVar[str] = "engagement.reply.failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyUnknown(_ReplyEvent):
    """It may or may not have been sent; never resent blindly."""

    type: ClassVar[str] = "engagement.reply.unknown"


# --- routing: where, and who of us -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The words that led to a label: [start, end) in characters of the text, and the rule or model that saw them."""

    label: str
    start: int
    end: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionTriaged(Event):
    """What an interaction is about, whose job it is, and whether it may be exempt (None: stays owed)."""

    type: ClassVar[str] = "routing.interaction.triaged"
    interaction_id: InteractionId
    profile_id: ProfileId
    conversation_id: ConversationId
    discipline: Discipline
    phase: Phase
    sentiment: Sentiment
    urgency: Urgency
    language: str
    intents: tuple[str, ...]
    confidence: float
    deserves_answer: bool
    exempt_reason: str | None
    version: str
    evidence: tuple[Evidence, ...] = ()
    ready: bool = False
    crisis: bool = False
    complaint: bool = False
    suggestion: bool = False
    spam: bool = False

    def aggregate(self) -> str:
        return str(self.conversation_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAssigned(Event):
    """A piece of social work exists and is somebody's: a discipline's queue, or one member's. `why` is for people."""

    type: ClassVar[str] = "routing.task.assigned"
    task_id: TaskId
    conversation_id: ConversationId
    profile_id: ProfileId
    interaction_ids: tuple[InteractionId, ...]
    discipline: Discipline
    phase: Phase
    urgency: Urgency
    due_at: datetime
    why: str
    version: int
    member_id: MemberId | None = None

    def aggregate(self) -> str:
        return str(self.task_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(Event):
    """The work is done: answered, done otherwise, or declined with a reason."""

    type: ClassVar[str] = "routing.task.completed"
    task_id: TaskId
    conversation_id: ConversationId
    profile_id: ProfileId
    discipline: Discipline
    outcome: str
    reason: str = ""
    minutes: int = 0
    by: MemberId | None = None

    def aggregate(self) -> str:
        return str(self.task_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileStageChanged(Event):
    """A person moved on the ring of one product line, and what moved them."""

    type: ClassVar[str] = "routing.profile.stage_changed"
    profile_id: ProfileId
    line: str
    from_stage: str | None
    to_stage: str
    phase: Phase
    cause: InteractionId | None
    reason: str
    confidence: float
    at: datetime

    def aggregate(self) -> str:
        return str(self.profile_id)


EVENTS: dict[str, type[Event]] = {
    event.type: event
    for event in (
        WorkspaceCreated,
        MemberChanged,
        AccessRevoked,
        ProfileAssigned,
        ContactMerged,
        ContactSplit,
        ChannelConnected,
        InteractionReceived,
        InteractionEdited,
        InteractionDeleted,
        InteractionSettled,
        ConversationChanged,
        ReplyQueued,
        ReplySent,
        ReplyDelivered,
        ReplyRead,
        ReplyFailed,
        ReplyUnknown,
        InteractionTriaged,
        TaskAssigned,
        TaskCompleted,
        ProfileStageChanged,
    )
}
