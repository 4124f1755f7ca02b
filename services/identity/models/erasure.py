"""Certificates of erasure: who asked for it and what each service removed. They say nothing about the person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, ForeignKeyConstraint, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.identity.models.schema import Table
from services.kit.model import UtcDateTime


class Erasure(Table, table=True):
    """One erasure of one contact. `profile_hashes` prove to whoever knows an account that it was among them."""

    __tablename__ = "erasure"

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    contact_id: UUID
    reason: str = Field(sa_type=Text)
    requested_by: UUID | None
    requested_at: datetime = Field(sa_type=UtcDateTime)
    profile_hashes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    completed_at: datetime | None = Field(sa_type=UtcDateTime)


class ErasureShare(Table, table=True):
    """What one service has to do for it, and what it says that it removed."""

    __tablename__ = "erasure_share"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "erasure_id"],
            ["identity.erasure.workspace_id", "identity.erasure.id"],
            name="erasure_share_workspace_id_erasure_id_fkey",
        ),
    )

    workspace_id: UUID = Field(primary_key=True)
    erasure_id: UUID = Field(primary_key=True)
    service: str = Field(primary_key=True, sa_type=Text)
    removed: dict[str, Any] | None = Field(sa_column=Column(JSONB, nullable=True))
    acknowledged_at: datetime | None = Field(sa_type=UtcDateTime)
