"""Tables of connecting by OAuth: our registrations, authorizations under way, and when a channel's credentials are to be renewed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, PrimaryKeyConstraint, Text, text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class AppRegistration(Table, table=True):
    """A workspace's own registration at a platform's house; `sealed` holds its values and is bound to workspace and app."""

    __tablename__ = "app_registration"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "app", name="app_registration_pkey"),)

    workspace_id: UUID
    app: str = Field(sa_type=Text)
    sealed: bytes = Field(sa_type=LargeBinary)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ChannelAuthorization(Table, table=True):
    """One person's way to the platform and back. `sealed` holds what is needed until then, then what was granted, then nothing.

    `state` is begun, returned (the callback came: a state counts once), choosing (several accounts to pick from), done or failed.
    """

    __tablename__ = "channel_authorization"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="channel_authorization_pkey"),
        Index("channel_authorization_expires_at_idx", "workspace_id", "expires_at"),
    )

    workspace_id: UUID
    id: UUID
    platform: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    caller_id: UUID
    member_id: UUID | None = None
    channel_id: UUID | None = None
    state: str = Field(sa_type=Text)
    reason: str = Field(default="", sa_type=Text)
    sealed: bytes = Field(sa_type=LargeBinary)
    channels: str = Field(default="", sa_type=Text)
    begun_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class CredentialRefresh(Table, table=True):
    """When a channel's credentials end, and when they are renewed next (None: not at all). One process at a time holds the lease."""

    __tablename__ = "credential_refresh"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "channel_id", name="credential_refresh_pkey"),
        Index("credential_refresh_due_idx", "workspace_id", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    workspace_id: UUID
    channel_id: UUID
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    refreshed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = 0
    reason: str = Field(default="", sa_type=Text)
    lease_id: UUID | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
