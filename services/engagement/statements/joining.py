"""Statements that find the conversation which a message joins, as `app`."""

from collections.abc import Sequence

import asyncpg

from services.contracts.ids import ChannelId, WorkspaceId
from services.kit.db import Connection


async def conversations_of_messages(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, external_ids: Sequence[str]
) -> list[asyncpg.Record]:
    """The key of the conversation of each message that is known."""
    return await connection.fetch(
        """
        SELECT i.external_id, c.key FROM interaction i
        JOIN conversation c ON c.workspace_id = i.workspace_id AND c.id = i.conversation_id AND c.channel_id = i.channel_id
        WHERE i.workspace_id = $1 AND i.channel_id = $2 AND i.external_id = ANY($3)
        """,
        workspace,
        channel,
        list(external_ids),
    )


async def activity_of_conversations(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, keys: Sequence[bytes]
) -> list[asyncpg.Record]:
    """When something was last said in the conversations of these keys."""
    return await connection.fetch(
        "SELECT key, last_activity_at FROM conversation WHERE workspace_id = $1 AND channel_id = $2 AND key = ANY($3)",
        workspace,
        channel,
        list(keys),
    )
