"""What all senders share about a channel: holds, breaker, what was last heard, and the buckets that pace it.

Called through the package, for migrations and their check; holds no query.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, Text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class ChannelState(Table, table=True):
    """How a channel fares, for the processes of all machines. A channel without a row has never been in trouble.

    `failures` counts those in a row; `openings` those of the breaker in a row. While the breaker is open, `probe_at` is when one
    reply may try; while it is half open, `probe_id` is that reply, and `probe_at` when it is given up.
    """

    __tablename__ = "channel_state"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "channel_id", name="channel_state_pkey"),)

    workspace_id: UUID
    channel_id: UUID
    last_event_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    held_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    hold_reason: str = Field(default="", sa_type=Text)
    breaker: str = Field(default="closed", sa_type=Text)
    failures: int = 0
    openings: int = 0
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    probe_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    probe_id: UUID | None = None
    failed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failure: str = Field(default="", sa_type=Text)
    refused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SendBucket(Table, table=True):
    """How much of a rate limit is used up: of a channel (`subject_id` is the channel's), or of a conversation of it.

    `spent_until` is when the bucket is full again and its row may go; before `next_at` nothing may be taken.
    """

    __tablename__ = "send_bucket"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "channel_id", "subject_id", name="send_bucket_pkey"),
        Index("send_bucket_spent_idx", "workspace_id", "spent_until"),
    )

    workspace_id: UUID
    channel_id: UUID
    subject_id: UUID
    spent_until: datetime = Field(sa_type=UtcDateTime)
    next_at: datetime = Field(sa_type=UtcDateTime)
    burst: int
    interval_seconds: float
    granted: int
