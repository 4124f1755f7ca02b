"""What waits: the ledger and the inbox of a member, as engagement answers. Plain data."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.ids import ChannelId, ConversationId, LabelId, MemberId, SavedFilterId, TaskId
from services.contracts.vocabulary import ConversationStatus, Discipline, InboxViewName, Urgency


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
class SavedFilterView:
    """A choice of conversations under a name: what is null does not narrow. `shared`: every member sees it; its maker may change it."""

    id: SavedFilterId
    member_id: MemberId
    name: str
    shared: bool
    status: ConversationStatus | None
    channel_id: ChannelId | None
    owner_id: MemberId | None
    label_id: LabelId | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterCountView:
    """How many conversations a saved filter finds; as InboxCountView."""

    count: int
    capped: bool
    shown: str
