"""The report of walls. Answered by engagement, shown by the gateway; plain data."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import ChannelId, ContactId, ConversationId, InteractionId, MemberId, ProfileId
from services.contracts.views.history import VenueView
from services.contracts.vocabulary import Discipline


@dataclass(frozen=True, slots=True, kw_only=True)
class WallView:
    """A person who was left unanswered. All but `count`, `since` and `due_at` is of the oldest interaction, whose id is `oldest_id`.

    `contact_id` is null for the moment before identity has said whose account it is; `member_id` where nobody has it, `due_at`
    where nobody said by when.
    """

    oldest_id: InteractionId
    contact_id: ContactId | None
    profile_id: ProfileId
    conversation_id: ConversationId
    channel_id: ChannelId
    platform: str
    venue: VenueView
    discipline: Discipline | None
    member_id: MemberId | None
    since: datetime
    due_at: datetime | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelWallsView:
    """What is unanswered on a channel."""

    channel_id: ChannelId
    people: int
    interactions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisciplineWallsView:
    """What is unanswered in a discipline; null: what triage has not given to any."""

    discipline: Discipline | None
    people: int
    interactions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberWallsView:
    """What a member leaves unanswered; null: what is nobody's."""

    member_id: MemberId | None
    people: int
    interactions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WallTotalsView:
    """How many people and interactions are unanswered, since when, and where; those with most first.

    `capped`: there are more than were counted, and those that were due first were. At most 100 members.
    """

    people: int
    interactions: int
    since: datetime | None
    capped: bool
    by_channel: tuple[ChannelWallsView, ...]
    by_discipline: tuple[DisciplineWallsView, ...]
    by_member: tuple[MemberWallsView, ...]
