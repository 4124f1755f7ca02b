"""Visitors of web chat, their mailboxes, and the proofs of sign-in that were used.

Called through the package, for migrations and their check; holds no query.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Double, ForeignKeyConstraint, Index, LargeBinary, PrimaryKeyConstraint, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class Visitor(Table, table=True):
    """Somebody who wrote through the widget, or is signed in on the site (`subject` is the site's id of them).

    `position` counts the entries of the mailbox; its lock orders them. `allowance` is what is left of the bucket that bounds how fast
    one may write, as of `allowance_at`; `file_allowance` the same of files.
    """

    __tablename__ = "visitor"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="visitor_pkey"),
        UniqueConstraint("workspace_id", "channel_id", "subject", name="visitor_workspace_id_channel_id_subject_key"),
        ForeignKeyConstraint(
            ["workspace_id", "channel_id"],
            ["engagement.channel.workspace_id", "engagement.channel.id"],
            name="visitor_workspace_id_channel_id_fkey",
        ),
    )

    workspace_id: UUID
    id: UUID
    channel_id: UUID
    subject: str | None = Field(default=None, sa_type=Text)
    name: str | None = Field(default=None, sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)
    email_verified: bool = False
    phone: str | None = Field(default=None, sa_type=Text)
    phone_verified: bool = False
    language: str | None = Field(default=None, sa_type=Text)
    position: int = 0
    allowance: float
    allowance_at: datetime = Field(sa_type=UtcDateTime)
    file_allowance: float = Field(default=0, sa_column=Column(Double, nullable=False, server_default="0"))
    file_allowance_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, server_default="epoch"))
    created_at: datetime = Field(sa_type=UtcDateTime)


class VisitorEntry(Table, table=True):
    """One entry of a visitor's mailbox: theirs (`id` is the widget's) or ours (`id` is the reply's).

    `position` is its place; `changed` is the position that its newest version took, which is what a widget that was here before asks for.
    """

    __tablename__ = "visitor_entry"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "visitor_id", "id", name="visitor_entry_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "visitor_id"],
            ["engagement.visitor.workspace_id", "engagement.visitor.id"],
            name="visitor_entry_workspace_id_visitor_id_fkey",
            ondelete="CASCADE",
        ),
        Index("visitor_entry_changed_key", "workspace_id", "visitor_id", "changed", unique=True),
        Index("visitor_entry_reply_key", "workspace_id", "id", unique=True, postgresql_where=text("NOT inbound")),
    )

    workspace_id: UUID
    visitor_id: UUID
    id: str = Field(sa_type=Text)
    position: int
    changed: int
    inbound: bool
    text: str = Field(sa_type=Text)
    attachments: list[Any] | None = Field(default=None, sa_type=JSONB)
    at: datetime = Field(sa_type=UtcDateTime)
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class VisitorProof(Table, table=True):
    """A site's token that opened a session, by its hash, kept until it ends.

    `holder` is the hash of a secret of the browser that brought it: shown again by another browser it is refused.
    """

    __tablename__ = "visitor_proof"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "channel_id", "proof", name="visitor_proof_pkey"),
        Index("visitor_proof_expires_idx", "workspace_id", "channel_id", "expires_at"),
    )

    workspace_id: UUID
    channel_id: UUID
    proof: bytes = Field(sa_type=LargeBinary)
    holder: bytes = Field(sa_type=LargeBinary)
    expires_at: datetime = Field(sa_type=UtcDateTime)
