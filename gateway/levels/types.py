"""ServiceLevels, ServiceLevel, Calendar, Resolution. Called by the schema; the values are the contract's views."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.composing.types import BusinessDay, Holiday
from gateway.context import Info
from gateway.relay import shows
from gateway.vocabulary import Discipline, StakeholderKind, Urgency
from services.contracts.ids import MemberId
from services.contracts.views import ChannelView, MemberView
from services.contracts.views.levels import CalendarView, ResolutionView, ServiceLevelsView, ServiceLevelView

if TYPE_CHECKING:
    from gateway.access.types import Member
    from gateway.conversations.types import Channel

LazyMember = Annotated["Member", strawberry.lazy("gateway.access.types")]
LazyChannel = Annotated["Channel", strawberry.lazy("gateway.conversations.types")]


async def channels_of_level(root: strawberry.Parent[ServiceLevelView], info: Info) -> list[ChannelView]:
    """The channels that it holds for, as far as they exist."""
    found = await info.context.loaders.channel_by_id.load_many(root.channel_ids)
    return [channel for channel in found if channel is not None]


async def members_told(root: strawberry.Parent[ServiceLevelView], info: Info) -> list[MemberView]:
    """Those who are told of what is missed, as far as they exist."""
    found = await info.context.loaders.member_by_id.load_many([MemberId(each) for each in root.escalate_to])
    return [member for member in found if member is not None]


@shows(CalendarView, description="When people are at work. The one named `default` counts where nothing else is said.")
class Calendar:
    """See CalendarView."""

    name: str = strawberry.field(description="By which levels speak of it.")
    time_zone: str = strawberry.field(description="Such as Europe/Madrid.")
    week: list[BusinessDay] = strawberry.field(graphql_type=list[BusinessDay], description="The seven days, from Monday.")
    holidays: list[Holiday] = strawberry.field(graphql_type=list[Holiday], description="Days on which nobody comes; at most 366.")


@shows(ServiceLevelView, description="Within how long whom: the first level that holds for an interaction counts.")
class ServiceLevel:
    """See ServiceLevelView."""

    name: str = strawberry.field(description="As tasks name it.")
    disciplines: list[Discipline] = strawberry.field(description="Whose work it holds for; empty: everybody's.")
    urgencies: list[Urgency] = strawberry.field(description="For work of which urgency; empty: any.")
    kinds: list[StakeholderKind] = strawberry.field(description="For people of which kinds; empty: anybody.")
    calendar: str = strawberry.field(description="By which calendar its minutes count; empty: the one named default, or every minute.")
    first_minutes: int | None = strawberry.field(description="Until the first answer in a conversation; null: as the playbook says.")
    next_minutes: int | None = strawberry.field(description="Until each answer after that; null: as the playbook says.")
    resolution_minutes: int | None = strawberry.field(description="Until the conversation is closed; it stands still while that waits.")
    warn_percent: int = strawberry.field(description="After how much of the time the owner is warned.")
    channels = strawberry.field(
        resolver=channels_of_level, graphql_type=list[LazyChannel], description="On which channels it holds; empty: all. At most 100."
    )
    escalate_to = strawberry.field(
        resolver=members_told, graphql_type=list[LazyMember], description="Who hears of what is missed besides its owner. At most 20."
    )


@shows(ServiceLevelsView, description="The workspace's calendars and service levels.")
class ServiceLevels:
    """See ServiceLevelsView."""

    calendars: list[Calendar] = strawberry.field(graphql_type=list[Calendar], description="At most 20.")
    levels: list[ServiceLevel] = strawberry.field(graphql_type=list[ServiceLevel], description="In their order; at most 50.")
    version: int = strawberry.field(description="Pass it when replacing them; 0 while nothing was said.")


@shows(ResolutionView, description="By when a person's matter in a conversation is to be resolved.")
class Resolution:
    """See ResolutionView."""

    discipline: Discipline = strawberry.field(description="Whose matter it is.")
    level: str = strawberry.field(description="The service level that set the time.")
    began_at: datetime = strawberry.field(description="When the matter began; UTC.")
    due_at: datetime = strawberry.field(description="When it is to be resolved; UTC.")
    paused_at: datetime | None = strawberry.field(description="Since when its time stands still, because the thread waits; UTC.")
    warned_at: datetime | None = strawberry.field(description="When its owner was warned; UTC.")
    missed_at: datetime | None = strawberry.field(description="When its time was over; UTC; null where it was not.")
    ended_at: datetime | None = strawberry.field(description="When the thread was closed; UTC.")
