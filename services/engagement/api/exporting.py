"""What engagement keeps of one person, for the person: the whole history, and what is kept beside it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.contracts.views import ExportedView
from services.engagement.api.edge import PartsOf
from services.engagement.statements import exporting as statements
from services.kit.access import Caller, require
from services.kit.ids import FIRST_ID
from services.kit.pagination import After, Limit, Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/v1", tags=["erasure"])
Exporter = Annotated[Caller, Depends(require("people:erase"))]


@router.get("/contacts/{contact_id}/export/history")
async def export_history(contact_id: UUID, caller: Exporter, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[ExportedView]:
    """Every message from and to them, every note, whole, in the order in which they came; the first page tells the rest as well."""
    last = decode_cursor(after, (UUID,))[0] if after else FIRST_ID
    async with parts.database.transaction(caller.workspace_id) as connection:
        profiles = await statements.profiles_of_contact(connection, caller.workspace_id, contact_id)
        rows = await statements.exported_history(connection, caller.workspace_id, profiles, after=last, limit=limit + 1)
        beside = [] if after else await statements.exported_beside(connection, caller.workspace_id, profiles)
    shown = rows[:limit]
    items = [ExportedView(kind=kind, data=data) for kind, data in [*beside, *(("interaction", row["data"]) for row in shown)]]
    return Page(items=items, next_cursor=encode_cursor(shown[-1]["id"]) if len(rows) > limit else None)
