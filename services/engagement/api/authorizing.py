"""REST of connecting by signing in: begin, see, confirm, choose accounts; and a workspace's own registrations at platforms."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import ChannelId
from services.contracts.views.authorizing import AuthorizationBegunView, AuthorizationView
from services.engagement.api.channels import Fields, Text, Writer
from services.engagement.api.edge import PartsOf
from services.engagement.authorizing.authorizer import Came, NewAuthorization
from services.engagement.authorizing.rendering import authorization_view
from services.engagement.statements import authorizing as statements
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once, once_detached

router = APIRouter(prefix="/v1", tags=["channels"])
Operator = Annotated[Caller, Depends(require("operations:write"))]


class BeginAuthorization(RequestBody):
    """What to connect: a platform, or a channel that needs new credentials. GET /v1/connectors says what is needed beforehand."""

    platform: Text | None = None
    channel_id: UUID | None = Field(default=None, description="Instead of `platform`: the channel to connect again.")
    name: str = Field(default="", max_length=200, description="What the company calls it; left out, it is the account's name.")
    credentials: Fields = Field(default_factory=dict, description="What the platform does not tell.")
    config: Fields = Field(default_factory=dict, description="Settings, with those that are needed beforehand.")
    return_to: str = Field(
        default="",
        max_length=2_000,
        description="The page that the person goes back to, with `authorization` (the id) and `code` in its query: of PUBLIC_URL or of an "
        "origin in ALLOWED_ORIGINS. Left out, a page of ours shows the code.",
    )


class ConfirmAuthorization(RequestBody):
    """What the browser that came back from the platform was shown, or brought to `return_to`."""

    code: str = Field(max_length=40)


class ChooseAccounts(RequestBody):
    """Which of the accounts granted to connect."""

    accounts: Annotated[list[Annotated[str, Field(max_length=300)]], Field(min_length=1, max_length=200)]


class Registration(RequestBody):
    """What the platform gave when the workspace registered there, such as client_id and client_secret."""

    values: Fields


@router.post("/authorizations", status_code=201, response_model=AuthorizationBegunView)
async def begin_authorization(request: Request, body: BeginAuthorization, caller: Writer, parts: PartsOf) -> Response:
    """Begin to connect an account by signing in at its platform; send the person's browser to `url`. Takes an Idempotency-Key.

    A repetition has the same `url` as long as the person was not there, then "".
    """
    new = NewAuthorization(
        platform=body.platform,
        channel=None if body.channel_id is None else ChannelId(body.channel_id),
        name=body.name,
        credentials=body.credentials,
        config=body.config,
        return_to=body.return_to,
    )

    async def work() -> tuple[int, object]:
        begun = await parts.authorizer.begin(caller.workspace_id, new, caller=caller.caller_id, member=caller.member_id)
        return 201, authorization_view(Came(begun.row))

    # What is kept for a repetition names the authorization only: with the address, anybody could finish the sign-in.
    response = await once_detached(request, parts.database, caller, work)
    authorization = UUID(orjson.loads(response.body)["id"])
    url = await parts.authorizer.address_of(caller.workspace_id, authorization, caller=caller.caller_id)
    body_ = b'{"url":' + orjson.dumps(url) + b',"authorization":' + bytes(response.body) + b"}"
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(body_, status_code=response.status_code, headers=headers)


@router.get("/authorizations/{authorization_id}")
async def get_authorization(authorization_id: UUID, caller: Writer, parts: PartsOf) -> AuthorizationView:
    """How an authorization stands; only who began it is told."""
    return authorization_view(await parts.authorizer.find(caller.workspace_id, authorization_id, caller=caller.caller_id))


@router.post("/authorizations/{authorization_id}/confirmation", response_model=AuthorizationView)
async def confirm_authorization(
    request: Request, authorization_id: UUID, body: ConfirmAuthorization, caller: Writer, parts: PartsOf
) -> Response:
    """Connect what was granted, by the code that the person was shown; several accounts are chosen from then. Takes an Idempotency-Key."""

    async def act(connection: Connection) -> tuple[int, object]:
        authorizer, workspace = parts.authorizer, caller.workspace_id
        came = await authorizer.confirm(connection, workspace, authorization_id, code=body.code, caller=caller.caller_id)
        return 200, authorization_view(came)

    response = await once(request, parts.database, caller, act)
    await parts.authorizer.made()
    return response


@router.post("/authorizations/{authorization_id}/accounts", response_model=AuthorizationView)
async def choose_accounts(request: Request, authorization_id: UUID, body: ChooseAccounts, caller: Writer, parts: PartsOf) -> Response:
    """Connect these of the accounts granted; one, where a channel is connected again. Takes an Idempotency-Key."""

    async def act(connection: Connection) -> tuple[int, object]:
        came = await parts.authorizer.choose(connection, caller.workspace_id, authorization_id, body.accounts, caller=caller.caller_id)
        return 200, authorization_view(came)

    response = await once(request, parts.database, caller, act)
    await parts.authorizer.made()
    return response


@router.get("/registrations")
async def list_registrations(caller: Operator, parts: PartsOf) -> list[str]:
    """For which houses the workspace has a registration of its own; never its values."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await statements.registered_apps(connection, caller.workspace_id)


@router.put("/registrations/{app}", status_code=204)
async def put_registration(app: str, body: Registration, caller: Operator, parts: PartsOf) -> None:
    """Give the workspace a registration of its own, in place of the deployment's. It is sealed and never shown again."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        await parts.authorizer.registrations.keep(connection, caller.workspace_id, app, body.values, now=parts.clock.now())


@router.delete("/registrations/{app}", status_code=204)
async def delete_registration(app: str, caller: Operator, parts: PartsOf) -> None:
    """Forget it; the deployment's holds again. Twice changes nothing."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        await statements.forget_registration(connection, caller.workspace_id, app)
