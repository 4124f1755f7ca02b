"""Endpoints that enter a person, and one more account, address or number of one who is known."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.contracts.ids import ContactId
from services.contracts.views import ContactView, ProfileView
from services.identity.api.shapes import PersonBody
from services.identity.contacts import get_contact, get_profile
from services.identity.entering import Entry, enter_for_contact, enter_person
from services.identity.merging import Saying
from services.identity.parts import PartsOf
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.idempotency import once
from services.kit.preconditions import Expected

router = APIRouter(tags=["contacts"])
Writer = Annotated[Caller, Depends(require("contacts:write"))]


@router.post("/v1/contacts", status_code=201, response_model=ContactView)
async def enter_new_contact(body: PersonBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Enter a person. Whoever is known for certain by what is given is answered, with it added.

    POST /v1/profiles keeps an account in step with another system.
    """
    saying = Saying(by=caller.member_id, now=parts.clock.now())

    async def act(connection: Connection) -> tuple[int, object]:
        contact, _ = await enter_person(connection, caller.workspace_id, _entry(body), deployment_key=parts.deployment_key, saying=saying)
        return 201, await get_contact(connection, caller.workspace_id, contact)

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


@router.post("/v1/contacts/{contact_id}/profiles", status_code=201, response_model=ProfileView)
async def enter_profile_of_contact(
    *, contact_id: UUID, body: PersonBody, expected: Expected, request: Request, caller: Writer, parts: PartsOf
) -> Response:
    """Add an account, an e-mail address or a phone number to a contact. It is a merge, which can be taken back.

    409 where it is one of several accounts of another contact.
    """
    saying = Saying(by=caller.member_id, now=parts.clock.now(), expected=expected)

    async def act(connection: Connection) -> tuple[int, object]:
        profile = await enter_for_contact(
            connection,
            caller.workspace_id,
            ContactId(contact_id),
            _entry(body),
            deployment_key=parts.deployment_key,
            saying=saying,
        )
        return 201, await get_profile(connection, caller.workspace_id, profile)

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


def _entry(body: PersonBody) -> Entry:
    author = body.author(network=body.network or "", external_id=body.external_id or "")
    return Entry(author=author, location=body.location, attributes=body.attributes)
