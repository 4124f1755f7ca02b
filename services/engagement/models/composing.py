"""Drafts, and what else members keep for writing.

Called through the package, for migrations and their check; holds no query.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, PrimaryKeyConstraint, Text, UniqueConstraint, text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class Draft(Table, table=True):
    """What a member has begun to write in a conversation; nobody else sees it."""

    __tablename__ = "draft"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "conversation_id", "member_id", name="draft_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["engagement.conversation.workspace_id", "engagement.conversation.id"],
            name="draft_workspace_id_conversation_id_fkey",
            ondelete="CASCADE",
        ),
        Index("draft_member_idx", "workspace_id", "member_id", text("changed_at DESC"), text("conversation_id DESC")),
    )

    workspace_id: UUID
    conversation_id: UUID
    member_id: UUID
    text: str = Field(sa_type=Text)
    answers_id: UUID | None = None
    changed_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class CannedReply(Table, table=True):
    """A prepared text. Shortcuts compare byte by byte, so that a prefix is a range of the index."""

    __tablename__ = "canned_reply"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="canned_reply_pkey"),
        UniqueConstraint("workspace_id", "shortcut", "language", name="canned_reply_workspace_id_shortcut_language_key"),
    )

    workspace_id: UUID
    id: UUID
    shortcut: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    changed_by: UUID | None = None
    changed_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class Promise(Table, table=True):
    """What a member promised for a time. `told` is the last stage that was published: nothing, due, overdue."""

    __tablename__ = "promise"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="promise_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["engagement.conversation.workspace_id", "engagement.conversation.id"],
            name="promise_workspace_id_conversation_id_fkey",
        ),
        Index("promise_conversation_idx", "workspace_id", "conversation_id", "due_at", "id"),
        Index("promise_open_idx", "workspace_id", "due_at", "id", postgresql_where=text("state = 'open'")),
        Index("promise_member_idx", "workspace_id", "member_id", "id", postgresql_where=text("state = 'open'")),
        Index("promise_untold_idx", "workspace_id", "due_at", postgresql_where=text("state = 'open' AND told <> 'overdue'")),
    )

    workspace_id: UUID
    id: UUID
    conversation_id: UUID
    profile_id: UUID
    member_id: UUID | None = None
    text: str = Field(sa_type=Text)
    due_at: datetime = Field(sa_type=UtcDateTime)
    state: str = Field(default="open", sa_type=Text)
    told: str = Field(default="", sa_type=Text)
    made_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_by: UUID | None = None
    version: int = 1


class Notice(Table, table=True):
    """Who was told in which closed stretch of a channel that nobody is there: at most once."""

    __tablename__ = "notice"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "channel_id", "profile_id", "closed_since", name="notice_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "channel_id"],
            ["engagement.channel.workspace_id", "engagement.channel.id"],
            name="notice_workspace_id_channel_id_fkey",
            ondelete="CASCADE",
        ),
    )

    workspace_id: UUID
    channel_id: UUID
    profile_id: UUID
    closed_since: datetime = Field(sa_type=UtcDateTime)
    told_at: datetime = Field(sa_type=UtcDateTime)
