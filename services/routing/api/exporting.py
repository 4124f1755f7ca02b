"""What routing keeps of one person, for the person: the work that they led to."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.contracts.views import ExportedView
from services.kit.access import Caller, require
from services.kit.ids import FIRST_ID
from services.kit.pagination import After, Page, decode_cursor, encode_cursor
from services.routing.api.edge import PartsOf
from services.routing.statements.erasing import exported_tasks

router = APIRouter(tags=["erasure"])
Exporter = Annotated[Caller, Depends(require("people:erase"))]


@router.get("/v1/contacts/{contact_id}/export/work")
async def export_work(contact_id: UUID, caller: Exporter, parts: PartsOf, after: After = None) -> Page[ExportedView]:
    """Their tasks, whole. A page may be empty and yet not the last: follow `next_cursor` until it is null."""
    last = decode_cursor(after, (UUID,))[0] if after else FIRST_ID
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows, following = await exported_tasks(connection, caller.workspace_id, contact_id, after=last)
    items = [ExportedView(kind="task", data=row) for row in rows]
    return Page(items=items, next_cursor=None if following is None else encode_cursor(following))
