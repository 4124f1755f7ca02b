"""Endpoints of leads: handing a contact over to an outside system, and hearing from it what became of them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import ContactId, LeadId
from services.contracts.stakeholders import LeadState
from services.contracts.views.facts import LeadView
from services.identity.contacts import get_contact
from services.identity.facts.changing import Saying
from services.identity.facts.leads import Outcome, get_lead, hand_over, leads_of_contacts, list_leads, settle_lead
from services.identity.parts import PartsOf
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.http.references import ExternalId, System, Url
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page
from services.kit.preconditions import Expected, tag

router = APIRouter(tags=["leads"])
Reader = Annotated[Caller, Depends(require("contacts:read"))]
Writer = Annotated[Caller, Depends(require("contacts:write"))]


class LeadBody(RequestBody):
    """To which system, and what whoever gets the lead should know."""

    system: System
    brief: Annotated[str, Field(max_length=5000)] = ""


class LeadStatusBody(RequestBody):
    """What became of the lead there (`reason` is needed where it is rejected), and what it is called there."""

    state: LeadState
    reason: Annotated[str, Field(max_length=1000)] = ""
    external_id: ExternalId | None = None
    url: Url | None = None


@router.post("/v1/contacts/{contact_id}/leads", status_code=201, response_model=LeadView)
async def hand_contact_over(
    contact_id: UUID, body: LeadBody, request: Request, expected: Expected, caller: Writer, parts: PartsOf
) -> Response:
    """Hand a contact over to an outside system, which is told by the event identity.lead.handed_over."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), expected=expected)

    async def act(connection: Connection) -> tuple[int, object]:
        return 201, await hand_over(
            connection, caller.workspace_id, ContactId(contact_id), system=body.system, brief=body.brief, saying=saying
        )

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


@router.get("/v1/contacts/{contact_id}/leads")
async def list_leads_of_contact(contact_id: UUID, caller: Reader, parts: PartsOf) -> Page[LeadView]:
    """The contact's leads, newest first; at most 100, on one page."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        contact = await get_contact(connection, caller.workspace_id, ContactId(contact_id))
        (leads,) = await leads_of_contacts(connection, caller.workspace_id, [contact.id])
    return Page(items=leads)


@router.get("/v1/leads")
async def list_all_leads(caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[LeadView]:
    """The workspace's leads, newest first."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        page = await list_leads(connection, caller.workspace_id, limit=limit, after=after)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


@router.get("/v1/leads/{lead_id}")
async def show_lead(lead_id: UUID, caller: Reader, parts: PartsOf, response: Response) -> LeadView:
    """One lead. Its ETag is the lead's own version."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        lead = await get_lead(connection, caller.workspace_id, LeadId(lead_id))
    tag(response, lead.version)
    return lead


@router.post("/v1/leads/{lead_id}/status", response_model=LeadView)
async def tell_lead_status(
    lead_id: UUID, body: LeadStatusBody, request: Request, expected: Expected, caller: Writer, parts: PartsOf
) -> Response:
    """Say what became of a lead: accepted, rejected and why, won or lost. The same once more changes nothing."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), expected=expected)
    outcome = Outcome(state=body.state, reason=body.reason, external_id=body.external_id, url=body.url)

    async def act(connection: Connection) -> tuple[int, object]:
        return 200, await settle_lead(connection, caller.workspace_id, LeadId(lead_id), outcome, saying=saying)

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer
