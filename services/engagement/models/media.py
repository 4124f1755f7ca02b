"""Files beside messages: what is known of each; the bytes lie in the media store under (workspace, id)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, PrimaryKeyConstraint, Text, text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class MediaFile(Table, table=True):
    """One file. `state`: arriving, wanted (to be fetched from `source_url`), stored, refused (with `reason`), gone (to be removed).

    `interaction_id` and `place` say beside which message it stands, if a platform brought it. A row with `due_at` has something
    to be done: fetching, removing, or tidying up after an upload that never ended.
    """

    __tablename__ = "media"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="media_pkey"),
        Index(
            "media_interaction_key",
            "workspace_id",
            "interaction_id",
            "place",
            unique=True,
            postgresql_where=text("interaction_id IS NOT NULL"),
        ),
        Index("media_due_idx", "due_at", "workspace_id", "id", postgresql_where=text("due_at IS NOT NULL")),
        Index("media_work_idx", "workspace_id", "due_at", "id", postgresql_where=text("due_at IS NOT NULL")),
    )

    workspace_id: UUID
    id: UUID
    state: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    name: str = Field(default="", sa_type=Text)
    type: str = Field(default="", sa_type=Text)
    size_bytes: int = 0
    width: int | None = None
    height: int | None = None
    sha256: bytes | None = Field(default=None, sa_type=LargeBinary)
    member_id: UUID | None = None
    interaction_id: UUID | None = None
    place: int | None = None
    source_url: str | None = Field(default=None, sa_type=Text)
    attempts: int = 0
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = Field(default="", sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
