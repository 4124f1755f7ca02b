"""The contacts that profiles form, why, and which pairs a person has to decide about."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Text, text
from sqlmodel import Field

from services.identity.models.schema import Table, of_profile
from services.kit.model import UtcDateTime


class Contact(Table, table=True):
    """A person: the set of profiles whose membership names it. One of size 0 was absorbed; it is where its founder is."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size"),
        Index("contact_workspace_id_id_idx", "workspace_id", "id", postgresql_where=text("size > 0")),
        Index("contact_changed_at_idx", "workspace_id", "changed_at", "id", postgresql_where=text("size > 0")),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    founder_id: UUID
    size: int
    version: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, server_default=text("now()")))


class Membership(Table, table=True):
    """Which contact a profile belongs to now, by which rule. `version` counts the profile's moves."""

    __tablename__ = "membership"
    __table_args__ = (
        of_profile("membership"),
        ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["identity.contact.workspace_id", "identity.contact.id"],
            name="membership_workspace_id_contact_id_fkey",
        ),
        Index("membership_workspace_id_contact_id_profile_id_idx", "workspace_id", "contact_id", "profile_id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    contact_id: UUID
    version: int
    rule: str = Field(sa_type=Text)
    explanation: str = Field(sa_type=Text)
    assigned_at: datetime = Field(sa_type=UtcDateTime)


class Decision(Table, table=True):
    """The journal of memberships: every move of a profile, its rule and the sentence that explains it. Never changed."""

    __tablename__ = "decision"
    __table_args__ = (of_profile("decision"),)

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    contact_id: UUID
    previous_contact_id: UUID | None
    rule: str = Field(sa_type=Text)
    explanation: str = Field(sa_type=Text)
    score: float
    evidence: str = Field(sa_type=Text)
    rules_version: int
    decided_at: datetime = Field(sa_type=UtcDateTime)
