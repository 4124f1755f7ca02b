"""The query `connectors`. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.channels.types import Connector
from gateway.context import Info
from services.contracts.views.connectors import ConnectorView


def list_connectors(info: Info) -> Awaitable[list[ConnectorView]]:
    """What can be connected."""
    return info.context.loaders.connectors_by_caller.load(None)


@strawberry.type
class ChannelQueries:
    """Part of Query."""

    connectors = strawberry.field(
        resolver=list_connectors,
        graphql_type=list[Connector],
        description="The platforms that can be connected, what each needs and can do; by name, at most 100. Needs the scope channels:read.",
    )
