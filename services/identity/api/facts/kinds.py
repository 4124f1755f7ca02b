"""Endpoints of stakeholder kinds: what a contact is to the company, on one network or on all."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field, StringConstraints

from services.contracts.ids import ContactId
from services.contracts.views.facts import KindView
from services.contracts.vocabulary import StakeholderKind
from services.identity.contacts import get_contact
from services.identity.facts.changing import Saying
from services.identity.facts.kinds import Period, kinds_of_contacts, remove_kind, set_kind
from services.identity.parts import PartsOf
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.http.moments import Moment
from services.kit.pagination import Page
from services.kit.preconditions import Expected, tag

router = APIRouter(tags=["people"])
Reader = Annotated[Caller, Depends(require("contacts:read"))]
Writer = Annotated[Caller, Depends(require("contacts:write"))]
Network = Annotated[str, StringConstraints(to_lower=True, pattern=r"^([A-Za-z0-9_.-]{1,40})?$")]
OnNetwork = Annotated[Network, Query(description="On which network; empty: on all.")]


class KindBody(RequestBody):
    """On which network (empty: on all), from when, until when, and whence it is known."""

    network: Network = ""
    since: Moment | None = None
    until: Moment | None = None
    source: Annotated[str, Field(min_length=1, max_length=100)] = "member"


@router.get("/v1/contacts/{contact_id}/kinds")
async def list_kinds(contact_id: UUID, caller: Reader, parts: PartsOf, response: Response) -> Page[KindView]:
    """What the contact is to the company."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await _listed(connection, caller, contact_id, response)


@router.put("/v1/contacts/{contact_id}/kinds/{kind}")
async def put_kind(  # noqa: PLR0913 - FastAPI gives each part of the request apart
    *, contact_id: UUID, kind: StakeholderKind, body: KindBody, expected: Expected, caller: Writer, parts: PartsOf, response: Response
) -> Page[KindView]:
    """Say that the contact is of this kind; `until` in the past ends it. Answers all kinds."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), source=body.source, expected=expected)
    async with parts.app.transaction(caller.workspace_id) as connection:
        await set_kind(
            connection,
            caller.workspace_id,
            ContactId(contact_id),
            kind=kind,
            network=body.network,
            period=Period(since=body.since, until=body.until),
            saying=saying,
        )
        listed = await _listed(connection, caller, contact_id, response)
    parts.wake()
    return listed


@router.delete("/v1/contacts/{contact_id}/kinds/{kind}")
async def delete_kind(  # noqa: PLR0913 - as above
    *,
    contact_id: UUID,
    kind: StakeholderKind,
    expected: Expected,
    caller: Writer,
    parts: PartsOf,
    response: Response,
    network: OnNetwork = "",
) -> Page[KindView]:
    """Take a kind back. Answers the kinds that are left."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), expected=expected)
    async with parts.app.transaction(caller.workspace_id) as connection:
        await remove_kind(connection, caller.workspace_id, ContactId(contact_id), kind=kind, network=network, saying=saying)
        listed = await _listed(connection, caller, contact_id, response)
    parts.wake()
    return listed


async def _listed(connection: Connection, caller: Caller, contact_id: UUID, response: Response) -> Page[KindView]:
    contact = await get_contact(connection, caller.workspace_id, ContactId(contact_id))
    (kinds,) = await kinds_of_contacts(connection, caller.workspace_id, [contact.id])
    tag(response, contact.version)
    return Page(items=kinds)
