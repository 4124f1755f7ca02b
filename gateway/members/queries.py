"""Queries for teams, invitations and the audit log. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.context import Info
from gateway.loaders import AuditPageKey, PeoplePageKey
from gateway.members.types import AuditEntry, Invitation, Team
from gateway.relay import After, Connection, First, read_after, read_first
from services.contracts.views import AuditEntryView, InvitationView, PageView, TeamView

Subject = Annotated[UUID | None, strawberry.argument(description="Only what was done to this member, invitation, team or key: bare id.")]


def list_teams(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[TeamView]]:
    """The workspace's teams."""
    return info.context.loaders.teams_by_page.load(PeoplePageKey(read_first(first), read_after(after)))


def list_invitations(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[InvitationView]]:
    """The workspace's invitations."""
    return info.context.loaders.invitations_by_page.load(PeoplePageKey(read_first(first), read_after(after)))


def list_audit_entries(info: Info, first: First = 20, after: After = None, subject: Subject = None) -> Awaitable[PageView[AuditEntryView]]:
    """The workspace's log."""
    return info.context.loaders.audit_entries_by_page.load(AuditPageKey(read_first(first), read_after(after), subject))


@strawberry.type
class MemberQueries:
    """Part of Query."""

    teams = strawberry.field(
        resolver=list_teams, graphql_type=Connection[Team], description="Teams in the order in which they were made. At most 100 a page."
    )
    invitations = strawberry.field(
        resolver=list_invitations,
        graphql_type=Connection[Invitation],
        description="Who was asked to join, the newest first, settled ones too. Needs the scope members:write. At most 100 a page.",
    )
    audit_log = strawberry.field(
        resolver=list_audit_entries,
        graphql_type=Connection[AuditEntry],
        description="What was done about members and access, the newest first. Needs the scope audit:read. At most 100 a page.",
    )
