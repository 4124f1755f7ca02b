"""Endpoints of what other systems call people: upsert and look-up by it, and by account, address, number or handle."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from services.contracts.ids import ContactId
from services.contracts.interaction import Author, Claimed
from services.contracts.views import ContactView
from services.contracts.views.facts import ReferenceView
from services.identity.api.shapes import ClaimBody
from services.identity.contacts import get_contact
from services.identity.facts.attributes import set_attributes
from services.identity.facts.changing import Saying
from services.identity.facts.references import (
    Question,
    find_contacts,
    references_of_contacts,
    remove_reference,
    set_reference,
    upsert_by_reference,
)
from services.identity.parts import PartsOf
from services.identity.statements.contacts import contacts_of_ids
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.http.references import ExternalId, Named, System, Url
from services.kit.pagination import Page
from services.kit.preconditions import Expected, tag
from services.kit.references import Reference

router = APIRouter(tags=["people"])
Reader = Annotated[Caller, Depends(require("contacts:read"))]
Writer = Annotated[Caller, Depends(require("contacts:write"))]


class ReferenceBody(RequestBody):
    """Where the other system shows it."""

    url: Url | None = None


class ReferredContactBody(RequestBody):
    """What another system knows of a person; what is absent stays. `attributes` are values by key, as for /attributes."""

    url: Url | None = None
    name: Annotated[str, Field(max_length=300)] | None = None
    emails: Annotated[tuple[ClaimBody, ...], Field(max_length=20)] = ()
    phones: Annotated[tuple[ClaimBody, ...], Field(max_length=20)] = ()
    attributes: Annotated[dict[str, str | bool | int | float | None], Field(max_length=200, default_factory=dict)]


def _question(  # noqa: PLR0913 - every way to ask
    *,
    system: Annotated[System | None, Query(description="With type and external_id: what another system calls the contact.")] = None,
    type: Annotated[System | None, Query(description="Of what kind it is there.")] = None,  # noqa: A002 - the parameter's name in the query
    network: Annotated[str | None, Query(max_length=40, description="With external_id: an account; with handle: only there.")] = None,
    scope: Annotated[str, Query(max_length=200, description="Where the account's id is unique.")] = "",
    external_id: Annotated[ExternalId | None, Query(description="The id there.")] = None,
    email: Annotated[str | None, Query(max_length=254)] = None,
    phone: Annotated[str | None, Query(max_length=40, description="In international form.")] = None,
    handle: Annotated[str | None, Query(max_length=200)] = None,
) -> Question:
    reference = None
    if system is not None and type is not None and external_id is not None:
        reference, external_id = Reference(system=system, type=type, external_id=external_id), None
    return Question(
        reference=reference,
        network=None if network is None else network.lower(),
        scope=scope,
        external_id=external_id,
        email=email,
        phone=phone,
        handle=handle,
    )


@router.get("/v1/contacts/lookup")
async def look_contacts_up(question: Annotated[Question, Depends(_question)], caller: Reader, parts: PartsOf) -> Page[ContactView]:
    """Whoever has this reference, account, e-mail address, phone number or handle, exactly; at most 100, none where nobody has."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        ids = await find_contacts(connection, caller.workspace_id, question, deployment_key=parts.deployment_key)
        found = await contacts_of_ids(connection, caller.workspace_id, sorted(ids))
    return Page(items=[each for each in found if each is not None])


@router.put("/v1/contacts/by-reference/{system}/{type}/{external_id}")  # noqa: FAST003 - `Named` takes them
async def put_contact_by_reference(
    named: Named, body: ReferredContactBody, expected: Expected, caller: Writer, parts: PartsOf, response: Response
) -> ContactView:
    """Enter what another system knows of a person: 201 where it was not known by this reference, 200 where it was."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), source=named.system, expected=expected)
    author = Author(
        network="crm",
        external_id=named.external_id,
        name=body.name,
        emails=tuple(Claimed(value=each.value, verified=each.verified) for each in body.emails),
        phones=tuple(Claimed(value=each.value, verified=each.verified) for each in body.phones),
    )
    async with parts.app.transaction(caller.workspace_id) as connection:
        contact, new = await upsert_by_reference(
            connection, caller.workspace_id, named, author=author, url=body.url, deployment_key=parts.deployment_key, saying=saying
        )
        if body.attributes:
            apart = Saying(by=saying.by, now=saying.now, source=saying.source)
            await set_attributes(connection, caller.workspace_id, contact, values=body.attributes, saying=apart)
        shown = await get_contact(connection, caller.workspace_id, contact)
    parts.wake()
    response.status_code = 201 if new else 200
    tag(response, shown.version)
    return shown


@router.get("/v1/contacts/{contact_id}/references")
async def list_references(contact_id: UUID, caller: Reader, parts: PartsOf, response: Response) -> Page[ReferenceView]:
    """What other systems call the contact."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await _listed(connection, caller, contact_id, response)


@router.put("/v1/contacts/{contact_id}/references/{system}/{type}/{external_id}")  # noqa: FAST003 - `Named` takes them
async def put_reference(  # noqa: PLR0913 - as above
    *,
    contact_id: UUID,
    named: Named,
    body: ReferenceBody,
    expected: Expected,
    caller: Writer,
    parts: PartsOf,
    response: Response,
) -> Page[ReferenceView]:
    """Say what another system calls the contact. Answers all references of the contact."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), expected=expected)
    async with parts.app.transaction(caller.workspace_id) as connection:
        await set_reference(connection, caller.workspace_id, ContactId(contact_id), reference=named, url=body.url, saying=saying)
        return await _listed(connection, caller, contact_id, response)


@router.delete("/v1/contacts/{contact_id}/references/{system}/{type}/{external_id}")  # noqa: FAST003 - `Named` takes them
async def delete_reference(
    contact_id: Annotated[UUID, Path()], named: Named, expected: Expected, caller: Writer, parts: PartsOf, response: Response
) -> Page[ReferenceView]:
    """Take a reference back. Answers those that are left."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), expected=expected)
    async with parts.app.transaction(caller.workspace_id) as connection:
        await remove_reference(connection, caller.workspace_id, ContactId(contact_id), reference=named, saying=saying)
        return await _listed(connection, caller, contact_id, response)


async def _listed(connection: Connection, caller: Caller, contact_id: UUID, response: Response) -> Page[ReferenceView]:
    contact = await get_contact(connection, caller.workspace_id, ContactId(contact_id))
    (references,) = await references_of_contacts(connection, caller.workspace_id, [contact.id])
    tag(response, contact.version)
    return Page(items=references)
