"""Letting a channel's platform be told where to deliver, once more. Called by REST and the command line; the subscriber does it."""

from datetime import datetime

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.channel_errors import ChannelDisconnectedError, NotSubscribableError
from services.engagement.connectors import find_connector
from services.engagement.errors import ChannelNotFoundError
from services.engagement.protocol import Subscribes
from services.engagement.statements import channels, subscribing
from services.kit.db import Connection


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
