"""The table of what we did on platforms to what people said there. Called through the package; holds no query."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class ModerationMark(Table, table=True):
    """An interaction that we hid or liked on its platform, or showed again; `member_id` did the last of it (None: an API key)."""

    __tablename__ = "moderation_mark"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "interaction_id", name="moderation_mark_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "interaction_id"],
            ["engagement.interaction.workspace_id", "engagement.interaction.id"],
            name="moderation_mark_workspace_id_interaction_id_fkey",
            ondelete="CASCADE",
        ),
    )

    workspace_id: UUID
    interaction_id: UUID
    hidden: bool = False
    liked: bool = False
    member_id: UUID | None = None
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ModerationTurn(Table, table=True):
    """Who asks the platform for something about an interaction at present: one at a time, so that the last mark is what was done last."""

    __tablename__ = "moderation_turn"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "interaction_id", name="moderation_turn_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "interaction_id"],
            ["engagement.interaction.workspace_id", "engagement.interaction.id"],
            name="moderation_turn_workspace_id_interaction_id_fkey",
            ondelete="CASCADE",
        ),
    )

    workspace_id: UUID
    interaction_id: UUID
    holder_id: UUID
    until_at: datetime = Field(sa_type=UtcDateTime)
