"""What retention leaves behind: a report of each run, and the day on which each profile was last active."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.identity.models.schema import Table
from services.kit.model import UtcDateTime


class RetentionReport(Table, table=True):
    """What one service removed by one rule, in one run. Names nobody."""

    __tablename__ = "retention_report"

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    service: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    version: int
    began_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime = Field(sa_type=UtcDateTime)
    removed: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class ProfileActivity(Table, table=True):
    """When a profile last wrote to us, or was written to. Who is not here never did; they may not be known yet."""

    __tablename__ = "profile_activity"

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    day: date
