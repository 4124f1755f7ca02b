"""Statements for beginning a conversation. As `app`."""

from datetime import datetime

from services.contracts.ids import ChannelId, ProfileId, WorkspaceId
from services.kit.db import Connection


async def last_inbound_of(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, profile: ProfileId) -> datetime | None:
    """When a person last wrote to this channel, in whatever thread; looks at no more than their latest hundred entries."""
    found: datetime | None = await connection.fetchval(
        """
        SELECT max(i.occurred_at) FROM (
            SELECT occurred_at, channel_id, direction FROM interaction
            WHERE workspace_id = $1 AND profile_id = $3 ORDER BY occurred_at DESC, id DESC LIMIT 100
        ) i WHERE i.channel_id = $2 AND i.direction = 'inbound'
        """,
        workspace,
        channel,
        profile,
    )
    return found
