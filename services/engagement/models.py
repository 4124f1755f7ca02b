"""The tables of the schema `engagement`. Called by statements, sessions and the migration check; holds no query.

Names of states are text (contracts.vocabulary), because operators on native enums lose their index under row-level security.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kit.model import Model, UtcDateTime, schema_metadata


class Table(Model):
    """Base of the schema's tables."""

    metadata = schema_metadata("engagement")


class Channel(Table, table=True):
    """One connected account on a platform. `credentials` is sealed (kit.crypto) and bound to workspace and channel."""

    __tablename__ = "channel"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="channel_pkey"),
        Index("channel_path_token_key", "path_token", unique=True),
        Index("channel_changed_at_idx", "changed_at"),
    )

    workspace_id: UUID
    id: UUID
    platform: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    active: bool = True
    path_token: str = Field(sa_type=Text)
    credentials: bytes = Field(sa_type=LargeBinary)
    config: dict[str, Any] = Field(sa_type=JSONB)
    version: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    trouble: str = Field(default="", sa_type=Text)


class Journal(Table, table=True):
    """One delivered item, before it is understood. `key` is sha256 of the platform's event id, unique in the channel.

    No foreign key to the channel: its check would lock the channel's row in every webhook. `waits_for` names the message
    that an early edit, deletion or receipt needs.
    """

    __tablename__ = "journal"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "channel_id", "key", name="journal_pkey"),
        Index("journal_waiting_idx", "workspace_id", "channel_id", "id", postgresql_where=text("state = 'waiting'")),
        Index("journal_parked_idx", "workspace_id", "channel_id", "waits_for", postgresql_where=text("state = 'parked'")),
        Index("journal_troubled_idx", "workspace_id", "id", postgresql_where=text("state IN ('failed', 'unknown')")),
        Index("journal_workspace_id_id_idx", "workspace_id", "id"),
    )

    workspace_id: UUID
    channel_id: UUID
    key: bytes = Field(sa_type=LargeBinary)
    id: UUID
    day: date
    received_at: datetime = Field(sa_type=UtcDateTime)
    state: str = Field(default="waiting", sa_type=Text)
    attempts: int = 0
    reason: str = Field(default="", sa_type=Text)
    waits_for: str | None = Field(default=None, sa_type=Text)


class JournalBody(Table, table=True):
    """The raw delivery of a journal row; partitioned by day and dropped after its retention."""

    __tablename__ = "journal_body"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "journal_id", "day", name="journal_body_pkey"),
        {"postgresql_partition_by": "RANGE (day)"},
    )

    workspace_id: UUID
    journal_id: UUID
    day: date
    headers: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)


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


class Interaction(Table, table=True):
    """One row of the history. It hangs on the profile of the person (never on the contact), and never moves."""

    __tablename__ = "interaction"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="interaction_pkey"),
        UniqueConstraint("workspace_id", "channel_id", "external_id", name="interaction_workspace_id_channel_id_external_id_key"),
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["engagement.conversation.workspace_id", "engagement.conversation.id"],
            name="interaction_workspace_id_conversation_id_fkey",
        ),
        Index("interaction_timeline_idx", "workspace_id", "profile_id", text("occurred_at DESC"), text("id DESC")),
        Index("interaction_conversation_idx", "workspace_id", "conversation_id", text("occurred_at DESC"), text("id DESC")),
        Index("interaction_owed_idx", "workspace_id", "conversation_id", postgresql_where=text("ledger = 'owed'")),
        Index("interaction_ledger_idx", "workspace_id", "ledger", "due_at", postgresql_where=text("ledger IS NOT NULL")),
    )

    workspace_id: UUID
    id: UUID
    channel_id: UUID
    conversation_id: UUID
    profile_id: UUID
    external_id: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    direction: str = Field(sa_type=Text)
    public: bool
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    source: str = Field(sa_type=Text)
    text: str | None = Field(default=None, sa_type=Text)
    rating: float | None = None
    attachments: list[Any] | None = Field(default=None, sa_type=JSONB)
    author_network: str = Field(sa_type=Text)
    author_scope: str = Field(sa_type=Text)
    author_external_id: str = Field(sa_type=Text)
    author_handle: str | None = Field(default=None, sa_type=Text)
    author_name: str | None = Field(default=None, sa_type=Text)
    author_followers: int | None = None
    venue_network: str = Field(sa_type=Text)
    venue_scope: str = Field(sa_type=Text)
    venue_external_id: str = Field(sa_type=Text)
    venue_url: str | None = Field(default=None, sa_type=Text)
    venue_title: str | None = Field(default=None, sa_type=Text)
    venue_control: str = Field(sa_type=Text)
    venue_media: str = Field(sa_type=Text)
    thread: str | None = Field(default=None, sa_type=Text)
    root: str | None = Field(default=None, sa_type=Text)
    reply_to: str | None = Field(default=None, sa_type=Text)
    reply_to_profile_id: UUID | None = None
    mentioned_profile_ids: list[UUID] | None = Field(default=None, sa_column=Column(ARRAY(Uuid), nullable=True))
    addressed: str = Field(sa_type=Text)
    campaign: str | None = Field(default=None, sa_type=Text)
    referral_code: str | None = Field(default=None, sa_type=Text)
    extra: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    conversation_version: int = 0
    native: bool = False
    member_id: UUID | None = None
    ledger: str | None = Field(default=None, sa_type=Text)
    ledger_reason: str = Field(default="", sa_type=Text)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    discipline: str | None = Field(default=None, sa_type=Text)
    phase: str | None = Field(default=None, sa_type=Text)
    sentiment: str | None = Field(default=None, sa_type=Text)
    urgency: str | None = Field(default=None, sa_type=Text)
    task_id: UUID | None = None
    task_version: int = 0
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class InteractionVersion(Table, table=True):
    """A text that its author replaced; the newest text stands in the interaction."""

    __tablename__ = "interaction_version"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "interaction_id", "replaced_at", name="interaction_version_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "interaction_id"],
            ["engagement.interaction.workspace_id", "engagement.interaction.id"],
            name="interaction_version_workspace_id_interaction_id_fkey",
            ondelete="CASCADE",
        ),
    )

    workspace_id: UUID
    interaction_id: UUID
    replaced_at: datetime = Field(sa_type=UtcDateTime)
    text: str | None = Field(default=None, sa_type=Text)


class ProfileContact(Table, table=True):
    """Whose profile it is, by identity's events; an older version never replaces a newer one."""

    __tablename__ = "profile_contact"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "profile_id", name="profile_contact_pkey"),
        Index("profile_contact_contact_idx", "workspace_id", "contact_id", "profile_id"),
    )

    workspace_id: UUID
    profile_id: UUID
    contact_id: UUID
    version: int


class Reply(Table, table=True):
    """What we answer, and where it stands. At most one per conversation is being sent at any instant."""

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
        Index("reply_conversation_idx", "workspace_id", "conversation_id", "id"),
        Index("reply_external_idx", "workspace_id", "channel_id", "external_id", postgresql_where=text("external_id IS NOT NULL")),
    )

    workspace_id: UUID
    id: UUID
    interaction_id: UUID
    conversation_id: UUID
    channel_id: UUID
    profile_id: UUID
    answers_id: UUID | None = None
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
