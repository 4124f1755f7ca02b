"""Queries for the viewer and the workspace. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.access.types import Viewer, Workspace
from gateway.context import Info
from services.contracts.views import WorkspaceView
from services.kit.access import Caller


def get_viewer(info: Info) -> Caller:
    """Whoever asks."""
    return info.context.caller


def get_workspace(info: Info) -> Awaitable[WorkspaceView]:
    """The company asked in."""
    return info.context.loaders.workspace_by_caller.load(None)


@strawberry.type
class AccessQueries:
    """Part of Query."""

    viewer = strawberry.field(resolver=get_viewer, graphql_type=Viewer, description="Whoever asks.")
    workspace = strawberry.field(resolver=get_workspace, graphql_type=Workspace, description="The company asked in.")
