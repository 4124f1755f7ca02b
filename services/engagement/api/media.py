"""REST of files: what is known of one, with a new link, and its removal. Their bytes come and go by `media.serving`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.contracts.media_views import MediaView
from services.engagement.api.edge import PartsOf
from services.engagement.errors import MediaNotFoundError
from services.engagement.statements import media as statements
from services.kit.access import Caller, require

router = APIRouter(prefix="/v1", tags=["media"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Writer = Annotated[Caller, Depends(require("conversations:write"))]


@router.get("/media/{media_id}")
async def get_media(media_id: UUID, caller: Reader, parts: PartsOf) -> MediaView:
    """One file; its `url` is good for an hour at least. A file comes in by POST /v1/media with its bytes as the body."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await statements.media_by_id(connection, caller.workspace_id, [media_id])
    if not rows:
        raise MediaNotFoundError
    return parts.media.view(caller.workspace_id, rows[0])


@router.delete("/media/{media_id}", status_code=204)
async def delete_media(media_id: UUID, caller: Writer, parts: PartsOf) -> Response:
    """Nobody gets the file any more, by whatever link; its bytes are removed within seconds."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        if not await statements.dismiss_media(connection, caller.workspace_id, media_id, now=parts.clock.now()):
            raise MediaNotFoundError
    return Response(status_code=204)
