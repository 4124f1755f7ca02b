"""Companies, who belongs to them, and what other systems call contacts and companies."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.identity.models.schema import Table, of_profile
from services.kit.model import UtcDateTime


def _of_company(table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["workspace_id", "company_id"],
        ["identity.company.workspace_id", "identity.company.id"],
        name=f"{table}_workspace_id_company_id_fkey",
        ondelete="CASCADE",
    )


class ProfileReference(Table, table=True):
    """What a person is called in another system."""

    __tablename__ = "profile_reference"
    __table_args__ = (
        of_profile("profile_reference"),
        Index("profile_reference_workspace_id_profile_id_idx", "workspace_id", "profile_id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    system: str = Field(primary_key=True, sa_type=Text)
    type: str = Field(primary_key=True, sa_type=Text)
    external_id: str = Field(primary_key=True, sa_type=Text)
    profile_id: UUID
    url: str | None = Field(sa_type=Text)
    by: UUID | None
    set_at: datetime = Field(sa_type=UtcDateTime)


class Company(Table, table=True):
    """A company that people belong to. `attributes` are texts by key."""

    __tablename__ = "company"

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    attributes: dict[str, Any] = Field(sa_type=JSONB)
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    version: int


class CompanyDomain(Table, table=True):
    """An internet domain of a company; of one company at most."""

    __tablename__ = "company_domain"
    __table_args__ = (_of_company("company_domain"), Index("company_domain_workspace_id_company_id_idx", "workspace_id", "company_id"))

    workspace_id: UUID = Field(primary_key=True)
    domain: str = Field(primary_key=True, sa_type=Text)
    company_id: UUID


class CompanyReference(Table, table=True):
    """What a company is called in another system."""

    __tablename__ = "company_reference"
    __table_args__ = (
        _of_company("company_reference"),
        Index("company_reference_workspace_id_company_id_idx", "workspace_id", "company_id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    system: str = Field(primary_key=True, sa_type=Text)
    type: str = Field(primary_key=True, sa_type=Text)
    external_id: str = Field(primary_key=True, sa_type=Text)
    company_id: UUID
    url: str | None = Field(sa_type=Text)


class ProfileCompany(Table, table=True):
    """Who belongs to a company, as what, and as whom in its decision to buy."""

    __tablename__ = "profile_company"
    __table_args__ = (
        of_profile("profile_company"),
        _of_company("profile_company"),
        Index("profile_company_workspace_id_company_id_profile_id_idx", "workspace_id", "company_id", "profile_id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    company_id: UUID = Field(primary_key=True)
    role: str = Field(sa_type=Text)
    buying_role: str = Field(sa_type=Text)
    by: UUID | None
    set_at: datetime = Field(sa_type=UtcDateTime)


class Lead(Table, table=True):
    """A contact handed over to an outside system, and what became of it there."""

    __tablename__ = "lead"
    __table_args__ = (of_profile("lead"), Index("lead_workspace_id_profile_id_id_idx", "workspace_id", "profile_id", "id"))

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    profile_id: UUID
    system: str = Field(sa_type=Text)
    brief: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    external_id: str | None = Field(sa_type=Text)
    url: str | None = Field(sa_type=Text)
    handed_over_by: UUID | None
    handed_over_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    version: int
