"""REST of service levels: calendars and levels, read and replaced whole; and by when matters of a conversation are to be resolved."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from services.contracts.ids import ChannelId, MemberId
from services.contracts.views.levels import CalendarView, ResolutionView, ServiceLevelsView, ServiceLevelView
from services.contracts.vocabulary import Discipline, StakeholderKind, Urgency
from services.kit.access import Caller, require
from services.kit.calendars import Calendar
from services.kit.http import RequestBody
from services.kit.http.calendars import Holidays, WeekInput, read_holidays
from services.routing.api.edge import PartsOf
from services.routing.levels.keeping import calendar_view, levels_of, replace_levels
from services.routing.levels.resolutions import list_resolutions

router = APIRouter(prefix="/v1", tags=["service levels"])
Reader = Annotated[Caller, Depends(require("tasks:read"))]
Editor = Annotated[Caller, Depends(require("playbook:write"))]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Minutes = Annotated[int | None, Field(ge=1, le=366 * 24 * 60)]


class CalendarInput(RequestBody):
    """When people are at work. The one named `default` counts where a level names none, and for the playbook's minutes."""

    name: Name
    time_zone: Annotated[str, Field(max_length=100)]
    week: WeekInput
    holidays: Holidays = Field(default_factory=list)

    def view(self) -> CalendarView:
        """The same as it is kept."""
        calendar = Calendar(time_zone=self.time_zone, week=self.week.periods(), holidays=read_holidays(self.holidays))
        return calendar_view(self.name, calendar)


class LevelInput(RequestBody):
    """For whom it holds (left out: for all), and within how many minutes of working time. The first that holds counts."""

    name: Name
    disciplines: Annotated[tuple[Discipline, ...], Field(max_length=10)] = ()
    channel_ids: Annotated[tuple[UUID, ...], Field(max_length=100)] = ()
    urgencies: Annotated[tuple[Urgency, ...], Field(max_length=3)] = ()
    kinds: Annotated[tuple[StakeholderKind, ...], Field(max_length=20)] = ()
    calendar: Annotated[str, Field(max_length=100, description="A calendar's name; empty: the one named default, or every minute.")] = ""
    first_minutes: Annotated[Minutes, Field(description="Until the first answer in a conversation; null: as the playbook says.")] = None
    next_minutes: Annotated[Minutes, Field(description="Until each answer after that; null: as the playbook says.")] = None
    resolution_minutes: Annotated[Minutes, Field(description="Until the conversation is closed; it stands still while that waits.")] = None
    warn_percent: Annotated[int, Field(ge=1, le=99, description="After how much of the time the owner is warned.")] = 80
    escalate_to: Annotated[tuple[UUID, ...], Field(max_length=20, description="Members who hear of what is missed.")] = ()

    def view(self) -> ServiceLevelView:
        """The same as it is kept."""
        return ServiceLevelView(
            name=self.name,
            disciplines=self.disciplines,
            channel_ids=tuple(ChannelId(each) for each in self.channel_ids),
            urgencies=self.urgencies,
            kinds=self.kinds,
            calendar=self.calendar,
            first_minutes=self.first_minutes,
            next_minutes=self.next_minutes,
            resolution_minutes=self.resolution_minutes,
            warn_percent=self.warn_percent,
            escalate_to=tuple(MemberId(each) for each in self.escalate_to),
        )


class ServiceLevelsBody(RequestBody):
    """All calendars and levels as they are to be, with the version that was read (0: none yet)."""

    calendars: Annotated[list[CalendarInput], Field(max_length=20)]
    levels: Annotated[list[LevelInput], Field(max_length=50)]
    version: Annotated[int, Field(ge=0, le=2**31 - 2)]

    def view(self) -> ServiceLevelsView:
        """The same as it is kept."""
        calendars, levels = tuple(each.view() for each in self.calendars), tuple(each.view() for each in self.levels)
        return ServiceLevelsView(calendars=calendars, levels=levels, version=self.version)


@router.get("/service-levels")
async def get_service_levels(caller: Reader, parts: PartsOf) -> ServiceLevelsView:
    """The workspace's calendars and service levels, in their order."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await levels_of(connection, caller.workspace_id)


@router.put("/service-levels")
async def set_service_levels(body: ServiceLevelsBody, caller: Editor, parts: PartsOf) -> ServiceLevelsView:
    """Replace them, for work that comes from now on. Refused where somebody changed them meanwhile."""
    said = body.view()
    named = next((member for level in said.levels for member in level.escalate_to), None)
    await parts.members.know(caller.workspace_id, named=named)
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await replace_levels(connection, caller.workspace_id, said, by=caller.caller_id, now=parts.clock.now())


@router.get("/conversations/{conversation_id}/resolutions")
async def list_resolutions_of(conversation_id: UUID, caller: Reader, parts: PartsOf) -> list[ResolutionView]:
    """By when the conversation's matters are to be resolved, oldest first; none where no service level says so."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        found = await list_resolutions(connection, caller.workspace_id, [conversation_id])
    return found[0]
