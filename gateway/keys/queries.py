"""The query for API keys. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from gateway.keys.types import ApiKey
from gateway.loaders import PeoplePageKey
from gateway.relay import After, Connection, First, read_after, read_first
from services.contracts.views import PageView
from services.contracts.views.keys import KeyView


def list_keys(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[KeyView]]:
    """The workspace's keys."""
    return info.context.loaders.api_keys_by_page.load(PeoplePageKey(read_first(first), read_after(after)))


@strawberry.type
class KeyQueries:
    """Part of Query."""

    api_keys = strawberry.field(
        resolver=list_keys,
        graphql_type=Connection[ApiKey],
        description="API keys, expired and revoked ones too, newest first. At most 100 a page. Needs the scope keys:write.",
    )
