"""What people let us do and are to us, as engagement needs to know it: projections of identity's events.

Kept by `consent`; identity owns the truth.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, PrimaryKeyConstraint, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.engagement.models.schema import Table


class ProfileConsent(Table, table=True):
    """A profile's words of consent as of `version` (contracts.consent.ConsentWord); an older version never replaces a newer one."""

    __tablename__ = "profile_consent"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "profile_id", name="profile_consent_pkey"),)

    workspace_id: UUID
    profile_id: UUID
    words: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    version: int


class ProfileKind(Table, table=True):
    """A profile's stakeholder kinds as of `version` (contracts.events.HeldKind); an older version never replaces a newer one."""

    __tablename__ = "profile_kind"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "profile_id", name="profile_kind_pkey"),)

    workspace_id: UUID
    profile_id: UUID
    kinds: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    version: int


class ConsentPurpose(Table, table=True):
    """The workspace's purposes as of `version`: their keys, and those of them that need a yes. No row: as the product brings them."""

    __tablename__ = "consent_purpose"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", name="consent_purpose_pkey"),)

    workspace_id: UUID
    keys: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    granted: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    version: int
