"""REST of files: what is known of one, with a new link, and its removal. Their bytes come and go by `media.serving`."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.contracts.views.media import MediaView
from services.engagement.api.edge import PartsOf
from services.engagement.errors import MediaNotFoundError
from services.engagement.media.receiving import NAME_LIMIT_CHARS
from services.engagement.statements import media as statements
from services.kit.access import Caller, require

router = APIRouter(prefix="/v1", tags=["media"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Writer = Annotated[Caller, Depends(require("conversations:write"))]
_PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_REFUSALS = {
    "4XX": {"description": "Refused; the problem says why.", **_PROBLEM},
    "5XX": {"description": "Not served; nothing was changed unless said.", **_PROBLEM},
}
# The routes of `media.serving`, which FastAPI does not see, for openapi.json.
BARE_PATHS: Mapping[str, Any] = {
    "/v1/media": {
        "post": {
            "operationId": "upload_media",
            "summary": "Upload Media",
            "description": "Keep the body, as it is, as a file of at most 25 MiB. What it is is read from its bytes.",
            "tags": ["media"],
            "security": [{"HTTPBearer": []}],
            "parameters": [
                {
                    "name": "name",
                    "in": "query",
                    "required": False,
                    "description": "What the file is called; without a path.",
                    "schema": {"type": "string", "maxLength": NAME_LIMIT_CHARS, "default": ""},
                }
            ],
            "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
            "responses": {
                "201": {
                    "description": "The file, with a link to it.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MediaView"}}},
                },
                **_REFUSALS,
            },
        }
    },
    "/media/{link}": {
        "get": {
            "operationId": "download_media",
            "summary": "Download Media",
            "description": "The file of a link that we gave out, while the link is good. Whoever has the link has the file: no token.",
            "tags": ["media"],
            "parameters": [{"name": "link", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {
                "200": {
                    "description": "Its bytes; shown in place only where browsers run nothing of it.",
                    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
                },
                **_REFUSALS,
            },
        }
    },
}


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
