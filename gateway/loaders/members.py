"""Loaders of teams, invitations and the audit log. Called by resolvers through `Loaders`."""

from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from gateway.clients.members import MemberClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader
from gateway.loaders.identity import PeoplePageKey
from services.contracts.views import AuditEntryView, InvitationView, PageView, TeamView


class AuditPageKey(NamedTuple):
    """A page of the log; of one subject where it is named."""

    limit: int
    after: str | None
    subject: UUID | None


class TeamByIdLoader(ByIdLoader[TeamView | None]):
    """Teams."""


class TeamsByMemberLoader(ByIdLoader[list[TeamView]]):
    """The teams that a member is in."""


class InvitationByIdLoader(ByIdLoader[InvitationView | None]):
    """Invitations."""


class TeamsByPageLoader(OneByOneLoader[PeoplePageKey, PageView[TeamView]]):
    """A page of the workspace's teams."""


class InvitationsByPageLoader(OneByOneLoader[PeoplePageKey, PageView[InvitationView]]):
    """A page of the workspace's invitations."""


class AuditEntriesByPageLoader(OneByOneLoader[AuditPageKey, PageView[AuditEntryView]]):
    """A page of the workspace's log."""


class MemberLoaders:
    """Part of Loaders."""

    _members: MemberClient

    @cached_property
    def team_by_id(self) -> TeamByIdLoader:
        """Keys: team ids."""
        return TeamByIdLoader(self._members.teams_by_ids)

    @cached_property
    def teams_by_member(self) -> TeamsByMemberLoader:
        """Keys: member ids."""
        return TeamsByMemberLoader(self._members.teams_by_member_ids)

    @cached_property
    def invitation_by_id(self) -> InvitationByIdLoader:
        """Keys: invitation ids."""
        return InvitationByIdLoader(self._members.invitations_by_ids)

    @cached_property
    def teams_by_page(self) -> TeamsByPageLoader:
        """Keys: pages."""
        return TeamsByPageLoader(lambda key: self._members.page_of_teams(limit=key.limit, after=key.after))

    @cached_property
    def invitations_by_page(self) -> InvitationsByPageLoader:
        """Keys: pages."""
        return InvitationsByPageLoader(lambda key: self._members.page_of_invitations(limit=key.limit, after=key.after))

    @cached_property
    def audit_entries_by_page(self) -> AuditEntriesByPageLoader:
        """Keys: pages."""
        return AuditEntriesByPageLoader(lambda key: self._members.page_of_log(limit=key.limit, after=key.after, subject=key.subject))
