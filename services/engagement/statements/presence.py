"""Statements of presence: which thread somebody is at. As `app`; nothing of presence is written."""

from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, ConversationId, ProfileId, WorkspaceId
from services.kit.db import Connection


async def spoken_thread(connection: Connection, workspace: WorkspaceId, conversation: ConversationId) -> asyncpg.Record | None:
    """A thread and whom it is with; for one that was merged away, the thread that speaks for it."""
    return await connection.fetchrow(
        """
        SELECT c.id, c.profile_id FROM conversation a
        JOIN conversation c ON c.workspace_id = $1 AND c.id = CASE WHEN a.survivor_id IS NULL THEN a.id ELSE a.survivor_id END
        WHERE a.workspace_id = $1 AND a.id = $2
        """,
        workspace,
        conversation,
    )


async def thread_of_person(connection: Connection, workspace: WorkspaceId, channel: ChannelId, profile: ProfileId) -> UUID | None:
    """The newest thread with a person in a channel; for one that was merged away, the thread that speaks for it."""
    found: UUID | None = await connection.fetchval(
        """
        SELECT CASE WHEN survivor_id IS NULL THEN id ELSE survivor_id END FROM conversation
        WHERE workspace_id = $1 AND profile_id = $2 AND channel_id = $3 ORDER BY last_activity_at DESC LIMIT 1
        """,
        workspace,
        profile,
        channel,
    )
    return found
