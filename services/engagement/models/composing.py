"""Drafts, and what else members keep for writing.

Called through the package, for migrations and their check; holds no query.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, PrimaryKeyConstraint, Text, text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class Draft(Table, table=True):
    """What a member has begun to write in a conversation; nobody else sees it."""

    __tablename__ = "draft"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "conversation_id", "member_id", name="draft_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["engagement.conversation.workspace_id", "engagement.conversation.id"],
            name="draft_workspace_id_conversation_id_fkey",
            ondelete="CASCADE",
        ),
        Index("draft_member_idx", "workspace_id", "member_id", text("changed_at DESC"), text("conversation_id DESC")),
    )

    workspace_id: UUID
    conversation_id: UUID
    member_id: UUID
    text: str = Field(sa_type=Text)
    answers_id: UUID | None = None
    changed_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1
