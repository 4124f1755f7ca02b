"""Endpoints of the playbook: read whole, edited cell by cell."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from services.contracts.views import PlaybookCellView
from services.contracts.vocabulary import Discipline, Phase
from services.kit.access import Caller, require
from services.kit.http import RequestBody
from services.routing.api.edge import PartsOf
from services.routing.playbook import Cell, playbook_of, replace_cell

router = APIRouter(tags=["playbook"])
Reader = Annotated[Caller, Depends(require("tasks:read"))]
Editor = Annotated[Caller, Depends(require("playbook:write"))]
Trigger = Annotated[str, Field(min_length=1, max_length=200)]
MINUTES_OF_A_YEAR = 366 * 24 * 60


class CellBody(RequestBody):
    """A cell as it is to be, with the version that was read."""

    triggers: Annotated[tuple[Trigger, ...], Field(max_length=100)]
    work: Annotated[str, Field(min_length=1, max_length=2000)]
    guidance: Annotated[str, Field(max_length=10_000)]
    due_minutes: Annotated[int, Field(ge=1, le=MINUTES_OF_A_YEAR, description="For normal urgency.")]
    approval: bool
    version: Annotated[int, Field(ge=0, le=2**31 - 2, description="The version that was read; 0 for a cell as shipped.")]


@router.get("/v1/playbook")
async def list_playbook(caller: Reader, parts: PartsOf) -> list[Cell]:
    """Every cell: what each discipline does in each phase."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return list((await playbook_of(connection, caller.workspace_id)).values())


@router.put("/v1/playbook/{phase}/{discipline}")
async def edit_cell(phase: Phase, discipline: Discipline, body: CellBody, caller: Editor, parts: PartsOf) -> Cell:
    """Replace a cell for work that comes from now on. Refused where somebody changed it meanwhile."""
    cell = PlaybookCellView(
        phase=phase,
        discipline=discipline,
        triggers=body.triggers,
        work=body.work,
        guidance=body.guidance,
        due_minutes=body.due_minutes,
        approval=body.approval,
    )
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await replace_cell(connection, caller.workspace_id, cell, version=body.version, by=caller.caller_id, now=parts.clock.now())
