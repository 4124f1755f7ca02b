"""The ledger's sums, and the people whose messages owe nothing.

Called through the package, for migrations and their check; holds no query.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, PrimaryKeyConstraint, Text, text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class LedgerSum(Table, table=True):
    """A part of a sum of the ledger: a workspace's count of a state is the sum of its rows.

    Triggers on the history add a row for each statement that changes what is owed; a sweep folds them together.
    """

    __tablename__ = "ledger_sum"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "id", name="ledger_sum_pkey"),)

    workspace_id: UUID
    id: UUID
    ledger: str = Field(sa_type=Text)
    count: int = Field(sa_type=BigInteger)


class BlockedProfile(Table, table=True):
    """A person whose messages are kept and owe nothing, until the block is taken back."""

    __tablename__ = "blocked_profile"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "profile_id", name="blocked_profile_pkey"),
        Index("blocked_profile_recent_idx", "workspace_id", text("blocked_at DESC"), text("profile_id DESC")),
    )

    workspace_id: UUID
    profile_id: UUID
    reason: str = Field(sa_type=Text)
    member_id: UUID | None = None
    blocked_at: datetime = Field(sa_type=UtcDateTime)
