"""What engagement answers to the gateway about writing: drafts, canned replies, promises, hours. Plain data."""

from dataclasses import dataclass
from datetime import date, datetime

from services.contracts.ids import CannedReplyId, ChannelId, ConversationId, InteractionId, MemberId, ProfileId, PromiseId
from services.contracts.vocabulary import Discipline, PromiseState


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """What a member has begun to write in a conversation. `version` guards it against the member's other screens."""

    conversation_id: ConversationId
    member_id: MemberId
    text: str
    in_reply_to: InteractionId | None
    changed_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRuleView:
    """Which public replies of a channel wait for another member: all, or those about matters of these disciplines."""

    channel_id: ChannelId
    all: bool
    disciplines: tuple[Discipline, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedReplyView:
    """A prepared text with placeholders, found by its shortcut; one per language."""

    id: CannedReplyId
    shortcut: str
    language: str
    title: str
    text: str
    changed_by: MemberId | None
    changed_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedReplyView:
    """A canned reply filled for a conversation, to be read over. `unfilled` are the placeholders for which there was nothing."""

    canned_reply_id: CannedReplyId
    language: str
    text: str
    unfilled: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseView:
    """What a member promised a person for a time, and what became of it."""

    id: PromiseId
    conversation_id: ConversationId
    profile_id: ProfileId
    member_id: MemberId | None
    text: str
    due_at: datetime
    state: PromiseState
    made_at: datetime
    settled_at: datetime | None
    settled_by: MemberId | None
    version: int


@dataclass(frozen=True, slots=True)
class PeriodView:
    """Open from `opens` until `closes`, as HH:MM of the channel's time zone; the end of a day is 24:00."""

    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of the week, in lower case, and when the channel is open on it."""

    day: str
    periods: tuple[PeriodView, ...]


@dataclass(frozen=True, slots=True)
class HolidayView:
    """A day on which the channel is closed."""

    day: date
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursView:
    """When a channel is open, from Monday, and what is said when it is not. `next_opening` is None while it is open."""

    time_zone: str
    week: tuple[DayView, ...]
    holidays: tuple[HolidayView, ...]
    notice: str
    holiday_notice: str
    open_now: bool
    next_opening: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModerationView:
    """What we did on the platform to what a person said: hid it there from others, liked it; the last of it by whom, and when."""

    interaction_id: InteractionId
    hidden: bool
    liked: bool
    member_id: MemberId | None
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationView:
    """A text in another language. `language` is the one that it was written in, where the provider tells."""

    text: str
    language: str | None
