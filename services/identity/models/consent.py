"""The tables of consent: words of people with their proof, and what a workspace asks consent for. Holds no query.

Words hang on profiles. A profile need not be known yet when its first word is heard: events come in any order.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.identity.models.schema import Table
from services.kit.model import UtcDateTime


class ConsentRecord(Table, table=True):
    """The history, never changed: one word of a person, and how we know. `channel_id` of zeros stands for every channel.

    `at` is when it was said, `recorded_at` when we learnt of it; `how`, `wording`, `interaction_id` and `member_id` are its proof.
    """

    __tablename__ = "consent_record"
    __table_args__ = (
        Index("consent_record_of_profile_idx", "workspace_id", "profile_id", "at", "id"),
        Index(
            "consent_record_interaction_key",
            "workspace_id",
            "interaction_id",
            "profile_id",
            "purpose",
            "network",
            "channel_id",
            "state",
            unique=True,
            postgresql_where=text("interaction_id IS NOT NULL"),
        ),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    profile_id: UUID
    purpose: str = Field(sa_type=Text)
    network: str = Field(sa_type=Text)
    channel_id: UUID
    state: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    source: str = Field(sa_type=Text)
    how: str = Field(sa_type=Text)
    wording: str = Field(sa_type=Text)
    interaction_id: UUID | None
    member_id: UUID | None


class Consent(Table, table=True):
    """The newest word of a profile on a purpose, network and channel: the record that counts."""

    __tablename__ = "consent"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "record_id"],
            ["identity.consent_record.workspace_id", "identity.consent_record.id"],
            name="consent_workspace_id_record_id_fkey",
        ),
    )

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    purpose: str = Field(primary_key=True, sa_type=Text)
    network: str = Field(primary_key=True, sa_type=Text)
    channel_id: UUID = Field(primary_key=True)
    record_id: UUID
    at: datetime = Field(sa_type=UtcDateTime)
    strictness: int


class ConsentProfile(Table, table=True):
    """How often a profile's words changed, and since when its preference links are good; null: all that are not too old."""

    __tablename__ = "consent_profile"

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    version: int
    links_since: datetime | None = Field(sa_type=UtcDateTime)


class ConsentSetting(Table, table=True):
    """A workspace's purposes and keywords, where they are not the product's. `purposes` is a list of {key, needs_grant, titles}."""

    __tablename__ = "consent_setting"

    workspace_id: UUID = Field(primary_key=True)
    purposes: list[dict[str, object]] = Field(sa_column=Column(JSONB, nullable=False))
    opt_out: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    opt_in: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
