"""Endpoints of partner webhooks: where partners are told of events. Who may: keys:write, as with API keys, since both let others in."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from services.contracts.ids import WebhookEndpointId
from services.contracts.views import EventTypeView, WebhookDeliveryView, WebhookEndpointView
from services.identity.audit import actor_of
from services.identity.partners import endpoints
from services.identity.partners.endpoints import EndpointChange
from services.identity.partners.telling import tell_test
from services.identity.parts import PartsOf
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.http.moments import Moment
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1/webhook-endpoints", tags=["partner webhooks"])
Keeper = Annotated[Caller, Depends(require("keys:write"))]
Url = Annotated[str, Field(min_length=1, max_length=2000)]
Types = Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(min_length=1, max_length=100)]
Description = Annotated[str, Field(max_length=500)]
State = Annotated[Literal["waiting", "delivered", "failed"] | None, Query(description="Only deliveries in this state.")]


class NewEndpointBody(RequestBody):
    """Where to tell, and of which event types; "*" is all of them."""

    url: Url
    types: Types = (endpoints.EVERYTHING,)
    description: Description = ""


class EndpointChangeBody(RequestBody):
    """What is to change, at the version that the caller saw. Made active again, an endpoint begins afresh."""

    version: Annotated[int, Field(ge=1)]
    url: Url | None = None
    types: Types | None = None
    description: Description | None = None
    active: bool | None = None


class VersionBody(RequestBody):
    """The version that the caller saw."""

    version: Annotated[int, Field(ge=1)]


class ReplayBody(RequestBody):
    """Since when, and whether only what failed goes out again."""

    since: Moment
    which: Literal["failed", "all"] = "failed"


class SecretView(RequestBody):
    """The secret that signs, in the form of Standard Webhooks."""

    secret: str


class ReplayedView(RequestBody):
    """How many go out again."""

    queued: int


@router.get("")
async def list_webhook_endpoints(caller: Keeper, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[WebhookEndpointView]:
    """In the order in which they were made."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        page = await endpoints.list_endpoints(connection, caller.workspace_id, limit=limit, after=after)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


@router.get("/event-types", dependencies=[Depends(require("keys:write"))])
async def list_webhook_event_types() -> Page[EventTypeView]:
    """What an endpoint can ask for in `types`, by name, on one page."""
    return Page(items=endpoints.list_event_types())


@router.post("", status_code=201, response_model=WebhookEndpointView)
async def make_webhook_endpoint(body: NewEndpointBody, request: Request, caller: Keeper, parts: PartsOf) -> Response:
    """Have a partner told of what happens from now on. Its secret: GET .../secret."""

    async def act(connection: Connection) -> tuple[int, object]:
        return 201, await endpoints.make_endpoint(
            connection,
            caller.workspace_id,
            url=body.url,
            types=body.types,
            description=body.description,
            by=actor_of(caller),
            now=parts.clock.now(),
        )

    return await once(request, parts.app, caller, act)


@router.get("/{endpoint_id}")
async def show_webhook_endpoint(endpoint_id: UUID, caller: Keeper, parts: PartsOf) -> WebhookEndpointView:
    """One endpoint, and how it fares."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await endpoints.get_endpoint(connection, caller.workspace_id, WebhookEndpointId(endpoint_id))


@router.patch("/{endpoint_id}")
async def update_webhook_endpoint(endpoint_id: UUID, body: EndpointChangeBody, caller: Keeper, parts: PartsOf) -> WebhookEndpointView:
    """Change it, pause it (`active`: false), or begin again after it was given up."""
    change = EndpointChange(version=body.version, url=body.url, types=body.types, description=body.description, active=body.active)
    by, now = actor_of(caller), parts.clock.now()
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await endpoints.change_endpoint(connection, caller.workspace_id, WebhookEndpointId(endpoint_id), change, by=by, now=now)


@router.delete("/{endpoint_id}", status_code=204)
async def remove_webhook_endpoint(endpoint_id: UUID, caller: Keeper, parts: PartsOf) -> Response:
    """Delete it, with what it is still to be told."""
    by, now = actor_of(caller), parts.clock.now()
    async with parts.app.transaction(caller.workspace_id) as connection:
        await endpoints.delete_endpoint(connection, caller.workspace_id, WebhookEndpointId(endpoint_id), by=by, now=now)
    return Response(status_code=204)


@router.get("/{endpoint_id}/secret")
async def show_webhook_secret(endpoint_id: UUID, caller: Keeper, parts: PartsOf) -> SecretView:
    """What a partner checks signatures by."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        secret = await endpoints.get_secret(connection, caller.workspace_id, WebhookEndpointId(endpoint_id), key=parts.partners_key)
    return SecretView(secret=secret)


@router.post("/{endpoint_id}/rotations", status_code=201, response_model=WebhookEndpointView)
async def rotate_webhook_secret(endpoint_id: UUID, body: VersionBody, request: Request, caller: Keeper, parts: PartsOf) -> Response:
    """Make a new secret. For a day every event is signed by both."""

    async def act(connection: Connection) -> tuple[int, object]:
        endpoint, by, now = WebhookEndpointId(endpoint_id), actor_of(caller), parts.clock.now()
        return 201, await endpoints.rotate_secret(connection, caller.workspace_id, endpoint, version=body.version, by=by, now=now)

    return await once(request, parts.app, caller, act)


@router.post("/{endpoint_id}/tests", status_code=202)
async def test_webhook_endpoint(endpoint_id: UUID, request: Request, caller: Keeper, parts: PartsOf) -> Response:
    """Send an event of type webhook.tested; how it went is among the deliveries."""

    async def act(connection: Connection) -> tuple[int, object]:
        await tell_test(connection, caller.workspace_id, WebhookEndpointId(endpoint_id), clock=parts.clock)
        return 202, {}

    answer = await once(request, parts.app, caller, act)
    parts.tell_partners(caller.workspace_id)
    return answer


@router.get("/{endpoint_id}/deliveries")
async def list_webhook_deliveries(
    endpoint_id: UUID, caller: Keeper, parts: PartsOf, state: State = None, limit: Limit = 50, after: After = None
) -> Page[WebhookDeliveryView]:
    """What it was told and is to be told, the newest first; finished ones are kept for a week."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        page = await endpoints.list_deliveries(
            connection, caller.workspace_id, WebhookEndpointId(endpoint_id), state=state, limit=limit, after=after
        )
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


@router.post("/{endpoint_id}/replays", status_code=202, response_model=ReplayedView)
async def replay_webhook_deliveries(endpoint_id: UUID, body: ReplayBody, request: Request, caller: Keeper, parts: PartsOf) -> Response:
    """Tell again what was told, or could not be, since then: at most 10,000 events, each with the `webhook-id` that it had."""

    async def act(connection: Connection) -> tuple[int, object]:
        endpoint, now = WebhookEndpointId(endpoint_id), parts.clock.now()
        queued = await endpoints.replay(connection, caller.workspace_id, endpoint, since=body.since, which=body.which, now=now)
        return 202, {"queued": queued}

    answer = await once(request, parts.app, caller, act)
    parts.tell_partners(caller.workspace_id)
    return answer
