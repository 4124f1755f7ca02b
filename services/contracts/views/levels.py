"""What routing answers about service levels: calendars, within how long people are answered, matters to be resolved. Plain data."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import ChannelId, ConversationId, MemberId, ProfileId, ResolutionId
from services.contracts.views.composing import DayView, HolidayView
from services.contracts.vocabulary import Discipline, StakeholderKind, Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarView:
    """When people are at work, from Monday. The one named `default` counts where nothing else is said."""

    name: str
    time_zone: str
    week: tuple[DayView, ...]
    holidays: tuple[HolidayView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevelView:
    """For whom it holds (empty: for all), and within how many minutes of `calendar` they are answered and their matters resolved.

    Of several, the first that holds counts. None: as the playbook says (answers), or no target (resolution). `warn_percent`: after how
    much of the time the owner is warned. `escalate_to`: who is told, besides, of what is missed.
    """

    name: str
    disciplines: tuple[Discipline, ...] = ()
    channel_ids: tuple[ChannelId, ...] = ()
    urgencies: tuple[Urgency, ...] = ()
    kinds: tuple[StakeholderKind, ...] = ()
    calendar: str = ""
    first_minutes: int | None = None
    next_minutes: int | None = None
    resolution_minutes: int | None = None
    warn_percent: int = 80
    escalate_to: tuple[MemberId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevelsView:
    """A workspace's calendars and service levels, in their order. Version 0: nothing was said yet, the playbook's minutes count."""

    calendars: tuple[CalendarView, ...]
    levels: tuple[ServiceLevelView, ...]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionView:
    """By when a person's matter in a conversation is to be resolved. It stands still while `paused_at` is set."""

    id: ResolutionId
    conversation_id: ConversationId
    profile_id: ProfileId
    discipline: Discipline
    level: str
    began_at: datetime
    due_at: datetime
    paused_at: datetime | None
    warned_at: datetime | None
    missed_at: datetime | None
    ended_at: datetime | None
