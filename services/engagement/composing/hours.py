"""Set a channel's hours. Called by REST, in the edge's transaction; the registry learns of it as of any change of a channel."""

import asyncpg
import msgspec

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.business_hours import Hours
from services.engagement.composing.errors import HoursRefusedError, PlaceholderUnknownError
from services.engagement.composing.notices import PLACES
from services.engagement.errors import ChannelNotFoundError
from services.engagement.placeholders import unknown_places
from services.engagement.statements import notices as statements
from services.kit.calendars import HoursError, check_calendar
from services.kit.db import Connection


async def set_hours(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, hours: Hours | None) -> asyncpg.Record:
    """Keep them; None for none. Raises HoursRefusedError, PlaceholderUnknownError, ChannelNotFoundError."""
    if hours is not None:
        _refuse_odd(hours)
    stored = None if hours is None else msgspec.to_builtins(hours)
    row = await statements.set_hours(connection, workspace, channel, hours=stored)
    if row is None:
        raise ChannelNotFoundError
    return row


def _refuse_odd(hours: Hours) -> None:
    try:
        check_calendar(hours)
    except HoursError as error:
        raise HoursRefusedError(str(error)[:1].upper() + str(error)[1:] + ".") from error
    unknown = [*unknown_places(hours.notice, known=PLACES), *unknown_places(hours.holiday_notice, known=PLACES)]
    if unknown:
        detail = f"Nothing fills {', '.join(unknown)} here. What can be filled: {', '.join(PLACES)}."
        raise PlaceholderUnknownError(detail, unknown=unknown, known=list(PLACES))
