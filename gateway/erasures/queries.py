"""The query for a certificate. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.erasures.keys import read_erasure_key
from gateway.erasures.types import Erasure
from services.contracts.views import ErasureView

Key = Annotated[strawberry.ID, strawberry.argument(description="The erasure's key, as eraseContact gave it.")]


def find_erasure(info: Info, key: Key) -> Awaitable[ErasureView | None]:
    """The certificate."""
    return info.context.loaders.erasures_by_id.load(read_erasure_key(key))


@strawberry.type
class ErasureQueries:
    """Part of Query."""

    erasure = strawberry.field(
        resolver=find_erasure,
        graphql_type=Erasure | None,
        description="The certificate of an erasure, complete or not; null where there is none. Needs the scope people:erase.",
    )
