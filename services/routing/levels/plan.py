"""Which service level holds for an interaction, and by when it wants an answer. Pure; called by tasks' subscribers and by sweeps."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from services.contracts.views.levels import ServiceLevelView
from services.contracts.vocabulary import Discipline, StakeholderKind, Urgency
from services.kit.calendars import Calendar, after_open, local_time

DEFAULT = "default"
WARN_PERCENT = 80
NOTHING: Mapping[str, Calendar] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a level may ask of an interaction. `answered`: whether its writer had an answer in this thread before."""

    discipline: Discipline
    urgency: Urgency
    channel_id: UUID | None
    kinds: Collection[StakeholderKind] = ()
    answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """By when something is to be done, when its owner is warned (so many seconds of working time before), and how both are said."""

    due_at: datetime
    warn_at: datetime
    warn_seconds: int
    words: str
    level: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A workspace's levels, in their order, and its calendars by name."""

    levels: tuple[ServiceLevelView, ...] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=lambda: NOTHING)

    def level_for(self, asked: Asked) -> ServiceLevelView | None:
        """The first that holds."""
        return next((each for each in self.levels if _holds(each, asked)), None)

    def level_named(self, name: str) -> ServiceLevelView | None:
        """The one of that name, as it is now."""
        return next((each for each in self.levels if each.name == name), None)

    def calendar_of(self, level: ServiceLevelView | None) -> Calendar | None:
        """By which a level counts; None: every minute counts."""
        return self.calendars.get((level.calendar if level else "") or DEFAULT)

    def answer_by(self, asked: Asked, *, since: datetime, minutes: int) -> Target:
        """By when an answer is due; `minutes` where no level says otherwise."""
        level = self.level_for(asked)
        wanted = None if level is None else level.next_minutes if asked.answered else level.first_minutes
        if level is None or wanted is None:
            return self._target(None, minutes, since=since, percent=WARN_PERCENT)
        return self._target(level, wanted, since=since, percent=level.warn_percent)

    def resolution_by(self, asked: Asked, *, since: datetime) -> Target | None:
        """By when the whole matter is to be resolved; None where no level says so."""
        level = self.level_for(asked)
        if level is None or level.resolution_minutes is None:
            return None
        return self._target(level, level.resolution_minutes, since=since, percent=level.warn_percent)

    def warn_before(self, due_at: datetime, *, since: datetime, percent: int = WARN_PERCENT) -> datetime:
        """When to warn of a time that somebody else set: the same part of the way, by the clock on the wall."""
        return since + (due_at - since) * percent / 100

    def _target(self, level: ServiceLevelView | None, minutes: int, *, since: datetime, percent: int) -> Target:
        calendar = self.calendar_of(level)
        span = timedelta(minutes=minutes)
        due_at = working_until(calendar, since, span)
        words = f"within {minutes} minutes"
        if calendar is not None:
            words += f" of working time: by {local_time(calendar, due_at)} {calendar.time_zone}"
        name = level.name if level else ""
        before = span * (100 - percent) / 100
        return Target(
            due_at=due_at,
            warn_at=working_until(calendar, since, span - before),
            warn_seconds=round(before.total_seconds()),
            words=words,
            level=name,
        )


def working_until(calendar: Calendar | None, since: datetime, span: timedelta) -> datetime:
    """When so much working time has passed. Without a calendar, or by one that opens no more, every minute counts."""
    found = None if calendar is None else after_open(calendar, since, span)
    return since + span if found is None else found


def _holds(level: ServiceLevelView, asked: Asked) -> bool:
    return (
        (not level.disciplines or asked.discipline in level.disciplines)
        and (not level.urgencies or asked.urgency in level.urgencies)
        and (not level.channel_ids or asked.channel_id in level.channel_ids)
        and (not level.kinds or not set(level.kinds).isdisjoint(asked.kinds))
    )
