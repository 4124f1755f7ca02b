"""Tables of reconciliation: how far a channel is compared with its platform, and the gaps in what the platform numbers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, PrimaryKeyConstraint, Text, text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class Reconciliation(Table, table=True):
    """One channel's: everything before `reconciled_until` was asked for. One process at a time holds the lease.

    `demanded_since` is from when somebody wants it asked for; gaps are looked for beyond `checked_sequence`.
    """

    __tablename__ = "reconciliation"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "channel_id", name="reconciliation_pkey"),
        Index("reconciliation_due_idx", "workspace_id", "due_at"),
    )

    workspace_id: UUID
    channel_id: UUID
    due_at: datetime = Field(sa_type=UtcDateTime)
    reconciled_until: datetime = Field(sa_type=UtcDateTime)
    demanded_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_id: UUID | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    found: int = 0
    reason: str = Field(default="", sa_type=Text)
    checked_sequence: int | None = Field(default=None, sa_type=BigInteger)


class JournalGap(Table, table=True):
    """Numbers `first` to `last` of a platform's events that did not come; `filled_at` once they are all there."""

    __tablename__ = "journal_gap"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "channel_id", "first", name="journal_gap_pkey"),
        Index("journal_gap_open_idx", "workspace_id", "channel_id", "first", postgresql_where=text("filled_at IS NULL")),
    )

    workspace_id: UUID
    channel_id: UUID
    first: int = Field(sa_type=BigInteger)
    last: int = Field(sa_type=BigInteger)
    noticed_at: datetime = Field(sa_type=UtcDateTime)
    filled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
