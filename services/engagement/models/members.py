"""Who works here, as engagement needs to know it: a projection of identity's events. Kept by `members`; identity owns the truth."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, PrimaryKeyConstraint, Text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


def _texts() -> "Column[list[str]]":
    return Column(ARRAY(Text), nullable=False)


class Member(Table, table=True):
    """A member as of `version`; an older version never replaces a newer one. `email` is empty where only the first release's event told.

    While absent, the deputy gets what is new; of one who left, the successor has what was theirs.
    """

    __tablename__ = "member"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "id", name="member_pkey"),)

    workspace_id: UUID
    id: UUID
    name: str = Field(sa_type=Text)
    email: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    disciplines: list[str] = Field(sa_column=_texts())
    languages: list[str] = Field(sa_column=_texts())
    active: bool
    version: int
    deputy_id: UUID | None = None
    absent_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    absent_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    successor_id: UUID | None = None


class Projection(Table, table=True):
    """That a projection of the workspace was filled from its owner's snapshot; without the row it is filled again."""

    __tablename__ = "projection"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "name", name="projection_pkey"),)

    workspace_id: UUID
    name: str = Field(sa_type=Text)
    filled_at: datetime = Field(sa_type=UtcDateTime)
