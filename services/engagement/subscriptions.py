"""Letting a channel's platform be told where to deliver, once more: on demand, or before what it granted is over.

Called by REST, the command line and the inbound worker; the subscriber does it.
"""

from datetime import datetime, timedelta

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.channel_errors import ChannelDisconnectedError, NotSubscribableError
from services.engagement.connectors import find_connector
from services.engagement.errors import ChannelNotFoundError
from services.engagement.protocol import Subscribes
from services.engagement.statements import channels, subscribing
from services.kit.db import Connection

# What does not hold for good is told again when this part of its time is over.
RENEWED_AFTER = 0.8
# A platform that says that it does not deliver is asked again then: its reasons may be of the moment.
DENIED_WAIT = timedelta(hours=1)


def told_again_at(lease: timedelta, *, now: datetime) -> datetime:
    """When a platform is told again that delivers for so long."""
    return now + lease * RENEWED_AFTER


async def note_lease(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, lease: timedelta, told_at: datetime) -> None:
    """The platform said for how long it delivers, or (no time) that it does not."""
    again_at = told_again_at(lease, now=told_at) if lease else told_at + DENIED_WAIT
    await subscribing.note_lease(connection, workspace, channel, again_at=again_at)


async def demand_subscription(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, now: datetime) -> None:
    """Let it be told within seconds. Raises ChannelNotFoundError, ChannelDisconnectedError, NotSubscribableError."""
    row = await channels.channel_of(connection, workspace, channel)
    if row is None:
        raise ChannelNotFoundError
    if row["disconnected_at"] is not None:
        raise ChannelDisconnectedError
    if not isinstance(find_connector(row["platform"]), Subscribes):
        raise NotSubscribableError(f"{row['platform']} is told by people, in its own settings, or asked by us.")
    await subscribing.demand(connection, workspace, channel, now=now)
