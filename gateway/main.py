"""Composition root: reads settings, opens ports and the bus, puts the gateway together. Loaded by uvicorn as `gateway.main:app`.

Tests and the single-process mode call `compose` with ports and an event source of their own.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.middleware.cors import CORSMiddleware

from gateway.access.callers import Callers
from gateway.clients import Ports
from gateway.context import Asker, Context
from gateway.door import Door
from gateway.endpoint import GraphqlEndpoint
from gateway.execution import Engine
from gateway.explorer.page import explorer_asgi
from gateway.proxy import VISITORS_PATH, Proxy
from gateway.realtime.feed import EventSource, Feed
from gateway.realtime.presence import PresenceBoard
from gateway.realtime.sockets import SocketEndpoint
from gateway.schema import OPEN_TO_ANYBODY, graphql_schema
from gateway.settings import GatewaySettings
from services.kit.access import TokenVerifier
from services.kit.bus import Bus
from services.kit.clock import Clock, SystemClock
from services.kit.hosting import ASGIApp, Receive, Scope, Send, background, hosted
from services.kit.http import Endpoint, Routes, health_routes
from services.kit.http.health import Check
from services.kit.port import SocketPort
from services.kit.telemetry import Metrics, configure_logging, configure_tracing

# As many as engagement lets wait, and some that do not wait.
VISITOR_CONNECTIONS = 1024
# What may reach a service twice: deliveries have a key in the journal, batch routes only read.
REPEATABLE = ("/webhooks/", "/internal/")
CORS_HEADERS = ("authorization", "content-type", "idempotency-key", "if-match", "x-request-id")
CORS_EXPOSED = ("etag", "location", "retry-after", "x-request-id")

Beside = Callable[[Ports, Metrics], AbstractAsyncContextManager[Mapping[tuple[str, str], Endpoint]]]


@asynccontextmanager
async def compose(
    settings: GatewaySettings | None = None,
    *,
    ports: Ports | None = None,
    events: EventSource | None = None,
    clock: Clock | None = None,
    beside: Beside | None = None,
) -> AsyncIterator[ASGIApp]:
    """The gateway, for as long as the block lasts. What is not given is opened by the settings, and closed again.

    Without settings it is a process of its own: it reads the environment and begins logs and traces. `beside` makes routes that
    this process serves itself instead of handing them on, by method and path, or the beginning of a path where that ends in "/".
    """
    flush_traces: Callable[[], None] | None = None
    if settings is None:
        settings = GatewaySettings()
        configure_logging(settings.log_level, service="gateway")
        flush_traces = configure_tracing("gateway", settings.otlp_endpoint)
    metrics = Metrics("gateway")
    async with (
        _ports(settings, ports) as used_ports,
        _events(settings, events) as source,
        _served(beside, used_ports, metrics) as served,
        background() as work,
    ):
        callers = Callers(_verifier(used_ports, clock or SystemClock()), ports=used_ports, clock=clock or SystemClock())
        presence = PresenceBoard(clock or SystemClock())
        feed = Feed(source, on_revoked=callers.revoke, presence=presence)
        metrics.gauge("subscriptions", "Open GraphQL subscriptions.").set_function(lambda: feed.subscriber_count)
        work.start("feed", feed.run())
        work.start("presence", presence.run())
        door = _door(settings, ports=used_ports, callers=callers, feed=feed)
        own = {**health_routes(checks={}, optional=_checks(source), metrics=metrics), **served}
        yield _routes(own, otherwise=_cors(door, settings.allowed_origins), metrics=metrics)
    if flush_traces is not None:
        await asyncio.to_thread(flush_traces)


def _routes(own: Mapping[tuple[str, str], Endpoint], *, otherwise: ASGIApp, metrics: Metrics) -> Routes:
    prefixes = {key: route for key, route in own.items() if key[1].endswith("/")}
    exact = {key: route for key, route in own.items() if key not in prefixes}
    return Routes(exact, prefixes=prefixes, otherwise=otherwise, metrics=metrics)


@asynccontextmanager
async def _served(beside: Beside | None, ports: Ports, metrics: Metrics) -> AsyncIterator[Mapping[tuple[str, str], Endpoint]]:
    if beside is None:
        yield {}
        return
    async with beside(ports, metrics) as routes:
        yield routes


def _door(settings: GatewaySettings, *, ports: Ports, callers: Callers, feed: Feed) -> Door:
    engine = Engine(graphql_schema(), open_to_anybody=OPEN_TO_ANYBODY)

    def make_context(asker: Asker) -> Context:
        return Context(asker=asker, ports=ports, feed=feed)

    return Door(
        graphql=GraphqlEndpoint(engine, callers=callers, make_context=make_context),
        sockets=SocketEndpoint(engine, callers=callers, make_context=make_context, origins=settings.origins()),
        explorer=explorer_asgi(),
        proxy=Proxy(ports, callers=callers),
    )


def _verifier(ports: Ports, clock: Clock) -> TokenVerifier:
    async def fetch_jwks() -> bytes:
        return (await ports.identity.call("GET", "/.well-known/jwks.json")).body

    return TokenVerifier(fetch_jwks, clock=clock)


def _cors(app: ASGIApp, origins: tuple[str, ...]) -> ASGIApp:
    """Lets pages of other origins read answers, where the settings name any. Tokens travel in headers, never in cookies.

    Not for web chat, whose channels name the sites that may show their widget.
    """
    if not origins:
        return app
    guarded = CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
        allow_headers=CORS_HEADERS,
        expose_headers=CORS_EXPOSED,
        max_age=3600,
    )

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        await (app if scope.get("path", "").startswith(VISITORS_PATH) else guarded)(scope, receive, send)

    return choose


def _checks(source: EventSource) -> dict[str, Check]:
    return {"bus": source.check} if isinstance(source, Bus) else {}


@asynccontextmanager
async def _ports(settings: GatewaySettings, given: Ports | None) -> AsyncIterator[Ports]:
    if given is not None:
        yield given
        return
    ports = Ports(
        identity=SocketPort(settings.identity_url, repeatable=REPEATABLE),
        engagement=SocketPort(settings.engagement_url, repeatable=REPEATABLE),
        routing=SocketPort(settings.routing_url, repeatable=REPEATABLE),
        visitors=SocketPort(settings.engagement_url, connections=VISITOR_CONNECTIONS),
    )
    try:
        yield ports
    finally:
        await ports.close()


@asynccontextmanager
async def _events(settings: GatewaySettings, given: EventSource | None) -> AsyncIterator[EventSource]:
    if given is not None:
        yield given
        return
    bus = Bus(settings.nats_url.get_secret_value(), name="gateway")
    await bus.begin()
    try:
        yield bus
    finally:
        await bus.close()


app = hosted(compose)
