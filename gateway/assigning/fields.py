"""How the connected things of assignments are found. Called by `types` through the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from services.contracts.views import ChannelView, MemberView
from services.contracts.views.assigning import AgentView, AssignmentView, ScoreView, WeightView


def member_of(root: strawberry.Parent[AgentView | ScoreView | AssignmentView], info: Info) -> Awaitable[MemberView | None] | None:
    """Whom it is about."""
    return None if root.member_id is None else info.context.loaders.member_by_id.load(root.member_id)


def former_of(root: strawberry.Parent[AssignmentView], info: Info) -> Awaitable[MemberView | None] | None:
    """Whose it was until then."""
    return None if root.former_id is None else info.context.loaders.member_by_id.load(root.former_id)


def channel_of(root: strawberry.Parent[WeightView], info: Info) -> Awaitable[ChannelView | None]:
    """Of which channel."""
    return info.context.loaders.channel_by_id.load(root.channel_id)
