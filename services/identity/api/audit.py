"""The endpoint of the audit log, for administrators. Nothing in it can be changed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.contracts.views import AuditEntryView
from services.identity.audit import list_entries
from services.identity.parts import PartsOf
from services.kit.access import Caller, require
from services.kit.pagination import After, Limit, Page

router = APIRouter(tags=["members"])
Reader = Annotated[Caller, Depends(require("audit:read"))]
Subject = Annotated[UUID | None, Query(description="Only what was done about this member, invitation, team or API key.")]


@router.get("/v1/audit-log")
async def show_log(caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None, subject: Subject = None) -> Page[AuditEntryView]:
    """What was done about members and access, the newest first."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        page = await list_entries(connection, caller.workspace_id, limit=limit, after=after, subject=subject)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)
