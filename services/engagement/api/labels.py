"""REST of labels: list, make, rename, recolour, delete. Putting them on threads is a change of the conversation."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import LabelId
from services.contracts.views import LabelView
from services.engagement.api.edge import PartsOf
from services.engagement.conversations import labels
from services.engagement.rendering import label_view
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once
from services.kit.pagination import Page

router = APIRouter(prefix="/v1/labels", tags=["labels"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Writer = Annotated[Caller, Depends(require("conversations:write"))]
Name = Annotated[str, Field(min_length=1, max_length=50, pattern=r"\S")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class AddLabel(RequestBody):
    """A label's name, unique however it is written, and its colour as #rrggbb."""

    name: Name
    colour: Colour = "#808080"


class ChangeLabel(RequestBody):
    """What is to change, and the version that the caller saw."""

    version: int = Field(ge=0, le=2**31 - 1)
    name: Name | None = None
    colour: Colour | None = None


@router.get("")
async def list_labels(caller: Reader, parts: PartsOf) -> Page[LabelView]:
    """All labels by name; at most 500, on one page."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await labels.list_labels(connection, caller.workspace_id)
    return Page(items=tuple(map(label_view, rows)), next_cursor=None)


@router.post("", status_code=201, response_model=LabelView)
async def add_label(request: Request, body: AddLabel, caller: Writer, parts: PartsOf) -> Response:
    """Make a label. Takes an Idempotency-Key."""

    async def act(connection: Connection) -> tuple[int, object]:
        made = await labels.add_label(connection, caller.workspace_id, name=body.name, colour=body.colour, now=parts.clock.now())
        return 201, label_view(made)

    return await once(request, parts.database, caller, act)


@router.patch("/{label_id}")
async def change_label(label_id: UUID, body: ChangeLabel, caller: Writer, parts: PartsOf) -> LabelView:
    """Rename or recolour a label; it stays on its threads."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await labels.change_label(
            connection, caller.workspace_id, LabelId(label_id), name=body.name, colour=body.colour, version=body.version
        )
    return label_view(row)


@router.delete("/{label_id}", status_code=204)
async def delete_label(label_id: UUID, caller: Writer, parts: PartsOf) -> Response:
    """Take a label from every thread and from the list."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        await labels.delete_label(connection, caller.workspace_id, LabelId(label_id))
    return Response(status_code=204)
