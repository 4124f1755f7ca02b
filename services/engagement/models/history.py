"""The history: what was written, by whom, and whose profile it is.

Called through the package, for migrations and their check; holds no query.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class Interaction(Table, table=True):
    """One row of the history. It hangs on the profile of the person (never on the contact), and never moves.

    What a list says of a person (a row of a CRM, a follower) came by no channel and stands in no thread.
    """

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
        Index("interaction_due_idx", "workspace_id", "due_at", postgresql_where=text("ledger = 'owed' AND due_at IS NOT NULL")),
    )

    workspace_id: UUID
    id: UUID
    channel_id: UUID | None = None
    conversation_id: UUID | None = None
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
    mentioned_member_ids: list[UUID] | None = Field(default=None, sa_column=Column(ARRAY(Uuid), nullable=True))
    conversation_version: int = 0
    native: bool = False
    member_id: UUID | None = None
    ledger: str | None = Field(default=None, sa_type=Text)
    ledger_reason: str = Field(default="", sa_type=Text)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answer_id: UUID | None = None
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


class Mention(Table, table=True):
    """A member named in a note: the same as stands on the note's row, found by member."""

    __tablename__ = "mention"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "member_id", "interaction_id", name="mention_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "interaction_id"],
            ["engagement.interaction.workspace_id", "engagement.interaction.id"],
            name="mention_workspace_id_interaction_id_fkey",
            ondelete="CASCADE",
        ),
    )

    workspace_id: UUID
    member_id: UUID
    interaction_id: UUID
    conversation_id: UUID
    created_at: datetime = Field(sa_type=UtcDateTime)
