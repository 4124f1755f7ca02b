"""Endpoints of labels for people: the workspace's list, and giving them to contacts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import ContactId, ContactLabelId
from services.contracts.views.facts import ContactLabelView
from services.identity.contacts import get_contact
from services.identity.facts.changing import Saying
from services.identity.facts.labels import (
    add_label,
    change_label,
    delete_label,
    give_label,
    labels_of_contacts,
    list_labels,
    take_label,
)
from services.identity.parts import PartsOf
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once
from services.kit.pagination import Page
from services.kit.preconditions import Expected, tag

router = APIRouter(tags=["people"])
Reader = Annotated[Caller, Depends(require("contacts:read"))]
Writer = Annotated[Caller, Depends(require("contacts:write"))]
Name = Annotated[str, Field(min_length=1, max_length=50, pattern=r"\S")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class LabelBody(RequestBody):
    """A label's name, unique however it is written, and its colour as #rrggbb; `offered`: people may choose it on their preference page."""

    name: Name
    colour: Colour = "#808080"
    offered: bool = False


class LabelChangeBody(RequestBody):
    """What is to change; what is absent stays."""

    name: Name | None = None
    colour: Colour | None = None
    offered: bool | None = None


@router.get("/v1/contact-labels")
async def list_contact_labels(caller: Reader, parts: PartsOf) -> Page[ContactLabelView]:
    """All labels for people by name; at most 500, on one page."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return Page(items=await list_labels(connection, caller.workspace_id))


@router.post("/v1/contact-labels", status_code=201, response_model=ContactLabelView)
async def add_contact_label(body: LabelBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Put a label on the list."""

    async def act(connection: Connection) -> tuple[int, object]:
        now = parts.clock.now()
        return 201, await add_label(connection, caller.workspace_id, name=body.name, colour=body.colour, offered=body.offered, now=now)

    return await once(request, parts.app, caller, act)


@router.patch("/v1/contact-labels/{label_id}")
async def change_contact_label(
    label_id: UUID, body: LabelChangeBody, expected: Expected, caller: Writer, parts: PartsOf, response: Response
) -> ContactLabelView:
    """Rename, recolour or offer a label; it stays on its people."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        label = await change_label(
            connection,
            caller.workspace_id,
            ContactLabelId(label_id),
            name=body.name,
            colour=body.colour,
            offered=body.offered,
            expected=expected,
        )
    tag(response, label.version)
    return label


@router.delete("/v1/contact-labels/{label_id}", status_code=204)
async def delete_contact_label(label_id: UUID, caller: Writer, parts: PartsOf) -> Response:
    """Take a label from everybody and from the list."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        await delete_label(connection, caller.workspace_id, ContactLabelId(label_id))
    return Response(status_code=204)


@router.get("/v1/contacts/{contact_id}/labels")
async def list_labels_of_contact(contact_id: UUID, caller: Reader, parts: PartsOf, response: Response) -> Page[ContactLabelView]:
    """The contact's labels by name."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await _listed(connection, caller, contact_id, response)


@router.put("/v1/contacts/{contact_id}/labels/{label_id}")
async def put_label(
    contact_id: UUID, label_id: UUID, expected: Expected, caller: Writer, parts: PartsOf, response: Response
) -> Page[ContactLabelView]:
    """Give the contact a label. Answers all labels of the contact."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), expected=expected)
    async with parts.app.transaction(caller.workspace_id) as connection:
        await give_label(connection, caller.workspace_id, ContactId(contact_id), label=ContactLabelId(label_id), saying=saying)
        return await _listed(connection, caller, contact_id, response)


@router.delete("/v1/contacts/{contact_id}/labels/{label_id}")
async def remove_label(
    contact_id: UUID, label_id: UUID, expected: Expected, caller: Writer, parts: PartsOf, response: Response
) -> Page[ContactLabelView]:
    """Take a label from the contact. Answers the labels that are left."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), expected=expected)
    async with parts.app.transaction(caller.workspace_id) as connection:
        await take_label(connection, caller.workspace_id, ContactId(contact_id), label=ContactLabelId(label_id), saying=saying)
        return await _listed(connection, caller, contact_id, response)


async def _listed(connection: Connection, caller: Caller, contact_id: UUID, response: Response) -> Page[ContactLabelView]:
    contact = await get_contact(connection, caller.workspace_id, ContactId(contact_id))
    (labels,) = await labels_of_contacts(connection, caller.workspace_id, [contact.id])
    tag(response, contact.version)
    return Page(items=labels)
