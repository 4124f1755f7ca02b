"""Endpoints of erasing people and of telling them what is kept: asked for, certificate and file, with people:erase."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import StringConstraints

from services.contracts.ids import ContactId, ErasureId, PersonExportId
from services.contracts.views import ErasureView, ExportedView, HoldView, PersonExportView
from services.contracts.vocabulary import ErasureReason
from services.identity.audit import actor_of, record
from services.identity.contacts import get_contact
from services.identity.erasure.asking import get_erasure, list_erasures
from services.identity.erasure.errors import PersonExportNotFoundError
from services.identity.erasure.holding import get_hold, hold, lift_hold
from services.identity.parts import PartsOf
from services.identity.statements.erasing import exported
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page

router = APIRouter(tags=["erasure"])
Eraser = Annotated[Caller, Depends(require("people:erase"))]


class ErasureBody(RequestBody):
    """Why. The certificate keeps it, so it is a word of a list and says nothing of the person."""

    reason: ErasureReason = ErasureReason.REQUEST


class HoldBody(RequestBody):
    """Why it is kept."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


@router.put("/v1/contacts/{contact_id}/hold")
async def hold_contact(contact_id: UUID, body: HoldBody, caller: Eraser, parts: PartsOf) -> HoldView:
    """Keep a contact from being erased, until the hold is lifted."""
    now = parts.clock.now()
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await hold(connection, caller.workspace_id, ContactId(contact_id), reason=body.reason, by=actor_of(caller), now=now)


@router.get("/v1/contacts/{contact_id}/hold")
async def show_hold(contact_id: UUID, caller: Eraser, parts: PartsOf) -> HoldView:
    """Why a contact is not erased, since when, and who said so."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await get_hold(connection, caller.workspace_id, ContactId(contact_id))


@router.delete("/v1/contacts/{contact_id}/hold", status_code=204)
async def release_contact(contact_id: UUID, caller: Eraser, parts: PartsOf) -> Response:
    """Lift the hold: the contact may be erased again."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        await lift_hold(connection, caller.workspace_id, ContactId(contact_id), by=actor_of(caller), now=parts.clock.now())
    return Response(status_code=204)


@router.post("/v1/contacts/{contact_id}/erasures", status_code=202, response_model=ErasureView)
async def erase_contact(contact_id: UUID, body: ErasureBody, request: Request, caller: Eraser, parts: PartsOf) -> Response:
    """Erase a person: profiles at once, everything else in all services soon after. The answer is the certificate, still open."""

    async def act(connection: Connection) -> tuple[int, object]:
        contact = ContactId(contact_id)
        return 202, await parts.erasures.ask(connection, caller.workspace_id, contact, reason=body.reason, by=actor_of(caller))

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


@router.get("/v1/contacts/{contact_id}/export")
async def export_contact(contact_id: UUID, caller: Eraser, parts: PartsOf) -> Page[ExportedView]:
    """Everything that is kept of who a person is, as it is kept: for the person. The rest is at `/export/history` and `/export/work`."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        contact = await get_contact(connection, caller.workspace_id, ContactId(contact_id))
        rows = await exported(connection, caller.workspace_id, contact.id)
        await record(connection, caller.workspace_id, "person.exported", subject=contact.id, by=actor_of(caller), now=parts.clock.now())
    return Page(items=[ExportedView(kind=kind, data=data) for kind, data in rows], next_cursor=None)


@router.post("/v1/contacts/{contact_id}/exports", status_code=202, response_model=PersonExportView)
async def begin_person_export(contact_id: UUID, request: Request, caller: Eraser, parts: PartsOf) -> Response:
    """Ask for all that every service keeps of a person as one file. The answer is how far it is; ask for it until it has a `url`."""

    async def act(connection: Connection) -> tuple[int, object]:
        return 202, await parts.exports.ask(connection, caller.workspace_id, ContactId(contact_id), by=actor_of(caller))

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


@router.get("/v1/person-exports/{export_id}")
async def show_person_export(export_id: UUID, caller: Eraser, parts: PartsOf) -> PersonExportView:
    """How far each service is, and once all are done the file's address, good for a day for whoever has it."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await parts.exports.get(connection, caller.workspace_id, PersonExportId(export_id))


@router.get("/v1/person-exports/files/{token}", response_class=StreamingResponse)
async def download_person_export(token: str, parts: PartsOf) -> StreamingResponse:
    """The file behind the address that an export told. The address is the only authority."""
    granted = parts.exports.links.read(token, now=parts.clock.now())
    if granted is None:
        raise PersonExportNotFoundError
    headers = {
        "content-disposition": f'attachment; filename="person-{granted.export}.json"',
        "cache-control": "private, no-store",
        "referrer-policy": "no-referrer",
    }
    return StreamingResponse(await parts.exports.file(parts.app, granted), media_type="application/json", headers=headers)


@router.get("/v1/erasures")
async def list_certificates(caller: Eraser, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[ErasureView]:
    """The newest certificates first."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        page = await list_erasures(connection, caller.workspace_id, limit=limit, after=after)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


@router.get("/v1/erasures/{erasure_id}")
async def show_certificate(erasure_id: UUID, caller: Eraser, parts: PartsOf) -> ErasureView:
    """What each service removed, and which has not said so yet."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await get_erasure(connection, caller.workspace_id, ErasureId(erasure_id))
