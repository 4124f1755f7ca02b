"""Who is invited, who works together, and what was done about members and access. Called by the models' package."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from services.identity.models.schema import Table, texts
from services.kit.model import UtcDateTime


class Team(Table, table=True):
    """Members who work together, whatever their disciplines. `name_key` is the name as it is compared."""

    __tablename__ = "team"
    __table_args__ = (
        UniqueConstraint("workspace_id", "name_key", name="team_workspace_id_name_key_key"),
        ForeignKeyConstraint(
            ["workspace_id", "lead_id"],
            ["identity.member.workspace_id", "identity.member.id"],
            name="team_workspace_id_lead_id_fkey",
        ),
        Index("team_workspace_id_lead_id_idx", "workspace_id", "lead_id", postgresql_where=text("lead_id IS NOT NULL")),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    name_key: str = Field(sa_type=Text)
    lead_id: UUID | None
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int


class TeamMember(Table, table=True):
    """That a member is in a team; a member may be in several."""

    __tablename__ = "team_member"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "team_id"],
            ["identity.team.workspace_id", "identity.team.id"],
            name="team_member_workspace_id_team_id_fkey",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["workspace_id", "member_id"],
            ["identity.member.workspace_id", "identity.member.id"],
            name="team_member_workspace_id_member_id_fkey",
        ),
        Index("team_member_workspace_id_member_id_team_id_idx", "workspace_id", "member_id", "team_id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    team_id: UUID = Field(primary_key=True)
    member_id: UUID = Field(primary_key=True)


class Invitation(Table, table=True):
    """Somebody asked to join. The link's token is here as sha256 only; sent again, it has another. `member_id` is who came of it.

    `team_id` names no key: a team that is gone meanwhile is passed over.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("workspace_id", "token_hash", name="invitation_workspace_id_token_hash_key"),
        ForeignKeyConstraint(["workspace_id"], ["identity.workspace.workspace_id"], name="invitation_workspace_id_fkey"),
        CheckConstraint("role IN ('admin', 'marketer', 'agent', 'partner')", name="role"),
        Index(
            "invitation_open_key",
            "workspace_id",
            "email_key",
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    email: str = Field(sa_type=Text)
    email_key: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    disciplines: list[str] = Field(sa_column=texts())
    languages: list[str] = Field(sa_column=texts())
    team_id: UUID | None
    invited_by: UUID | None
    token_hash: bytes
    sendings: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    accepted_at: datetime | None = Field(sa_type=UtcDateTime)
    member_id: UUID | None
    revoked_at: datetime | None = Field(sa_type=UtcDateTime)


class AuditEntry(Table, table=True):
    """What was done about members and access, and by whom; neither `by_` means the operator. Only ever added to."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("audit_entry_workspace_id_subject_id_id_idx", "workspace_id", "subject_id", "id"),)

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    action: str = Field(sa_type=Text)
    subject_id: UUID
    detail: str = Field(sa_type=Text)
    by_member: UUID | None
    by_key: UUID | None
