"""Calls to identity about members: invitations, teams, absence, leaving, the audit log. Called by loaders and mutations."""

from collections.abc import Mapping
from uuid import UUID

from gateway.clients.identity import SessionAnswer
from gateway.clients.service import COMMAND_TIMEOUT_SECONDS, Service
from services.contracts.ids import InvitationId, MemberId, TeamId
from services.contracts.views import AuditEntryView, InvitationView, MemberView, PageView, SentInvitationView, TeamView

Payload = Mapping[str, object]


class MemberClient:
    """Who works here, and how they come and go."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def teams_by_ids(self, ids: list[UUID]) -> list[TeamView | None]:
        """The teams."""
        return await self._service.batch("/internal/teams/by-ids", ids, expect=list[TeamView | None])

    async def teams_by_member_ids(self, ids: list[UUID]) -> list[list[TeamView]]:
        """The teams that each member is in."""
        return await self._service.batch("/internal/teams/by-member-ids", ids, expect=list[list[TeamView]])

    async def invitations_by_ids(self, ids: list[UUID]) -> list[InvitationView | None]:
        """The invitations."""
        return await self._service.batch("/internal/invitations/by-ids", ids, expect=list[InvitationView | None])

    async def page_of_teams(self, *, limit: int, after: str | None) -> PageView[TeamView]:
        """In the order in which they were made."""
        payload = {"limit": limit, "after": after}
        return await self._service.ask("POST", "/internal/teams/page", expect=PageView[TeamView], payload=payload)

    async def page_of_invitations(self, *, limit: int, after: str | None) -> PageView[InvitationView]:
        """The newest first."""
        payload = {"limit": limit, "after": after}
        return await self._service.ask("POST", "/internal/invitations/page", expect=PageView[InvitationView], payload=payload)

    async def page_of_log(self, *, limit: int, after: str | None, subject: UUID | None) -> PageView[AuditEntryView]:
        """The newest first."""
        payload = {"limit": limit, "after": after, "subject": subject}
        return await self._service.ask("POST", "/internal/audit-log/page", expect=PageView[AuditEntryView], payload=payload)

    async def invite(self, payload: Payload) -> SentInvitationView:
        """Payload: email, role, disciplines, languages, team_id."""
        return await self._service.ask("POST", "/v1/invitations", expect=SentInvitationView, payload=payload)

    async def resend(self, invitation: InvitationId) -> SentInvitationView:
        """Another link."""
        return await self._service.ask("POST", f"/v1/invitations/{invitation}/resend", expect=SentInvitationView)

    async def revoke(self, invitation: InvitationId) -> None:
        """Take it back."""
        await self._service.tell("DELETE", f"/v1/invitations/{invitation}")

    async def accept(self, payload: Payload) -> SessionAnswer:
        """Payload: token, name, password."""
        path = "/v1/auth/accept-invitation"
        return await self._service.ask("POST", path, expect=SessionAnswer, payload=payload, timeout_seconds=COMMAND_TIMEOUT_SECONDS)

    async def change(self, member: MemberId, payload: Payload) -> MemberView:
        """Payload: name, role, disciplines, languages."""
        return await self._service.ask("PATCH", f"/v1/members/{member}", expect=MemberView, payload=payload)

    async def set_absence(self, member: MemberId, payload: Payload) -> MemberView:
        """Payload: absent_from, absent_until, deputy_id."""
        return await self._service.ask("PUT", f"/v1/members/{member}/absence", expect=MemberView, payload=payload)

    async def end_absence(self, member: MemberId) -> MemberView:
        """The member is here."""
        return await self._service.ask("DELETE", f"/v1/members/{member}/absence", expect=MemberView)

    async def deactivate(self, member: MemberId, *, successor: MemberId | None) -> MemberView:
        """Keep a member out."""
        payload = {"successor_id": successor}
        return await self._service.ask("POST", f"/v1/members/{member}/deactivate", expect=MemberView, payload=payload)

    async def reactivate(self, member: MemberId) -> MemberView:
        """Let a member in again."""
        return await self._service.ask("POST", f"/v1/members/{member}/reactivate", expect=MemberView)

    async def create_team(self, payload: Payload) -> TeamView:
        """Payload: name, member_ids, lead_id."""
        return await self._service.ask("POST", "/v1/teams", expect=TeamView, payload=payload)

    async def change_team(self, team: TeamId, payload: Payload) -> TeamView:
        """Payload: version, and what is to change."""
        return await self._service.ask("PATCH", f"/v1/teams/{team}", expect=TeamView, payload=payload)

    async def delete_team(self, team: TeamId) -> None:
        """Its members stay."""
        await self._service.tell("DELETE", f"/v1/teams/{team}")
