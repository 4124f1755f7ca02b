"""REST of imports: the list, one with its progress, its report, cancelling it. Files come in by `transfer.uploading`."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.contracts.ids import ImportId
from services.contracts.views import ImportView
from services.contracts.vocabulary import ImportKind
from services.identity.parts import PartsOf
from services.identity.transfer.jobs import cancel_import, get_import
from services.identity.transfer.showing import import_view, list_imports, report_of
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1", tags=["imports"])
Reader = Annotated[Caller, Depends(require("contacts:read"))]
Writer = Annotated[Caller, Depends(require("contacts:write"))]
_PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_NAMES: Mapping[str, tuple[dict[str, Any], str]] = {
    "kind": ({"type": "string", "enum": list(ImportKind), "default": "profiles"}, "What the file holds."),
    "name": ({"type": "string", "maxLength": 200, "default": ""}, "What the file is called."),
    "network": ({"type": "string", "maxLength": 40}, "The network of rows that name none; `crm` where left out. Followers need it."),
    "scope": ({"type": "string", "maxLength": 200}, "The scope of rows that name none."),
    "of": ({"type": "string", "maxLength": 200}, "Whom followers follow: the account's id on the network. Left out, no relation is kept."),
    "delimiter": ({"type": "string", "maxLength": 3}, "One character, or `tab`; found by itself where left out."),
    "map": (
        {"type": "array", "items": {"type": "string"}},
        "COLUMN=FIELD for a column whose name is not a usual one; may be repeated. FIELD may be attribute:NAME, or - for none.",
    ),
    "channel": (
        {"type": "array", "items": {"type": "string"}},
        "INBOX=CHANNEL, of kind `chatwoot`: which channel here gets an inbox's history; may be repeated. Else one that only keeps gets it.",
    ),
}
# The route of `transfer.uploading`, which FastAPI does not see, for openapi.json.
BARE_PATHS: Mapping[str, Any] = {
    "/v1/imports": {
        "post": {
            "operationId": "begin_import",
            "summary": "Begin Import",
            "description": "Keep the body, a CSV or NDJSON file of at most 256 MiB, and read it as a job. "
            "`GET /v1/imports/{id}` tells how far it is.",
            "tags": ["imports"],
            "security": [{"HTTPBearer": []}],
            "parameters": [
                {"name": name, "in": "query", "required": False, "description": words, "schema": schema}
                for name, (schema, words) in _NAMES.items()
            ],
            "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
            "responses": {
                "201": {
                    "description": "The job.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ImportView"}}},
                },
                "4XX": {"description": "Refused; the problem says why.", **_PROBLEM},
                "5XX": {"description": "Not served; nothing was changed unless said.", **_PROBLEM},
            },
        }
    }
}


@router.get("/imports")
async def show_imports(caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[ImportView]:
    """The newest first. A file comes in by POST with its bytes as the body."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        page = await list_imports(connection, caller.workspace_id, limit=limit, after=after)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


@router.get("/imports/{import_id}")
async def show_import(import_id: UUID, caller: Reader, parts: PartsOf) -> ImportView:
    """One import and how far it is."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return import_view(await get_import(connection, caller.workspace_id, import_id))


@router.get("/imports/{import_id}/report", response_class=StreamingResponse)
async def show_report(
    import_id: UUID,
    caller: Reader,
    parts: PartsOf,
    format_: Annotated[Literal["ndjson", "csv"], Query(alias="format")] = "ndjson",
) -> StreamingResponse:
    """Every row that was refused, or taken without a part of it (`kept`), with its line, its key and why."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        await get_import(connection, caller.workspace_id, import_id)
    as_csv = format_ == "csv"
    chunks = report_of(parts.app, caller.workspace_id, ImportId(import_id), as_csv=as_csv)
    headers = {"content-disposition": f'attachment; filename="import-{import_id}.{format_}"'}
    return StreamingResponse(chunks, media_type="text/csv; charset=utf-8" if as_csv else "application/x-ndjson", headers=headers)


@router.post("/imports/{import_id}/cancel", response_model=ImportView)
async def cancel(import_id: UUID, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """End an import where it is. What it brought in stays."""

    async def act(connection: Connection) -> tuple[int, object]:
        ended = await cancel_import(connection, caller.workspace_id, ImportId(import_id), now=parts.clock.now())
        return 200, import_view(ended)

    return await once(request, parts.app, caller, act)
