"""The tables of schema `identity`. Read by the drift check and by people; statements are in `statements`.

Every tenant table begins its key, unique constraints and foreign keys with workspace_id. Nothing here has behaviour.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from services.kit.model import Model, UtcDateTime, schema_metadata


class Table(Model):
    """Base of identity's tables."""

    metadata = schema_metadata("identity")


def _texts() -> "Column[list[str]]":
    return Column(ARRAY(Text), nullable=False)


def _bytewise() -> "Column[str | None]":
    """Text compared by its bytes: the same order as Python's, and an index by which beginnings are found."""
    return Column(Text(collation="C"), nullable=True)


class Workspace(Table, table=True):
    """A tenant. Its own id is the workspace_id, so the same policy guards it; found by slug as the role `worker`."""

    __tablename__ = "workspace"
    __table_args__ = (UniqueConstraint("slug", name="workspace_slug_key"),)

    workspace_id: UUID = Field(primary_key=True)
    slug: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Member(Table, table=True):
    """A person of the company. `email_key` is the normalised address, by which one signs in; `version` grows with every change."""

    __tablename__ = "member"
    __table_args__ = (
        UniqueConstraint("workspace_id", "email_key", name="member_workspace_id_email_key_key"),
        ForeignKeyConstraint(["workspace_id"], ["identity.workspace.workspace_id"], name="member_workspace_id_fkey"),
        CheckConstraint("role IN ('admin', 'marketer', 'agent', 'partner')", name="role"),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    email: str = Field(sa_type=Text)
    email_key: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    password_hash: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    disciplines: list[str] = Field(sa_column=_texts())
    languages: list[str] = Field(sa_column=_texts())
    active: bool
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class SignInAttempt(Table, table=True):
    """Tries per (slug, address), hashed: no tenant table, because what was typed may name no workspace at all."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("sign_in_attempt_began_at_idx", "began_at"),)

    key: bytes = Field(primary_key=True)
    tries: int
    began_at: datetime = Field(sa_type=UtcDateTime)


class Session(Table, table=True):
    """One sign-in of one member; ends by time, sign-out, deactivation, or the reuse of a refresh token."""

    __tablename__ = "session"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "member_id"],
            ["identity.member.workspace_id", "identity.member.id"],
            name="session_workspace_id_member_id_fkey",
        ),
        Index("session_workspace_id_member_id_idx", "workspace_id", "member_id"),
        Index("session_expires_at_idx", "expires_at"),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    member_id: UUID
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime)
    revoked_because: str | None = Field(sa_type=Text)


class RefreshToken(Table, table=True):
    """A token of a session, as sha256. Used ones stay, so that a second use is recognised."""

    __tablename__ = "refresh_token"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "session_id"],
            ["identity.session.workspace_id", "identity.session.id"],
            name="refresh_token_workspace_id_session_id_fkey",
            ondelete="CASCADE",
        ),
        Index("refresh_token_workspace_id_session_id_idx", "workspace_id", "session_id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    hash: bytes = Field(primary_key=True)
    session_id: UUID
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(sa_type=UtcDateTime)


class SigningKey(Table, table=True):
    """Ed25519 keys of the deployment, the private half sealed. Of no workspace; the role `app` cannot read it."""

    __tablename__ = "signing_key"

    id: str = Field(primary_key=True, sa_type=Text)
    public_jwk: str = Field(sa_type=Text)
    sealed: bytes
    created_at: datetime = Field(sa_type=UtcDateTime)
    signs_until: datetime = Field(sa_type=UtcDateTime)
    verifies_until: datetime = Field(sa_type=UtcDateTime)


class ApiKey(Table, table=True):
    """A partner's or a program's way in, as sha256; `prefix` lets a person recognise it."""

    __tablename__ = "api_key"
    __table_args__ = (
        UniqueConstraint("workspace_id", "hash", name="api_key_workspace_id_hash_key"),
        ForeignKeyConstraint(["workspace_id"], ["identity.workspace.workspace_id"], name="api_key_workspace_id_fkey"),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    prefix: str = Field(sa_type=Text)
    hash: bytes
    scopes: list[str] = Field(sa_column=_texts())
    created_by: UUID | None
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(sa_type=UtcDateTime)


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
    handle: str | None = Field(sa_column=_bytewise())
    handle_key: str | None = Field(sa_column=_bytewise())
    handle_at: datetime | None = Field(sa_type=UtcDateTime)
    name: str | None = Field(sa_column=_bytewise())
    name_key: str | None = Field(sa_column=_bytewise())
    name_at: datetime | None = Field(sa_type=UtcDateTime)
    avatar_url: str | None = Field(sa_column=_bytewise())
    avatar_url_at: datetime | None = Field(sa_type=UtcDateTime)
    bio: str | None = Field(sa_column=_bytewise())
    bio_at: datetime | None = Field(sa_type=UtcDateTime)
    language: str | None = Field(sa_column=_bytewise())
    language_at: datetime | None = Field(sa_type=UtcDateTime)
    followers: int | None = Field(sa_type=BigInteger)
    followers_at: datetime | None = Field(sa_type=UtcDateTime)
    first_seen_at: datetime = Field(sa_type=UtcDateTime)


def _of_profile(table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["workspace_id", "profile_id"],
        ["identity.profile.workspace_id", "identity.profile.id"],
        name=f"{table}_workspace_id_profile_id_fkey",
    )


class ProfileValue(Table, table=True):
    """Every value that a handle, name, avatar, bio, language or link of a profile ever had, and since when."""

    __tablename__ = "profile_value"
    __table_args__ = (_of_profile("profile_value"),)

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    attribute: str = Field(primary_key=True, sa_type=Text)
    value_key: bytes = Field(primary_key=True)
    value: str = Field(sa_type=Text)
    first_seen_at: datetime = Field(sa_type=UtcDateTime)


class ProfileIdentifier(Table, table=True):
    """An e-mail address or phone number of a profile. It links only where verified_at is set and `linkable` holds."""

    __tablename__ = "profile_identifier"
    __table_args__ = (
        _of_profile("profile_identifier"),
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


class Contact(Table, table=True):
    """A person: the set of profiles whose membership names it. One of size 0 was absorbed; it is where its founder is."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size"),
        Index("contact_workspace_id_id_idx", "workspace_id", "id", postgresql_where=text("size > 0")),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    founder_id: UUID
    size: int
    version: int
    created_at: datetime = Field(sa_type=UtcDateTime)


class Membership(Table, table=True):
    """Which contact a profile belongs to now, by which rule. `version` counts the profile's moves."""

    __tablename__ = "membership"
    __table_args__ = (
        _of_profile("membership"),
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
    __table_args__ = (_of_profile("decision"),)

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    contact_id: UUID
    previous_contact_id: UUID | None
    rule: str = Field(sa_type=Text)
    explanation: str = Field(sa_type=Text)
    evidence_type: str | None = Field(sa_type=Text)
    evidence_key: bytes | None
    decided_at: datetime = Field(sa_type=UtcDateTime)


class Suggestion(Table, table=True):
    """Two profiles that may be one person where the evidence is not enough to move them; a person decides."""

    __tablename__ = "suggestion"
    __table_args__ = (
        _of_profile("suggestion"),
        CheckConstraint("state IN ('open', 'accepted', 'rejected')", name="state"),
        CheckConstraint("profile_id < other_profile_id", name="order"),
    )

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    other_profile_id: UUID = Field(primary_key=True)
    rule: str = Field(primary_key=True, sa_type=Text)
    state: str = Field(sa_type=Text)
    score: float
    explanation: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
