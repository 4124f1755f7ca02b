"""Tables of completing: what interactions lack that the platform can be asked for, and what it told of people.

Called through the package, for migrations and their check; holds no query.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, PrimaryKeyConstraint, Text, text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class Completion(Table, table=True):
    """An interaction that lacks something. `received` is its InteractionReceived, published at `held_until` at the latest (None: it was).

    The platform is asked at `due_at`; None: it was given up for `reason`. One process at a time holds the lease.
    """

    __tablename__ = "completion"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "interaction_id", name="completion_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "interaction_id"],
            ["engagement.interaction.workspace_id", "engagement.interaction.id"],
            name="completion_workspace_id_interaction_id_fkey",
            ondelete="CASCADE",
        ),
        Index("completion_due_idx", "workspace_id", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("completion_held_idx", "workspace_id", "held_until", postgresql_where=text("held_until IS NOT NULL")),
        Index("completion_channel_idx", "workspace_id", "channel_id", "interaction_id"),
    )

    workspace_id: UUID
    interaction_id: UUID
    channel_id: UUID
    lack: str = Field(sa_type=Text)
    received: bytes = Field(sa_type=LargeBinary)
    held_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = Field(default="", sa_type=Text)
    lease_id: UUID | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AuthorFacts(Table, table=True):
    """What a platform told of a person when it was asked, and when; without a name where it tells none."""

    __tablename__ = "author_facts"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "profile_id", name="author_facts_pkey"),)

    workspace_id: UUID
    profile_id: UUID
    handle: str | None = Field(default=None, sa_type=Text)
    name: str | None = Field(default=None, sa_type=Text)
    avatar_url: str | None = Field(default=None, sa_type=Text)
    told_at: datetime = Field(sa_type=UtcDateTime)
