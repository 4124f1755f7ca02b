"""The queries `connectors`, `authorization` and `templates`. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.channels.types import ApprovedTemplate, Authorization, Connector
from gateway.context import Info
from gateway.relay import read_id_of
from services.contracts.views.authorizing import AuthorizationView
from services.contracts.views.connectors import ApprovedTemplateView, ConnectorView

ChannelKey = Annotated[strawberry.ID, strawberry.argument(description="The channel, by global id.")]
Key = Annotated[strawberry.ID, strawberry.argument(description="As Authorization.key.")]


def list_connectors(info: Info) -> Awaitable[list[ConnectorView]]:
    """What can be connected."""
    return info.context.loaders.connectors_by_caller.load(None)


def find_authorization(info: Info, key: Key) -> Awaitable[AuthorizationView | None]:
    """One's own."""
    return info.context.loaders.authorization_by_id.load(read_id_of(key, type_name="Authorization"))


def list_templates(info: Info, channel_id: ChannelKey) -> Awaitable[list[ApprovedTemplateView]]:
    """What may be sent now."""
    return info.context.loaders.templates_by_channel.load(read_id_of(channel_id, type_name="Channel"))


@strawberry.type
class ChannelQueries:
    """Part of Query."""

    connectors = strawberry.field(
        resolver=list_connectors,
        graphql_type=list[Connector],
        description="The platforms that can be connected, what each needs and can do; by name, at most 100. Needs the scope channels:read.",
    )
    authorization = strawberry.field(
        resolver=find_authorization,
        graphql_type=Authorization | None,
        description="A way to a platform that the caller began, and where it stands. Needs the scope channels:write.",
    )
    templates = strawberry.field(
        resolver=list_templates,
        graphql_type=list[ApprovedTemplate],
        description="The templates that may be sent by a channel now, as its platform says at this moment; at most 500, none where it has "
        "no templates. Needs the scope conversations:read.",
    )
