"""What is wired to what. `app` is what a server loads; `compose` is the service for whoever hosts it otherwise, and for tests.

Nothing happens at import.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from services.identity.access.entrance import Entrance
from services.identity.access.passwords import Passwords
from services.identity.access.signing_keys import SigningKeys
from services.identity.api import router
from services.identity.batch import BatchRoutes
from services.identity.parts import Parts
from services.identity.revocations import follow_revocations
from services.identity.settings import IdentitySettings
from services.identity.subscribers import PeopleSeen
from services.identity.sweeping import sweep_for_ever
from services.kit.access import TokenVerifier
from services.kit.bus import Bus
from services.kit.clock import Clock, SystemClock
from services.kit.crypto import Vault
from services.kit.db import Database
from services.kit.hosting import ASGIApp, background, hosted
from services.kit.http import BareRequest, Endpoint, Routes, create_api, health_routes
from services.kit.port import Answer
from services.kit.relay import Relay
from services.kit.settings import Role
from services.kit.subscriptions import Subscriber
from services.kit.telemetry import Metrics, configure_logging, configure_tracing

SERVICE = "identity"
_WORKER_CONNECTIONS = 3


@asynccontextmanager
async def compose(settings: IdentitySettings | None = None, *, clock: Clock | None = None) -> AsyncIterator[ASGIApp]:
    """The running service: without `settings` they are read from the environment. The bus may come up later."""
    settings = settings or IdentitySettings()
    clock = clock or SystemClock()
    metrics = Metrics(SERVICE)
    async with AsyncExitStack() as stack:
        app = await _database(stack, settings, role="app", size=settings.database_connections)
        worker = await _database(stack, settings, role="worker", size=_WORKER_CONNECTIONS)
        bus = Bus(settings.nats_url.get_secret_value(), name=SERVICE, replicas=settings.nats_replicas)
        stack.push_async_callback(bus.close)
        relay = Relay(SERVICE, database=worker, bus=bus)
        keys = SigningKeys(worker, vault=Vault(settings.key_for("identity.signing-keys")), clock=clock)
        verifier = TokenVerifier(keys.jwks, clock=clock)
        parts = _parts(settings, app=app, worker=worker, keys=keys, verifier=verifier, relay=relay, clock=clock)
        people = PeopleSeen(app, deployment_key=parts.deployment_key, clock=clock, wake=relay.wake)
        work = await stack.enter_async_context(background())
        work.start("bus", follow_revocations(bus, verifier))
        work.start("relay", relay.run())
        work.start("people", Subscriber(bus, worker, people.subscription(), clock=clock).run())
        work.start("sweeping", sweep_for_ever(worker, clock=clock))
        checks = {"database": app.check, "bus": bus.check}
        routes = health_routes(checks=checks, metrics=metrics) | BatchRoutes(app).routes() | _published(keys)
        yield Routes(routes, otherwise=_rest(parts, verifier), verifier=verifier, metrics=metrics)


def describe() -> FastAPI:
    """The REST application without anything behind it: its OpenAPI description is what a snapshot keeps."""
    api = create_api(title="Rapport identity", version="1", description=_DESCRIPTION)
    api.include_router(router)
    return api


async def _database(stack: AsyncExitStack, settings: IdentitySettings, *, role: Role, size: int) -> Database:
    database = Database(settings.role_url(SERVICE, role=role), name=f"{SERVICE}-{role}", size=size)
    await database.open()
    stack.push_async_callback(database.close)
    return database


def _parts(  # noqa: PLR0913 - what the service is made of
    settings: IdentitySettings,
    *,
    app: Database,
    worker: Database,
    keys: SigningKeys,
    verifier: TokenVerifier,
    relay: Relay,
    clock: Clock,
) -> Parts:
    passwords = Passwords()
    entrance = Entrance(
        app=app,
        worker=worker,
        passwords=passwords,
        keys=keys,
        clock=clock,
        wake=relay.wake,
        revoked=verifier.revoke,
    )
    return Parts(
        app=app,
        entrance=entrance,
        passwords=passwords,
        clock=clock,
        wake=relay.wake,
        revoked=verifier.revoke,
        deployment_key=settings.deployment_key(),
        key_token_secret=settings.key_for("identity.api-key-tokens"),
    )


def _rest(parts: Parts, verifier: TokenVerifier) -> FastAPI:
    api = describe()
    api.state.parts = parts
    api.state.verifier = verifier
    return api


def _published(keys: SigningKeys) -> dict[tuple[str, str], Endpoint]:
    async def jwks(_: BareRequest) -> Answer:
        headers = {"content-type": "application/jwk-set+json", "cache-control": "public, max-age=5"}
        return Answer(200, headers, await keys.jwks())

    return {("GET", "/.well-known/jwks.json"): jwks}


@asynccontextmanager
async def _serve() -> AsyncIterator[ASGIApp]:
    """The service as a process of its own."""
    settings = IdentitySettings()
    configure_logging(settings.log_level, SERVICE)
    flush = configure_tracing(SERVICE, settings.otlp_endpoint)
    try:
        async with compose(settings) as service:
            yield service
    finally:
        await asyncio.to_thread(flush)


_DESCRIPTION = "Who: workspaces and members, contacts and their profiles on every network."
app = hosted(_serve)
