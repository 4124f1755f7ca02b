"""The queries for how tasks are given. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.assigning.types import Agent, AssignmentSettings
from gateway.context import Info
from services.contracts.views.assigning import AgentView, AssignmentSettingsView


def assignment_settings(info: Info) -> Awaitable[AssignmentSettingsView]:
    """What the workspace said."""
    return info.context.loaders.assignment_settings_by_caller.load(None)


def agents(info: Info) -> Awaitable[list[AgentView]]:
    """Everybody who works here."""
    return info.context.loaders.agents_by_caller.load(None)


@strawberry.type
class AssigningQueries:
    """Part of Query."""

    assignment_settings = strawberry.field(
        resolver=assignment_settings, graphql_type=AssignmentSettings, description="How tasks are given to members."
    )
    agents = strawberry.field(
        resolver=agents,
        graphql_type=list[Agent],
        description="Everybody who works here: what they can do, how much they have, whether they take work now.",
    )
