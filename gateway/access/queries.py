"""Queries for the viewer and the workspace. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.access.types import Member, Viewer, Workspace
from gateway.context import Info
from gateway.loaders import PeoplePageKey
from gateway.relay import After, Connection, First, read_after, read_first
from services.contracts.views import MemberView, PageView, WorkspaceView
from services.kit.access import Caller


def get_viewer(info: Info) -> Caller:
    """Whoever asks."""
    return info.context.caller


def get_workspace(info: Info) -> Awaitable[WorkspaceView]:
    """The company asked in."""
    return info.context.loaders.workspace_by_caller.load(None)


def list_members(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[MemberView]]:
    """The workspace's members."""
    return info.context.loaders.members_by_page.load(PeoplePageKey(read_first(first), read_after(after)))


@strawberry.type
class AccessQueries:
    """Part of Query."""

    viewer = strawberry.field(resolver=get_viewer, graphql_type=Viewer, description="Whoever asks.")
    workspace = strawberry.field(resolver=get_workspace, graphql_type=Workspace, description="The company asked in.")
    members = strawberry.field(
        resolver=list_members,
        graphql_type=Connection[Member],
        description="Who works here, in the order in which they joined, whoever left among them. At most 100 a page.",
    )
