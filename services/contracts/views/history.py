"""What was said and what is said back: channels, threads, interactions, replies, as engagement answers. Plain data."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import ChannelId, ConversationId, InteractionId, LabelId, MemberId, ProfileId, ReplyId
from services.contracts.interaction import Attachment
from services.contracts.views.sending import ReplyChangeView
from services.contracts.vocabulary import (
    Addressed,
    Control,
    ConversationStatus,
    Direction,
    Discipline,
    Kind,
    Ledger,
    Media,
    Phase,
    Priority,
    ReplyState,
    Sentiment,
    Source,
    Urgency,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """One connected account on a platform; never its credentials. One that was disconnected stays for its history.

    `app_webhook_path` is the one address of all accounts of its app, where there is one.
    """

    id: ChannelId
    platform: str
    name: str
    active: bool
    webhook_path: str
    created_at: datetime
    disconnected_at: datetime | None = None
    app_webhook_path: str | None = None


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
class ChoiceView:
    """Something to choose: its `id` comes back, or its `url` is opened."""

    title: str
    id: str = ""
    url: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicesView:
    """What a reply lets the person choose from; `label` is on what opens a list."""

    options: tuple[ChoiceView, ...]
    label: str = ""


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
    choices: ChoicesView | None = None
    purpose: str = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionView:
    """One row of the history: what was said or done, by whom, where, and what became of it.

    Of what came in, `member_id` settled it at `settled_at`, with `answer_id` where that is a row of the history. `reply_to_profile_id`
    wrote what it answers. `choice` is the id of what the person chose, where they pressed something. What a list says of a
    person has neither conversation nor channel.
    """

    id: InteractionId
    conversation_id: ConversationId | None
    channel_id: ChannelId | None
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
    settled_at: datetime | None = None
    answer_id: InteractionId | None = None
    reply_to_profile_id: ProfileId | None = None
    choice: str | None = None


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
