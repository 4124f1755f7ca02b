"""Exports of a person as one file: who asked for which, and what the services told for it, sealed. Both go when it expires."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, ForeignKeyConstraint, Index, Text
from sqlalchemy import Uuid as UuidType
from sqlmodel import Field

from services.identity.models.schema import Table
from services.kit.model import UtcDateTime


class PersonExport(Table, table=True):
    """One export of one contact, with the profiles that it had then."""

    __tablename__ = "person_export"
    __table_args__ = (Index("person_export_expires_at_idx", "expires_at"),)

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    contact_id: UUID
    profile_ids: list[UUID] = Field(sa_column=Column(ARRAY(UuidType), nullable=False))
    requested_by: UUID | None
    requested_at: datetime = Field(sa_type=UtcDateTime)
    completed_at: datetime | None = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class PersonExportPiece(Table, table=True):
    """A piece of a service's part, as it travelled."""

    __tablename__ = "person_export_piece"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "export_id"],
            ["identity.person_export.workspace_id", "identity.person_export.id"],
            name="person_export_piece_workspace_id_export_id_fkey",
            ondelete="CASCADE",
        ),
    )

    workspace_id: UUID = Field(primary_key=True)
    export_id: UUID = Field(primary_key=True)
    service: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(primary_key=True)
    last: bool
    items: int
    sealed: str = Field(sa_type=Text)
    kept_at: datetime = Field(sa_type=UtcDateTime)
