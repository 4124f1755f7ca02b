"""Profiles and what is known of them, with the past."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, SmallInteger, Text
from sqlmodel import Field

from services.identity.models.schema import Table, bytewise, of_profile
from services.kit.model import UtcDateTime


class Profile(Table, table=True):
    """One account on one network. `x_at` is when x was last seen to be so: newer sightings win, in any order of arrival."""

    __tablename__ = "profile"
    __table_args__ = (
        Index("profile_workspace_id_name_key_idx", "workspace_id", "name_key"),
        Index("profile_workspace_id_handle_key_idx", "workspace_id", "handle_key"),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    network: str = Field(sa_type=Text)
    scope: str = Field(sa_type=Text)
    external_id: str = Field(sa_type=Text)
    home_contact_id: UUID
    handle: str | None = Field(sa_column=bytewise())
    handle_key: str | None = Field(sa_column=bytewise())
    handle_at: datetime | None = Field(sa_type=UtcDateTime)
    name: str | None = Field(sa_column=bytewise())
    name_key: str | None = Field(sa_column=bytewise())
    name_at: datetime | None = Field(sa_type=UtcDateTime)
    avatar_url: str | None = Field(sa_column=bytewise())
    avatar_url_at: datetime | None = Field(sa_type=UtcDateTime)
    bio: str | None = Field(sa_column=bytewise())
    bio_at: datetime | None = Field(sa_type=UtcDateTime)
    language: str | None = Field(sa_column=bytewise())
    language_at: datetime | None = Field(sa_type=UtcDateTime)
    location: str | None = Field(sa_column=bytewise())
    location_at: datetime | None = Field(sa_type=UtcDateTime)
    birth_date: str | None = Field(sa_column=bytewise())
    birth_date_at: datetime | None = Field(sa_type=UtcDateTime)
    picture_hash: str | None = Field(sa_column=bytewise())
    picture_hash_at: datetime | None = Field(sa_type=UtcDateTime)
    followers: int | None = Field(sa_type=BigInteger)
    followers_at: datetime | None = Field(sa_type=UtcDateTime)
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    encounters: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default="0"))


class ProfileValue(Table, table=True):
    """Every value that an attribute of a profile ever had, and since when: a handle, a link, a CRM's key (`crm:<system>`)."""

    __tablename__ = "profile_value"
    __table_args__ = (of_profile("profile_value"),)

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    attribute: str = Field(primary_key=True, sa_type=Text)
    value_key: bytes = Field(primary_key=True)
    value: str = Field(sa_type=Text)
    first_seen_at: datetime = Field(sa_type=UtcDateTime)


class ProfileIdentifier(Table, table=True):
    """An e-mail address or phone number of a profile. It links only where `linkable` holds."""

    __tablename__ = "profile_identifier"
    __table_args__ = (
        of_profile("profile_identifier"),
        Index("profile_identifier_key_idx", "workspace_id", "type", "key", "verified_at", "profile_id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    type: str = Field(primary_key=True, sa_type=Text)
    key: bytes = Field(primary_key=True)
    value: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    linkable: bool
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    verified_at: datetime | None = Field(sa_type=UtcDateTime)


class BlockedIdentifier(Table, table=True):
    """A value that a workspace knows to belong to nobody in particular; it never links."""

    __tablename__ = "blocked_identifier"

    workspace_id: UUID = Field(primary_key=True)
    type: str = Field(primary_key=True, sa_type=Text)
    key: bytes = Field(primary_key=True)
    reason: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
