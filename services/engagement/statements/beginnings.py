"""Statements for beginning a conversation. As `app`."""

from datetime import datetime
from uuid import UUID

from services.contracts.ids import ChannelId, InteractionId, ProfileId, ReplyId, WorkspaceId
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


async def private_thread_of(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, profile: ProfileId) -> UUID | None:
    """The thread in which a person last wrote to this channel in private; None where they never did."""
    found: UUID | None = await connection.fetchval(
        """
        SELECT id FROM conversation
        WHERE workspace_id = $1 AND profile_id = $3 AND channel_id = $2 AND kind = 'direct' AND NOT public AND version > 0
        ORDER BY last_activity_at DESC LIMIT 1
        """,
        workspace,
        channel,
        profile,
    )
    return found


async def are_one_person(connection: Connection, workspace: WorkspaceId, profile: UUID, other: UUID) -> bool:
    """Whether two accounts are the same, or of the same contact."""
    found = await connection.fetchval(
        """
        SELECT $2::uuid = $3::uuid OR EXISTS (
            SELECT FROM profile_contact a JOIN profile_contact b ON b.workspace_id = $1 AND b.contact_id = a.contact_id
            WHERE a.workspace_id = $1 AND a.profile_id = $2 AND b.profile_id = $3
        )
        """,
        workspace,
        profile,
        other,
    )
    return bool(found)


async def name_about(connection: Connection, workspace: WorkspaceId, reply: ReplyId, *, about: InteractionId) -> None:
    """Say what, in another thread, a reply answers beside what it answers in its own."""
    await connection.execute("UPDATE reply SET about_id = $3 WHERE workspace_id = $1 AND id = $2", workspace, reply, about)
