"""What a file shows. Called by the schema; the values are the contract's views."""

from datetime import datetime

import strawberry

from gateway.relay import Node, shows
from services.contracts.views.media import MediaView


@shows(MediaView, description="A file that we keep: uploaded by a member (POST /v1/media) or a visitor, or fetched from a platform.")
class MediaFile(Node):
    """See MediaView."""

    state: str = strawberry.field(description="wanted (to be fetched), stored, or refused.")
    source: str = strawberry.field(description="upload, platform, or visitor (of web chat).")
    name: str = strawberry.field(description="Its name, where it has one; at most 200 characters.")
    type: str = strawberry.field(description="Its media type, by its bytes; empty until it is there.")
    size_bytes: int = strawberry.field(description="Its size.")
    width: int | None = strawberry.field(description="Of a picture: its pixels across.")
    height: int | None = strawberry.field(description="Of a picture: its pixels down.")
    url: str | None = strawberry.field(description="A signed link, good for an hour at least; null until the file is there.")
    reason: str = strawberry.field(description="Why it is not kept, if it is not.")
    created_at: datetime = strawberry.field(description="When it was uploaded, or its message came; UTC.")
