"""Members' surroundings as identity answers: invitations, teams, and the log of what was done. Plain data."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.ids import AuditEntryId, InvitationId, KeyId, MemberId, TeamId
from services.contracts.vocabulary import Discipline, InvitationState, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationView:
    """Somebody asked to join. `sendings` counts how often the link was sent; only the last one works."""

    id: InvitationId
    email: str
    role: Role
    disciplines: tuple[Discipline, ...]
    languages: tuple[str, ...]
    state: InvitationState
    sendings: int
    created_at: datetime
    sent_at: datetime
    expires_at: datetime
    team_id: TeamId | None = None
    invited_by: MemberId | None = None
    member_id: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentInvitationView:
    """An invitation just sent. `token` opens the door once and is stored nowhere; `link` is None where the deployment names no address."""

    invitation: InvitationView
    token: str
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamView:
    """Members who work together, in the order in which they joined the company. The lead, where there is one, is one of them."""

    id: TeamId
    name: str
    lead_id: MemberId | None
    member_ids: tuple[MemberId, ...]
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntryView:
    """What was done about members or access. Neither `by_member` nor `by_key`: the operator did it, or the invited person."""

    id: AuditEntryId
    at: datetime
    action: str
    subject_id: UUID
    detail: str
    by_member: MemberId | None = None
    by_key: KeyId | None = None
