"""Conversations: the threads, who follows them, what they are linked with, their labels.

Called through the package, for migrations and their check; holds no query.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, PrimaryKeyConstraint, Text, UniqueConstraint, text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class Conversation(Table, table=True):
    """A thread. `key` is sha256 of contracts.interaction.conversation_key; `version` grows with every row and every change.

    `inbound_version` is the version that the last word of a person made: who read less has something to read.

    One that was merged points at the thread it was merged into (`merged_into`) and at the one that now speaks for both
    (`survivor_id`): status, owner, priority, labels and version are then the survivor's. `absorbs` says that others point here.
    """

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
        Index("conversation_snoozed_idx", "workspace_id", "snoozed_until", postgresql_where=text("status = 'snoozed'")),
        Index(
            "conversation_owner_idx",
            "workspace_id",
            "owner_id",
            text("last_activity_at DESC"),
            text("id DESC"),
            postgresql_where=text("owner_id IS NOT NULL"),
        ),
        Index(
            "conversation_owned_idx",
            "workspace_id",
            "owner_id",
            text("last_activity_at DESC"),
            text("id DESC"),
            postgresql_where=text("owner_id IS NOT NULL AND status <> 'closed'"),
        ),
        Index(
            "conversation_channel_idx",
            "workspace_id",
            "channel_id",
            text("last_activity_at DESC"),
            text("id DESC"),
            postgresql_where=text("status <> 'closed'"),
        ),
        Index("conversation_survivor_idx", "workspace_id", "survivor_id", postgresql_where=text("survivor_id IS NOT NULL")),
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
    inbound_version: int = 0
    closed_version: int = 0
    closed_by: UUID | None = None
    snoozed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    owner_id: UUID | None = None
    priority: str = Field(default="normal", sa_type=Text)
    spam: bool = False
    survivor_id: UUID | None = None
    merged_into: UUID | None = None
    absorbs: bool = False


class ConversationFollower(Table, table=True):
    """A member who wants to hear of a thread: who answered, noted, was mentioned, or asked to."""

    __tablename__ = "conversation_follower"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "conversation_id", "member_id", name="conversation_follower_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["engagement.conversation.workspace_id", "engagement.conversation.id"],
            name="conversation_follower_workspace_id_conversation_id_fkey",
        ),
        Index("conversation_follower_member_idx", "workspace_id", "member_id", "conversation_id"),
    )

    workspace_id: UUID
    conversation_id: UUID
    member_id: UUID
    since: datetime = Field(sa_type=UtcDateTime)


class ConversationLink(Table, table=True):
    """Two threads of one matter, such as a public comment and the private messages after it. Each pair stands there both ways."""

    __tablename__ = "conversation_link"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "conversation_id", "linked_id", name="conversation_link_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["engagement.conversation.workspace_id", "engagement.conversation.id"],
            name="conversation_link_workspace_id_conversation_id_fkey",
        ),
        ForeignKeyConstraint(
            ["workspace_id", "linked_id"],
            ["engagement.conversation.workspace_id", "engagement.conversation.id"],
            name="conversation_link_workspace_id_linked_id_fkey",
        ),
    )

    workspace_id: UUID
    conversation_id: UUID
    linked_id: UUID
    member_id: UUID | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)


class Label(Table, table=True):
    """A word that the workspace's members put on threads. `key` is the name as it is compared."""

    __tablename__ = "label"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="label_pkey"),
        UniqueConstraint("workspace_id", "key", name="label_workspace_id_key_key"),
    )

    workspace_id: UUID
    id: UUID
    name: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    colour: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class ConversationLabel(Table, table=True):
    """A label on a thread."""

    __tablename__ = "conversation_label"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "conversation_id", "label_id", name="conversation_label_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["engagement.conversation.workspace_id", "engagement.conversation.id"],
            name="conversation_label_workspace_id_conversation_id_fkey",
        ),
        ForeignKeyConstraint(
            ["workspace_id", "label_id"],
            ["engagement.label.workspace_id", "engagement.label.id"],
            name="conversation_label_workspace_id_label_id_fkey",
            ondelete="CASCADE",
        ),
        Index("conversation_label_label_idx", "workspace_id", "label_id", "conversation_id"),
    )

    workspace_id: UUID
    conversation_id: UUID
    label_id: UUID
