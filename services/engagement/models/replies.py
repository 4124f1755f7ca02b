"""Replies: what we answer and where it stands.

Called through the package, for migrations and their check; holds no query.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, PrimaryKeyConstraint, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class Reply(Table, table=True):
    """What we answer, and where it stands. At most one per conversation is being sent at any instant.

    `escalated_at` says since when a person is asked about a reply in doubt. `change_*` is the newest edit or deletion of what was
    sent: its state, and while it is not settled `change_due_at`, when it is to be tried (while it is being made: when its lease ends).
    """

    __tablename__ = "reply"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="reply_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "interaction_id"],
            ["engagement.interaction.workspace_id", "engagement.interaction.id"],
            name="reply_workspace_id_interaction_id_fkey",
        ),
        Index("reply_workspace_id_interaction_id_key", "workspace_id", "interaction_id", unique=True),
        Index("reply_sending_key", "workspace_id", "conversation_id", unique=True, postgresql_where=text("state = 'sending'")),
        Index(
            "reply_pending_idx",
            "workspace_id",
            "due_at",
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
        Index("reply_doubted_idx", "workspace_id", "doubted_at", postgresql_where=text("state = 'unknown'")),
        Index("reply_proposed_idx", "workspace_id", "queued_at", "id", postgresql_where=text("state = 'proposed'")),
        Index(
            "reply_unsent_idx",
            "workspace_id",
            "state",
            text("queued_at DESC"),
            text("id DESC"),
            postgresql_where=text("state IN ('failed', 'unknown', 'rejected')"),
        ),
        Index("reply_conversation_idx", "workspace_id", "conversation_id", "id"),
        Index("reply_external_idx", "workspace_id", "channel_id", "external_id", postgresql_where=text("external_id IS NOT NULL")),
        Index("reply_due_idx", "workspace_id", "channel_id", "due_at", postgresql_where=text("state = 'queued'")),
        Index("reply_sent_idx", "workspace_id", "channel_id", "sent_at", postgresql_where=text("sent_at IS NOT NULL")),
        Index("reply_change_due_idx", "workspace_id", "change_due_at", postgresql_where=text("change_due_at IS NOT NULL")),
    )

    workspace_id: UUID
    id: UUID
    interaction_id: UUID
    conversation_id: UUID
    channel_id: UUID
    profile_id: UUID
    answers_id: UUID | None = None
    about_id: UUID | None = None
    kind: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    state: str = Field(default="queued", sa_type=Text)
    attempt: int = 0
    lease_id: UUID | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    member_id: UUID | None = None
    reason: str = Field(default="", sa_type=Text)
    external_id: str | None = Field(default=None, sa_type=Text)
    queued_at: datetime = Field(sa_type=UtcDateTime)
    doubted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 1
    attachments: list[Any] | None = Field(default=None, sa_type=JSONB)
    begun: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    automatic: bool = False
    purpose: str = Field(default="service", sa_type=Text, sa_column_kwargs={"server_default": "service"})
    decided_by: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    escalated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    change_kind: str | None = Field(default=None, sa_type=Text)
    change_text: str | None = Field(default=None, sa_type=Text)
    change_state: str | None = Field(default=None, sa_type=Text)
    change_reason: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    change_attempt: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    change_member_id: UUID | None = None
    change_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    change_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    change_lease_id: UUID | None = None


class ApprovalRule(Table, table=True):
    """Public replies on this channel about matters of this discipline (empty: of any) wait for another member."""

    __tablename__ = "approval_rule"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "channel_id", "discipline", name="approval_rule_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "channel_id"],
            ["engagement.channel.workspace_id", "engagement.channel.id"],
            name="approval_rule_workspace_id_channel_id_fkey",
            ondelete="CASCADE",
        ),
    )

    workspace_id: UUID
    channel_id: UUID
    discipline: str = Field(sa_type=Text)
    made_by: UUID | None = None
    made_at: datetime = Field(sa_type=UtcDateTime)
