"""What the inbox is made of: open work per thread, what each member has read, saved filters.

Called through the package, for migrations and their check; holds no query.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, PrimaryKeyConstraint, Text, text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime

_OPEN = text("NOT closed")


class ConversationTask(Table, table=True):
    """A task of routing's, as its events tell: whose it is and by when. A closed one stays closed, whatever arrives late.

    `unread` says of an open one that its member has something to read: what `conversation_read` says too, kept here to be counted.
    """

    __tablename__ = "conversation_task"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "task_id", name="conversation_task_pkey"),
        Index("conversation_task_due_idx", "workspace_id", "due_at", "task_id", postgresql_where=_OPEN),
        Index("conversation_task_discipline_idx", "workspace_id", "discipline", "due_at", "task_id", postgresql_where=_OPEN),
        Index(
            "conversation_task_member_idx",
            "workspace_id",
            "member_id",
            "due_at",
            "task_id",
            postgresql_include=["conversation_id"],
            postgresql_where=text("NOT closed AND member_id IS NOT NULL"),
        ),
        Index(
            "conversation_task_unassigned_idx",
            "workspace_id",
            "due_at",
            "task_id",
            postgresql_where=text("NOT closed AND member_id IS NULL"),
        ),
        Index("conversation_task_unread_idx", "workspace_id", "member_id", "task_id", postgresql_where=text("NOT closed AND unread")),
        Index("conversation_task_conversation_idx", "workspace_id", "conversation_id", postgresql_where=_OPEN),
    )

    workspace_id: UUID
    task_id: UUID
    conversation_id: UUID
    discipline: str = Field(sa_type=Text)
    member_id: UUID | None = None
    urgency: str = Field(default="normal", sa_type=Text)
    due_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 0
    closed: bool = False
    unread: bool = False


class ConversationRead(Table, table=True):
    """How far a member has read a thread: its version then. What a person said since makes it unread."""

    __tablename__ = "conversation_read"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "member_id", "conversation_id", name="conversation_read_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["engagement.conversation.workspace_id", "engagement.conversation.id"],
            name="conversation_read_workspace_id_conversation_id_fkey",
        ),
    )

    workspace_id: UUID
    member_id: UUID
    conversation_id: UUID
    version: int
    read_at: datetime = Field(sa_type=UtcDateTime)


class SavedFilter(Table, table=True):
    """A choice of conversations that a member keeps under a name, alone or for everybody. What is null does not narrow."""

    __tablename__ = "saved_filter"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="saved_filter_pkey"),
        Index("saved_filter_member_idx", "workspace_id", "member_id"),
        Index("saved_filter_shared_idx", "workspace_id", postgresql_where=text("shared")),
    )

    workspace_id: UUID
    id: UUID
    member_id: UUID
    name: str = Field(sa_type=Text)
    shared: bool
    status: str | None = Field(default=None, sa_type=Text)
    channel_id: UUID | None = None
    owner_id: UUID | None = None
    label_id: UUID | None = None
    version: int
    created_at: datetime = Field(sa_type=UtcDateTime)
