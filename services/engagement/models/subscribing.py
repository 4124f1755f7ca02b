"""The table of subscriptions: which platforms were told where to deliver, and which are to be told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, PrimaryKeyConstraint, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class WebhookSubscription(Table, table=True):
    """A channel whose platform wants to be told by a call. `told_at`: it last was; `due_at`: it is next (None: not at all).

    `granted_at`: when it is next by what the platform itself said of how long it delivers.
    `ending`: it is to be told that nothing is wanted any more; `sealed` and `config` are then what the channel itself has forgotten.
    """

    __tablename__ = "webhook_subscription"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "channel_id", name="webhook_subscription_pkey"),
        Index("webhook_subscription_due_idx", "workspace_id", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    workspace_id: UUID
    channel_id: UUID
    ending: bool = False
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    config: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    granted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = 0
    reason: str = Field(default="", sa_type=Text)
    lease_id: UUID | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
