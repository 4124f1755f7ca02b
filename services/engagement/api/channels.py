"""REST of channels and connectors: list, connect, change, disconnect. Credentials go in and never come out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import ChannelId
from services.contracts.views import ChannelView
from services.contracts.views.connectors import ApprovedTemplateView, ConnectedView, ConnectorView
from services.contracts.views.sending import ChannelHealthView
from services.engagement import channels, subscriptions
from services.engagement.api.edge import Parts, PartsOf
from services.engagement.connectors import connectors
from services.engagement.describing import describe_connector
from services.engagement.errors import ChannelNotFoundError
from services.engagement.rendering import channel_view, health_view
from services.engagement.statements import channels as statements
from services.engagement.statements.health import health_of_channels
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import is_repetition, once

router = APIRouter(prefix="/v1", tags=["channels"])
Reader = Annotated[Caller, Depends(require("channels:read"))]
Writer = Annotated[Caller, Depends(require("channels:write"))]
Talker = Annotated[Caller, Depends(require("conversations:read"))]
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Fields = Annotated[dict[str, Annotated[str, Field(max_length=8000)]], Field(max_length=40)]


class ConnectChannel(RequestBody):
    """An account to connect. GET /v1/connectors says which credentials and settings a platform needs."""

    platform: Text
    name: Text
    credentials: Fields = Field(default_factory=dict)
    config: Fields = Field(default_factory=dict)
    check: bool = Field(default=False, description="Ask the platform first if they work, where it can be asked; nothing is kept otherwise.")


class ChangeChannel(RequestBody):
    """What to change; absent parts stay. A new signing secret keeps the old one valid beside it."""

    name: Text | None = None
    active: bool | None = None
    credentials: Fields | None = None
    config: Fields | None = None
    check: bool = Field(default=False, description="Ask the platform first if new credentials and settings work.")


SECRET_TO_SHOW = ""  # What stands for it in the answer that is kept for repetitions: the secret itself is kept sealed only.


@router.get("/connectors")
async def list_connectors(_: Reader) -> list[ConnectorView]:
    """The platforms that can be connected, what each needs and can do."""
    return [describe_connector(connector) for _, connector in sorted(connectors().items())]


@router.get("/channels")
async def list_channels(caller: Reader, parts: PartsOf) -> list[ChannelView]:
    """All channels of the workspace, the oldest first."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return [channel_view(row) for row in await statements.channels_of(connection, caller.workspace_id)]


@router.get("/channels/{channel_id}/templates")
async def list_templates(channel_id: UUID, caller: Talker, parts: PartsOf) -> list[ApprovedTemplateView]:
    """The templates that may be sent by this channel now, as its platform says at this moment; none where it has no templates."""
    channel = await parts.channel(ChannelId(channel_id))
    if channel.workspace_id != caller.workspace_id:
        raise ChannelNotFoundError
    offered = await parts.offers.list_templates(channel)
    return msgspec.convert(msgspec.to_builtins(offered), type=list[ApprovedTemplateView])


@router.post("/channels", status_code=201, response_model=ConnectedView)
async def connect_channel(request: Request, body: ConnectChannel, caller: Writer, parts: PartsOf) -> Response:
    """Connect an account; with `check`, its platform is asked first whether the credentials work. Takes an Idempotency-Key."""
    new = channels.NewChannel(platform=body.platform, name=body.name, credentials=body.credentials, config=body.config)
    if body.check and not await is_repetition(request, parts.database, caller):
        told = await parts.checker.check(channels.wanted_channel(new))
        new = replace(new, config={**new.config, **told})

    async def act(connection: Connection) -> tuple[int, object]:
        made = await channels.connect_channel(connection, caller.workspace_id, new, vault=parts.vault, now=parts.clock.now())
        kept = None if made.signing_secret is None else SECRET_TO_SHOW
        return 201, ConnectedView(channel=channel_view(made.row), signing_secret=kept)

    response = await once(request, parts.database, caller, act)
    parts.published()
    await parts.registry.refresh()
    return await _with_secret(response, caller, parts)


async def _with_secret(kept: Response, caller: Caller, parts: Parts) -> Response:
    """The kept answer with the secret in it, where it is to be shown."""
    view = msgspec.json.decode(kept.body, type=ConnectedView)
    if view.signing_secret != SECRET_TO_SHOW:
        return kept
    async with parts.database.transaction(caller.workspace_id) as connection:
        secret = await channels.signing_secret_of(connection, caller.workspace_id, view.channel.id, vault=parts.vault)
    shown = msgspec.json.encode(ConnectedView(channel=view.channel, signing_secret=secret))
    headers = {name: value for name, value in kept.headers.items() if name == "idempotency-replayed"}
    return Response(shown, kept.status_code, headers=headers, media_type="application/json")


@router.get("/channels/{channel_id}")
async def get_channel(channel_id: UUID, caller: Reader, parts: PartsOf) -> ChannelView:
    """One channel."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return channel_view(await channels.get_channel(connection, caller.workspace_id, ChannelId(channel_id)))


@router.get("/channels/{channel_id}/health")
async def get_channel_health(channel_id: UUID, caller: Reader, parts: PartsOf) -> ChannelHealthView:
    """How one channel fares: what it last heard and sent, what waits, its breaker, hold and credentials. Counts end at 1,001."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await health_of_channels(connection, caller.workspace_id, [channel_id])
    if not rows:
        raise ChannelNotFoundError
    return health_view(rows[0], now=parts.clock.now())


@router.patch("/channels/{channel_id}")
async def change_channel(channel_id: UUID, body: ChangeChannel, caller: Writer, parts: PartsOf) -> ChannelView:
    """Rename, pause or resume a channel, or give it new credentials; with `check`, the platform is asked first whether they work."""
    config = body.config
    if body.check and (body.credentials is not None or config is not None):
        told = await _told(body, ChannelId(channel_id), caller, parts)
        config = {**config, **told} if config is not None else config
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await channels.change_channel(
            connection,
            caller.workspace_id,
            ChannelId(channel_id),
            name=body.name,
            active=body.active,
            credentials=body.credentials,
            config=config,
            vault=parts.vault,
            now=parts.clock.now(),
        )
    await parts.registry.refresh()
    return channel_view(row)


async def _told(body: ChangeChannel, channel: ChannelId, caller: Caller, parts: Parts) -> Mapping[str, str]:
    """What the platform says to the change. Raises CredentialsRefusedError, PlatformUnreachableError."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        wanted = await channels.wanted_change(
            connection, caller.workspace_id, channel, credentials=body.credentials, config=body.config, vault=parts.vault
        )
    return await parts.checker.check(wanted)


@router.delete("/channels/{channel_id}")
async def disconnect_channel(channel_id: UUID, caller: Writer, parts: PartsOf) -> ChannelView:
    """End a channel for good: nothing comes in or goes out, its credentials are forgotten, its history stays. Twice changes nothing."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await channels.disconnect_channel(
            connection, caller.workspace_id, ChannelId(channel_id), vault=parts.vault, now=parts.clock.now()
        )
    await parts.registry.refresh()
    return channel_view(row)


@router.post("/channels/{channel_id}/subscription", status_code=202, response_model=ChannelHealthView)
async def subscribe_channel(request: Request, channel_id: UUID, caller: Writer, parts: PartsOf) -> Response:
    """Let the channel's platform be told once more where to deliver, where it wants to be told by a call. Takes an Idempotency-Key."""

    async def act(connection: Connection) -> tuple[int, object]:
        now = parts.clock.now()
        await subscriptions.demand_subscription(connection, caller.workspace_id, ChannelId(channel_id), now=now)
        (row,) = await health_of_channels(connection, caller.workspace_id, [channel_id])
        return 202, health_view(row, now=now)

    return await once(request, parts.database, caller, act)
