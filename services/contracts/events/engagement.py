"""What engagement says: what came in, what became of it, where our replies stand. Plain data."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from services.contracts.envelope import Event
from services.contracts.ids import ChannelId, ConversationId, InteractionId, JobId, MemberId, NotificationId, ProfileId, PromiseId, ReplyId
from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import (
    BulkAction,
    ConversationStatus,
    Discipline,
    JobState,
    Ledger,
    NotificationKind,
    Priority,
    ReplyState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelConnected(Event):
    """One account on one platform is connected and receives."""

    type: ClassVar[str] = "engagement.channel.connected"
    about: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    platform: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelInterrupted(Event):
    """The platform does not answer: the channel's breaker opened, its replies wait, and one will try at `probe_at`."""

    type: ClassVar[str] = "engagement.channel.interrupted"
    about: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    reason: str
    probe_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRecovered(Event):
    """A reply came through: the channel's breaker closed, and what waited goes out."""

    type: ClassVar[str] = "engagement.channel.recovered"
    about: ClassVar[str] = "channel_id"
    channel_id: ChannelId


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionReceived(Event):
    """Something happened between a person and us, and is in the history. `historic` ones start no work."""

    type: ClassVar[str] = "engagement.interaction.received"
    about: ClassVar[str] = "conversation_id"
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
    incomplete: bool = False
    """True where the platform told neither with it nor in time what was said: `InteractionCompleted` may follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionCompleted(Event):
    """What the platform's delivery did not say was asked for after `InteractionReceived`: `event` is the whole of it now.

    `words`: it was not known what was said, or by whom; else only who the person is. `profile_id` may be another than at first.
    """

    type: ClassVar[str] = "engagement.interaction.completed"
    about: ClassVar[str] = "conversation_id"
    interaction_id: InteractionId
    profile_id: ProfileId
    channel_id: ChannelId
    conversation_id: ConversationId
    event: NeutralEvent
    received_at: datetime
    words: bool
    ledger: Ledger | None = None
    historic: bool = False
    answers_us: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionEdited(Event):
    """Its author changed the text; the old one is kept in the history of the row. `rating`: the stars that a review has now."""

    type: ClassVar[str] = "engagement.interaction.edited"
    about: ClassVar[str] = "conversation_id"
    interaction_id: InteractionId
    conversation_id: ConversationId
    profile_id: ProfileId
    text: str | None
    edited_at: datetime
    rating: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionDeleted(Event):
    """Its author, or the platform, took it back."""

    type: ClassVar[str] = "engagement.interaction.deleted"
    about: ClassVar[str] = "conversation_id"
    interaction_id: InteractionId
    conversation_id: ConversationId
    profile_id: ProfileId
    deleted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionSettled(Event):
    """The ledger moved an interaction out of owed or alarm: answered, declined or exempt, by whom and why."""

    type: ClassVar[str] = "engagement.interaction.settled"
    about: ClassVar[str] = "conversation_id"
    interaction_id: InteractionId
    conversation_id: ConversationId
    profile_id: ProfileId
    ledger: Ledger
    reason: str = ""
    by: MemberId | None = None
    reply_id: ReplyId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionReopened(Event):
    """The ledger owes an answer again: a member took back a decline, a block, or the mark of spam; `reason` says which."""

    type: ClassVar[str] = "engagement.interaction.reopened"
    about: ClassVar[str] = "conversation_id"
    interaction_id: InteractionId
    conversation_id: ConversationId
    profile_id: ProfileId
    by: MemberId | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAdvanced(Event):
    """A bulk action did another batch; `done` and `failed` count conversations, of `total`."""

    type: ClassVar[str] = "engagement.job.advanced"
    about: ClassVar[str] = "job_id"
    job_id: JobId
    action: BulkAction
    state: JobState
    total: int
    done: int
    failed: int
    by: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileBlocked(Event):
    """What this person sends is kept and owes nothing from now on."""

    type: ClassVar[str] = "engagement.profile.blocked"
    about: ClassVar[str] = "profile_id"
    profile_id: ProfileId
    at: datetime
    reason: str = ""
    by: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileUnblocked(Event):
    """A block was taken back."""

    type: ClassVar[str] = "engagement.profile.unblocked"
    about: ClassVar[str] = "profile_id"
    profile_id: ProfileId
    at: datetime
    by: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _PromiseEvent(Event):
    about: ClassVar[str] = "conversation_id"
    promise_id: PromiseId
    conversation_id: ConversationId
    profile_id: ProfileId
    text: str
    due_at: datetime
    member_id: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseDue(_PromiseEvent):
    """What a member promised falls due within the hour."""

    type: ClassVar[str] = "engagement.promise.due"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseOverdue(_PromiseEvent):
    """The time of a promise has passed and nobody has said that it was kept."""

    type: ClassVar[str] = "engagement.promise.overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationChanged(Event):
    """A thread opened, closed, was snoozed, assigned, labelled, merged or otherwise changed; the fields say how it is now.

    `changes` names what changed: status, owner, priority, labels, spam, links, merge. `cause` is "message" where a message reopened or
    woke it, "time" where its snooze ended, "hand_over" where its owner left, "hand_off" where the owner's task went to another
    discipline, and empty where a member did it (`by`). A thread that was merged names the `survivor_id`.
    """

    type: ClassVar[str] = "engagement.conversation.changed"
    about: ClassVar[str] = "conversation_id"
    conversation_id: ConversationId
    channel_id: ChannelId
    status: ConversationStatus
    version: int
    by: MemberId | None = None
    owner_id: MemberId | None = None
    priority: Priority = Priority.NORMAL
    snoozed_until: datetime | None = None
    survivor_id: ConversationId | None = None
    changes: tuple[str, ...] = ("status",)
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(Event):
    """A member wrote a note for colleagues. It leaves the company on no channel. `followers` are those who follow the thread."""

    type: ClassVar[str] = "engagement.note.added"
    about: ClassVar[str] = "conversation_id"
    note_id: InteractionId
    conversation_id: ConversationId
    channel_id: ChannelId
    profile_id: ProfileId
    text: str
    at: datetime
    by: MemberId | None = None
    mentioned: tuple[MemberId, ...] = ()
    followers: tuple[MemberId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReplyEvent(Event):
    about: ClassVar[str] = "conversation_id"
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
    decided_by: MemberId | None = None
    """Who approved or rejected it, where it had to be approved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyProposed(_ReplyEvent):
    """A member's words wait for another member's approval; nothing sends them before."""

    type: ClassVar[str] = "engagement.reply.proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRejected(_ReplyEvent):
    """Another member does not want it said; `reason` is theirs. It will never be sent."""

    type: ClassVar[str] = "engagement.reply.rejected"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyUnsettled(_ReplyEvent):
    """It has been in doubt for a minute and nothing has settled it: a person has to look on the platform and say (settleReply)."""

    type: ClassVar[str] = "engagement.reply.unsettled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyEdited(_ReplyEvent):
    """The platform took a new text for what we had sent."""

    type: ClassVar[str] = "engagement.reply.edited"
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDeleted(_ReplyEvent):
    """The platform took back what we had sent, or no longer had it."""

    type: ClassVar[str] = "engagement.reply.deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyChangeFailed(_ReplyEvent):
    """An edit or deletion of what we had sent did not succeed, or (`in_doubt`) nobody knows; `reason` says why. What was sent stands."""

    type: ClassVar[str] = "engagement.reply.change_failed"
    change: str = ""
    in_doubt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationAdded(Event):
    """A member is to know of a matter. What happens in it again, while it is unread, is counted and not told anew."""

    type: ClassVar[str] = "engagement.notification.added"
    about: ClassVar[str] = "member_id"
    notification_id: NotificationId
    member_id: MemberId
    kind: NotificationKind
    at: datetime
    conversation_id: ConversationId | None = None
    channel_id: ChannelId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingGiven(Event):
    """A person said how satisfied they are with an answer: 1 to 5 stars. `changed` where they said so before."""

    type: ClassVar[str] = "engagement.rating.given"
    about: ClassVar[str] = "conversation_id"
    conversation_id: ConversationId
    channel_id: ChannelId
    profile_id: ProfileId
    reply_id: ReplyId
    member_id: MemberId
    discipline: Discipline | None
    stars: int
    changed: bool
    at: datetime
