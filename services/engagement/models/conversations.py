"""Conversations: the threads.

Called through the package, for migrations and their check; holds no query.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, PrimaryKeyConstraint, Text, UniqueConstraint, text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class Conversation(Table, table=True):
    """A thread. `key` is sha256 of contracts.interaction.conversation_key; `version` grows with every row and every change."""

    __tablename__ = "conversation"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="conversation_pkey"),
        UniqueConstraint("workspace_id", "channel_id", "key", name="conversation_workspace_id_channel_id_key_key"),
        ForeignKeyConstraint(
            ["workspace_id", "channel_id"],
            ["engagement.channel.workspace_id", "engagement.channel.id"],
            name="conversation_workspace_id_channel_id_fkey",
        ),
        Index("conversation_recent_idx", "workspace_id", text("last_activity_at DESC"), text("id DESC")),
        Index("conversation_status_idx", "workspace_id", "status", text("last_activity_at DESC"), text("id DESC")),
        Index("conversation_profile_idx", "workspace_id", "profile_id", text("last_activity_at DESC")),
    )

    workspace_id: UUID
    id: UUID
    channel_id: UUID
    key: bytes = Field(sa_type=LargeBinary)
    profile_id: UUID
    platform: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    public: bool
    status: str = Field(default="open", sa_type=Text)
    title: str | None = Field(default=None, sa_type=Text)
    started_at: datetime = Field(sa_type=UtcDateTime)
    last_activity_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    message_count: int = 0
    version: int = 1
    closed_version: int = 0
    closed_by: UUID | None = None
