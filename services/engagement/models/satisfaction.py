"""Whether people were satisfied: which channels ask, whom they asked, and what was said. Used by `satisfaction`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, Text, text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class SatisfactionSetting(Table, table=True):
    """That a channel asks after an answer, how long after, and where the happy may write a review; without a row it does not."""

    __tablename__ = "satisfaction_setting"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "channel_id", name="satisfaction_setting_pkey"),)

    workspace_id: UUID
    channel_id: UUID
    asks: bool
    delay_minutes: int
    review_url: str | None = Field(default=None, sa_type=Text)
    review_text: str = Field(default="", sa_type=Text)


class Rating(Table, table=True):
    """One question to one person, and its answer. `state` is waiting, asked or dropped; `stars` are null until the person answers."""

    __tablename__ = "rating"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="rating_pkey"),
        Index("rating_conversation_idx", "workspace_id", "conversation_id", text("created_at DESC")),
        Index("rating_due_idx", "workspace_id", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("rating_review_idx", "workspace_id", "profile_id", postgresql_where=text("review_asked_at IS NOT NULL")),
        Index("rating_rated_idx", "workspace_id", text("rated_at DESC"), text("id DESC"), postgresql_where=text("rated_at IS NOT NULL")),
    )

    workspace_id: UUID
    id: UUID
    conversation_id: UUID
    channel_id: UUID
    profile_id: UUID
    reply_id: UUID
    member_id: UUID
    discipline: str | None = Field(default=None, sa_type=Text)
    state: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    stars: int | None = None
    comment: str = Field(sa_type=Text)
    rated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    review_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
