"""Endpoints of API keys: made, listed, revoked with keys:write."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request, Response

from services.contracts.ids import KeyId
from services.contracts.views.keys import KeyView, NewKeyView
from services.identity.access.api_keys import grantable_scopes, make_key, new_key_token, revoke_key
from services.identity.api.shapes import NewKeyBody
from services.identity.audit import actor_of
from services.identity.parts import PartsOf
from services.identity.statements import credentials
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.idempotency import HEADER, once
from services.kit.pagination import After, Limit, Page, cut_page, decode_cursor

router = APIRouter(tags=["api keys"])
Keeper = Annotated[Caller, Depends(require("keys:write"))]


@router.get("/v1/api-keys")
async def list_keys(caller: Keeper, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[KeyView]:
    """The newest keys first, expired and revoked ones too."""
    last = decode_cursor(after, (UUID,))[0] if after else None
    async with parts.app.transaction(caller.workspace_id) as connection:
        rows = await credentials.page_of_keys(connection, caller.workspace_id, after=last, limit=limit + 1)
    return cut_page([KeyView(**asdict(row)) for row in rows], limit=limit, key=lambda key: (key.id,))


@router.post("/v1/api-keys", status_code=201, response_model=NewKeyView)
async def create_key(body: NewKeyBody, request: Request, caller: Keeper, parts: PartsOf) -> Response:
    """Make a key with scopes that the caller has. Its token is answered this once and stored nowhere."""
    token = new_key_token(
        caller.workspace_id,
        made_by=caller.caller_id,
        idempotency_key=request.headers.get(HEADER),
        secret=parts.key_token_secret,
    )

    async def act(connection: Connection) -> tuple[int, object]:
        key = await make_key(
            connection,
            caller.workspace_id,
            token=token,
            name=body.name,
            scopes=body.scopes,
            grantable=grantable_scopes(caller.scopes),
            expires_at=body.expires_at,
            by=caller.member_id,
            now=parts.clock.now(),
        )
        return 201, key

    stored = await once(request, parts.app, caller, act)
    shown = orjson.dumps({"key": orjson.loads(stored.body), "token": token})
    replayed = {name: value for name, value in stored.headers.items() if name == "idempotency-replayed"}
    return Response(shown, stored.status_code, headers=replayed, media_type="application/json")


@router.delete("/v1/api-keys/{key_id}", status_code=204)
async def end_key(key_id: UUID, caller: Keeper, parts: PartsOf) -> Response:
    """Revoke a key: it and its access tokens are refused within two seconds."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        await revoke_key(connection, caller.workspace_id, KeyId(key_id), by=actor_of(caller), now=parts.clock.now())
    parts.revoked(KeyId(key_id))
    parts.wake()
    return Response(status_code=204)
