"""REST of a channel's hours: when it is open, and what is said when it is not."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from services.contracts.ids import ChannelId
from services.contracts.views.composing import HoursView
from services.engagement import channels
from services.engagement.api.edge import PartsOf
from services.engagement.business_hours import Hours
from services.engagement.composing import hours
from services.engagement.composing.errors import NoHoursError
from services.engagement.composing.showing import hours_view
from services.kit.access import Caller, require
from services.kit.http import RequestBody
from services.kit.http.calendars import Holidays, WeekInput, read_holidays

router = APIRouter(prefix="/v1", tags=["channels"])
Reader = Annotated[Caller, Depends(require("channels:read"))]
Writer = Annotated[Caller, Depends(require("channels:write"))]
Notice = Annotated[str, Field(max_length=2000)]


class SetHours(RequestBody):
    """When the channel is open. `notice` is said outside of it, `holiday_notice` on holidays.

    Both may hold {{hours.next_opening}} and {{hours.holiday}}; an empty notice says nothing.
    """

    time_zone: Annotated[str, Field(max_length=100)]
    week: WeekInput
    holidays: Holidays = Field(default_factory=list)
    notice: Notice = ""
    holiday_notice: Notice = ""

    def hours(self) -> Hours:
        """The same as the calendar takes it."""
        return Hours(
            time_zone=self.time_zone,
            week=self.week.periods(),
            notice=self.notice,
            holidays=read_holidays(self.holidays),
            holiday_notice=self.holiday_notice,
        )


@router.get("/channels/{channel_id}/hours")
async def get_hours(channel_id: UUID, caller: Reader, parts: PartsOf) -> HoursView:
    """When the channel is open, and whether it is now; 404 where it has no hours."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await channels.get_channel(connection, caller.workspace_id, ChannelId(channel_id))
    shown = hours_view(row["hours"], now=parts.clock.now())
    if shown is None:
        raise NoHoursError
    return shown


@router.put("/channels/{channel_id}/hours")
async def set_hours(channel_id: UUID, body: SetHours, caller: Writer, parts: PartsOf) -> HoursView:
    """Say when the channel is open, and what is said when it is not."""
    wanted = body.hours()
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await hours.set_hours(connection, caller.workspace_id, ChannelId(channel_id), hours=wanted)
    await parts.registry.refresh()
    shown = hours_view(row["hours"], now=parts.clock.now())
    if shown is None:
        raise NoHoursError
    return shown


@router.delete("/channels/{channel_id}/hours", status_code=204)
async def delete_hours(channel_id: UUID, caller: Writer, parts: PartsOf) -> Response:
    """Let the channel have no hours: it is always open, and nothing is said by itself."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        await hours.set_hours(connection, caller.workspace_id, ChannelId(channel_id), hours=None)
    await parts.registry.refresh()
    return Response(status_code=204)
