"""Endpoints of a workspace's own attributes: their definitions, and a contact's values."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field, StringConstraints

from services.contracts.ids import ContactId
from services.contracts.views.facts import AttributeDefinitionView, AttributeView
from services.contracts.vocabulary import AttributeType
from services.identity.contacts import get_contact
from services.identity.facts.attributes import (
    attributes_of_contacts,
    change_definition,
    define_attribute,
    delete_definition,
    list_definitions,
    set_attributes,
)
from services.identity.facts.changing import Saying
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
Definer = Annotated[Caller, Depends(require("attributes:write"))]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
Shown = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
Options = Annotated[tuple[Shown, ...], Field(max_length=100)]
NamedKey = Annotated[str, Path(max_length=50)]


class DefinitionBody(RequestBody):
    """An attribute: its key (small letters, digits, _), what people read, its type, and what a choice chooses from."""

    key: Key
    label: Shown
    type: AttributeType
    options: Options = ()


class DefinitionChangeBody(RequestBody):
    """What is to change; what is absent stays. The type stays."""

    label: Shown | None = None
    options: Options | None = None


class ValuesBody(RequestBody):
    """Values by key; null takes one away. Numbers may be sent as text, so that no digit is lost."""

    values: Annotated[dict[Key, str | bool | int | float | None], Field(max_length=200)]
    source: Annotated[str, Field(min_length=1, max_length=100)] = "member"


@router.get("/v1/contact-attributes")
async def list_attribute_definitions(caller: Reader, parts: PartsOf) -> Page[AttributeDefinitionView]:
    """The workspace's attributes by key; at most 200, on one page."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return Page(items=await list_definitions(connection, caller.workspace_id))


@router.post("/v1/contact-attributes", status_code=201, response_model=AttributeDefinitionView)
async def add_attribute_definition(body: DefinitionBody, request: Request, caller: Definer, parts: PartsOf) -> Response:
    """Define an attribute. Its key and type stay for ever."""
    wanted = AttributeDefinitionView(key=body.key, label=body.label.strip(), type=body.type, options=body.options, version=1)

    async def act(connection: Connection) -> tuple[int, object]:
        return 201, await define_attribute(connection, caller.workspace_id, wanted, now=parts.clock.now())

    return await once(request, parts.app, caller, act)


@router.patch("/v1/contact-attributes/{key}")
async def change_attribute_definition(
    key: NamedKey, body: DefinitionChangeBody, expected: Expected, caller: Definer, parts: PartsOf, response: Response
) -> AttributeDefinitionView:
    """Rename an attribute, or change what it chooses from; an option that somebody has stays."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        definition = await change_definition(
            connection, caller.workspace_id, key, label=body.label, options=body.options, expected=expected
        )
    tag(response, definition.version)
    return definition


@router.delete("/v1/contact-attributes/{key}", status_code=204)
async def delete_attribute_definition(key: NamedKey, caller: Definer, parts: PartsOf) -> Response:
    """Delete an attribute with everybody's values of it."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        await delete_definition(connection, caller.workspace_id, key)
    return Response(status_code=204)


@router.get("/v1/contacts/{contact_id}/attributes")
async def list_attributes(contact_id: UUID, caller: Reader, parts: PartsOf, response: Response) -> Page[AttributeView]:
    """The contact's values by key."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await _listed(connection, caller, contact_id, response)


@router.patch("/v1/contacts/{contact_id}/attributes")
async def change_attributes(
    contact_id: UUID, body: ValuesBody, expected: Expected, caller: Writer, parts: PartsOf, response: Response
) -> Page[AttributeView]:
    """Set values, all of them or none. Answers all values of the contact."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), source=body.source, expected=expected)
    async with parts.app.transaction(caller.workspace_id) as connection:
        await set_attributes(connection, caller.workspace_id, ContactId(contact_id), values=body.values, saying=saying)
        return await _listed(connection, caller, contact_id, response)


async def _listed(connection: Connection, caller: Caller, contact_id: UUID, response: Response) -> Page[AttributeView]:
    contact = await get_contact(connection, caller.workspace_id, ContactId(contact_id))
    (attributes,) = await attributes_of_contacts(connection, caller.workspace_id, [contact.id])
    tag(response, contact.version)
    return Page(items=attributes)
