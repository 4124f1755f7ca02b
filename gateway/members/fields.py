"""How members, teams and invitations find one another. Called by types; asks loaders only."""

import asyncio
from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from services.contracts.ids import MemberId
from services.contracts.views import AuditEntryView, InvitationView, MemberView, TeamView


def deputy_of(root: strawberry.Parent[MemberView], info: Info) -> Awaitable[MemberView | None] | None:
    """Who stands in."""
    return _member(info, root.deputy_id)


def successor_of(root: strawberry.Parent[MemberView], info: Info) -> Awaitable[MemberView | None] | None:
    """Who took over."""
    return _member(info, root.successor_id)


def teams_of_member(root: strawberry.Parent[MemberView], info: Info) -> Awaitable[list[TeamView]]:
    """The teams the member is in."""
    return info.context.loaders.teams_by_member.load(root.id)


async def members_of_team(root: strawberry.Parent[TeamView], info: Info) -> list[MemberView]:
    """Who is in the team."""
    found = await asyncio.gather(*(info.context.loaders.member_by_id.load(each) for each in root.member_ids))
    return [each for each in found if each is not None]


def lead_of(root: strawberry.Parent[TeamView], info: Info) -> Awaitable[MemberView | None] | None:
    """Who leads the team."""
    return _member(info, root.lead_id)


def team_of_invitation(root: strawberry.Parent[InvitationView], info: Info) -> Awaitable[TeamView | None] | None:
    """Which team the person will be in."""
    return None if root.team_id is None else info.context.loaders.team_by_id.load(root.team_id)


def inviter_of(root: strawberry.Parent[InvitationView], info: Info) -> Awaitable[MemberView | None] | None:
    """Who asked."""
    return _member(info, root.invited_by)


def member_of_invitation(root: strawberry.Parent[InvitationView], info: Info) -> Awaitable[MemberView | None] | None:
    """Who came of it."""
    return _member(info, root.member_id)


def actor_of_entry(root: strawberry.Parent[AuditEntryView], info: Info) -> Awaitable[MemberView | None] | None:
    """Who did it."""
    return _member(info, root.by_member)


def _member(info: Info, member: MemberId | None) -> Awaitable[MemberView | None] | None:
    return None if member is None else info.context.loaders.member_by_id.load(member)
