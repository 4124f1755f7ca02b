"""The query `media`. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from gateway.media.types import MediaFile
from gateway.relay import Identifying, read_id_of
from services.contracts.views.media import MediaView


def find_media(info: Info, id: Identifying) -> Awaitable[MediaView | None]:  # noqa: A002 - the argument's name in the schema
    """One file, or null where there is none that the caller may see."""
    return info.context.loaders.media_by_id.load(read_id_of(id, type_name="MediaFile"))


@strawberry.type
class MediaQueries:
    """Part of Query."""

    media = strawberry.field(resolver=find_media, graphql_type=MediaFile | None, description="One file. Null where there is none.")
