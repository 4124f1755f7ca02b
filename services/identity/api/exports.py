"""REST of exports: everybody who is known, or some of them, as a file that may be imported again."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from services.identity.parts import PartsOf
from services.identity.transfer.exporting import CONTACTS_LIMIT, Selection, export_people
from services.kit.access import Caller, require

router = APIRouter(prefix="/v1", tags=["imports"])
Reader = Annotated[Caller, Depends(require("contacts:read"))]


@router.get("/exports", response_class=StreamingResponse)
async def export(
    caller: Reader,
    parts: PartsOf,
    format_: Annotated[Literal["csv", "ndjson"], Query(alias="format")] = "csv",
    label_id: Annotated[UUID | None, Query(description="Only contacts with this label.")] = None,
    contact_id: Annotated[list[UUID] | None, Query(max_length=CONTACTS_LIMIT, description="Only these; may be repeated.")] = None,
) -> StreamingResponse:
    """Every profile with the id of its contact. Cells that a spreadsheet would run as a formula begin with an apostrophe."""
    selection = Selection(label=label_id, contacts=contact_id)
    chunks = export_people(parts.app, caller.workspace_id, selection, as_csv=format_ == "csv")
    media_type = "text/csv; charset=utf-8" if format_ == "csv" else "application/x-ndjson"
    return StreamingResponse(chunks, media_type=media_type, headers={"content-disposition": f'attachment; filename="contacts.{format_}"'})
