"""Channels and the journal of what they delivered.

Called through the package, for migrations and their check; holds no query.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, PrimaryKeyConstraint, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class Channel(Table, table=True):
    """One connected account on a platform. `credentials` is sealed (kit.crypto) and bound to workspace and channel."""

    __tablename__ = "channel"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="channel_pkey"),
        Index("channel_path_token_key", "path_token", unique=True),
        Index("channel_changed_at_idx", "changed_at"),
        Index("channel_trouble_idx", "workspace_id", "id", postgresql_where=text("trouble <> ''")),
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
    hours: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    disconnected_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ChannelCursor(Table, table=True):
    """Where listening to a channel goes on. `cursor` is the connector's own word; what lies before it is in the journal.

    `nudged_at` is when a delivery last said that there is something to ask for.
    """

    __tablename__ = "channel_cursor"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "channel_id", name="channel_cursor_pkey"),)

    workspace_id: UUID
    channel_id: UUID
    cursor: str = Field(sa_type=Text)
    heard_at: datetime = Field(sa_type=UtcDateTime)
    nudged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Journal(Table, table=True):
    """One delivered item, before it is understood. `key` is sha256 of the platform's event id, unique in the channel.

    No foreign key to the channel: its check would lock the channel's row in every webhook. `waits_for` names the message
    that an early edit, deletion or receipt needs; `sequence` is the platform's own number of the event, where it counts them.
    """

    __tablename__ = "journal"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "channel_id", "key", name="journal_pkey"),
        Index("journal_waiting_idx", "workspace_id", "channel_id", "id", postgresql_where=text("state = 'waiting'")),
        Index("journal_parked_idx", "workspace_id", "channel_id", "waits_for", postgresql_where=text("state = 'parked'")),
        Index("journal_troubled_idx", "workspace_id", "id", postgresql_where=text("state IN ('failed', 'unknown')")),
        Index("journal_workspace_id_id_idx", "workspace_id", "id"),
        Index("journal_sequence_idx", "workspace_id", "channel_id", "sequence", postgresql_where=text("sequence IS NOT NULL")),
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
    sequence: int | None = Field(default=None, sa_type=BigInteger)
    backfilled: bool = False


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
