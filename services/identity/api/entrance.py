"""Endpoints of the way in: sign-in, refresh, sign-out, exchange, and who one is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.contracts.views import WorkspaceView
from services.identity.access.accepting import Acceptance, accept_invitation
from services.identity.access.entrance import SignedIn
from services.identity.access.members import list_members_by_ids
from services.identity.access.workspaces import get_workspace
from services.identity.api.shapes import AcceptanceBody, ExchangedView, MeView, RefreshBody, SignedInView, SignInBody
from services.identity.parts import PartsOf
from services.kit.access import Caller, authenticate, bearer_token

router = APIRouter(tags=["access"])


async def _caller(request: Request) -> Caller:
    return await authenticate(request.scope)


CallerOf = Annotated[Caller, Depends(_caller)]


@router.post("/v1/auth/sign-in")
async def sign_in(body: SignInBody, parts: PartsOf) -> SignedInView:
    """Begin a session. A wrong workspace, e-mail or password is refused alike; too many tries wait."""
    done = await parts.entrance.sign_in(slug=body.workspace, email=body.email, password=body.password)
    return _shown(done)


@router.post("/v1/auth/accept-invitation")
async def accept(body: AcceptanceBody, parts: PartsOf) -> SignedInView:
    """Join by the link of an invitation: choose a name and a password, and be signed in. A link works once."""
    said = Acceptance(token=body.token, name=body.name, password=body.password)
    return _shown(await accept_invitation(parts.entrance, said))


@router.post("/v1/auth/refresh")
async def refresh(body: RefreshBody, parts: PartsOf) -> SignedInView:
    """The next access token. Each refresh token works once; a second use ends the session."""
    return _shown(await parts.entrance.refresh(body.refresh_token))


@router.post("/v1/auth/sign-out", status_code=204)
async def sign_out(caller: CallerOf, parts: PartsOf) -> Response:
    """End the session, everywhere, within two seconds."""
    await parts.entrance.sign_out(caller)
    return Response(status_code=204)


@router.post("/v1/auth/exchange")
async def exchange(request: Request, parts: PartsOf) -> ExchangedView:
    """A five-minute access token for the API key in the Authorization header."""
    access = await parts.entrance.exchange(bearer_token(request.scope))
    return ExchangedView(access_token=access.token, expires_in=access.expires_in)


@router.get("/v1/workspace")
async def workspace(caller: CallerOf, parts: PartsOf) -> WorkspaceView:
    """The caller's workspace."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await get_workspace(connection, caller.workspace_id)


@router.get("/v1/me")
async def me(caller: CallerOf, parts: PartsOf) -> MeView:
    """The caller, with role and scopes."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        place = await get_workspace(connection, caller.workspace_id)
        asked = [] if caller.member_id is None else [caller.member_id]
        found = await list_members_by_ids(connection, caller.workspace_id, asked)
    return MeView(
        member=found[0] if found else None,
        key_id=caller.key_id,
        workspace=place,
        role=caller.role,
        scopes=tuple(sorted(caller.scopes)),
    )


def _shown(done: SignedIn) -> SignedInView:
    return SignedInView(
        access_token=done.access.token,
        refresh_token=done.refresh_token,
        expires_in=done.access.expires_in,
        member=done.member,
        workspace=done.workspace,
    )
