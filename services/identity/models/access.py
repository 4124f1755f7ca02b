"""Who may come in: workspaces, members, sessions, tokens, keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from services.identity.models.schema import Table, texts
from services.kit.model import UtcDateTime


class Workspace(Table, table=True):
    """A tenant. Its own id is the workspace_id, so the same policy guards it; found by slug as the role `worker`."""

    __tablename__ = "workspace"
    __table_args__ = (UniqueConstraint("slug", name="workspace_slug_key"),)

    workspace_id: UUID = Field(primary_key=True)
    slug: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Member(Table, table=True):
    """A person of the company. `email_key` is the normalised address, by which one signs in; `version` grows with every change.

    From `absent_from` to `absent_until` (None: until further notice) the deputy gets what is new.
    `successor_id` took over from one who left.
    """

    __tablename__ = "member"
    __table_args__ = (
        UniqueConstraint("workspace_id", "email_key", name="member_workspace_id_email_key_key"),
        ForeignKeyConstraint(["workspace_id"], ["identity.workspace.workspace_id"], name="member_workspace_id_fkey"),
        *(
            ForeignKeyConstraint(
                ["workspace_id", column],
                ["identity.member.workspace_id", "identity.member.id"],
                name=f"member_workspace_id_{column}_fkey",
            )
            for column in ("deputy_id", "successor_id")
        ),
        CheckConstraint("role IN ('admin', 'marketer', 'agent', 'partner')", name="role"),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    email: str = Field(sa_type=Text)
    email_key: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    password_hash: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    disciplines: list[str] = Field(sa_column=texts())
    languages: list[str] = Field(sa_column=texts())
    active: bool
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1
    deputy_id: UUID | None
    absent_from: datetime | None = Field(sa_type=UtcDateTime)
    absent_until: datetime | None = Field(sa_type=UtcDateTime)
    successor_id: UUID | None


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
    scopes: list[str] = Field(sa_column=texts())
    created_by: UUID | None
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(sa_type=UtcDateTime)
