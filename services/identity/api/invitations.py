"""Endpoints of invitations, for who may change members. Accepting one is among the endpoints of the way in."""

from typing import Annotated
from uuid import UUID

import msgspec
import orjson
from fastapi import APIRouter, Depends, Request, Response

from services.contracts.ids import InvitationId, TeamId
from services.contracts.views import InvitationView, SentInvitationView
from services.identity.access.invitations import NewInvitation, invite_member, list_invitations, resend_invitation, revoke_invitation
from services.identity.api.shapes import NewInvitationBody
from services.identity.audit import actor_of
from services.identity.parts import Parts, PartsOf
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page

router = APIRouter(tags=["members"])
Writer = Annotated[Caller, Depends(require("members:write"))]


@router.get("/v1/invitations")
async def show_invitations(caller: Writer, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[InvitationView]:
    """The newest first, settled and expired ones too; never their links."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        page = await list_invitations(connection, caller.workspace_id, limit=limit, after=after, now=parts.clock.now())
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


@router.post("/v1/invitations", status_code=201, response_model=SentInvitationView)
async def invite(body: NewInvitationBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Ask somebody to join. They get a mail where the deployment sends mail; the link is answered too, this once, to be handed on."""
    new = NewInvitation(
        email=body.email,
        role=body.role,
        disciplines=body.disciplines,
        languages=body.languages,
        team_id=None if body.team_id is None else TeamId(body.team_id),
    )

    async def act(connection: Connection) -> tuple[int, object]:
        by, now = actor_of(caller), parts.clock.now()
        return 201, await invite_member(connection, caller.workspace_id, new, links=parts.links, by=by, now=now)

    stored = await once(request, parts.app, caller, act)
    return _with_link(stored, parts, caller)


@router.post("/v1/invitations/{invitation_id}/resend", response_model=SentInvitationView)
async def resend(invitation_id: UUID, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Send another link, good for seven days again. The former ones end."""

    async def act(connection: Connection) -> tuple[int, object]:
        by, now = actor_of(caller), parts.clock.now()
        invitation = InvitationId(invitation_id)
        return 200, await resend_invitation(connection, caller.workspace_id, invitation, links=parts.links, by=by, now=now)

    stored = await once(request, parts.app, caller, act)
    return _with_link(stored, parts, caller)


@router.delete("/v1/invitations/{invitation_id}", status_code=204)
async def revoke(invitation_id: UUID, caller: Writer, parts: PartsOf) -> Response:
    """Take an invitation back: its link ends at once."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        by, now = actor_of(caller), parts.clock.now()
        await revoke_invitation(connection, caller.workspace_id, InvitationId(invitation_id), by=by, now=now)
    return Response(status_code=204)


def _with_link(stored: Response, parts: Parts, caller: Caller) -> Response:
    """The stored answer holds no token: it is computed, for a repetition as well."""
    parts.wake()
    invitation = msgspec.json.decode(stored.body, type=InvitationView)
    shown = orjson.dumps(parts.links.sent(caller.workspace_id, invitation))
    replayed = {name: value for name, value in stored.headers.items() if name == "idempotency-replayed"}
    return Response(shown, stored.status_code, headers=replayed, media_type="application/json")
