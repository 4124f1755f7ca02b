"""The composition root of routing: `uvicorn services.routing.main:app`, or `compose` within another process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from fastapi import FastAPI
from starlette.routing import BaseRoute

from services.contracts.events import AccessRevoked
from services.kit import erasing, idempotency
from services.kit.access import TokenVerifier, WorkerTokens, workers
from services.kit.clock import Clock, SystemClock
from services.kit.crypto import Vault
from services.kit.foundation import Foundation, Ports, begin_process, founded, jwks_through, port_to
from services.kit.hosting import ASGIApp, hosted
from services.kit.http import Routes, create_api, health_routes, included
from services.kit.telemetry import Metrics
from services.routing.api import routers
from services.routing.api.edge import Parts
from services.routing.assigning.dispatching import Dispatcher
from services.routing.batch import BatchRoutes
from services.routing.erasing import eraser_of
from services.routing.members import Members
from services.routing.retaining import retainer_of
from services.routing.settings import RoutingSettings
from services.routing.subscribers import subscriptions
from services.routing.triage import analyse, shipped_model
from services.routing.verdicts import Analyse
from services.routing.waking import Waker
from services.routing.watching import Watcher


@asynccontextmanager
async def compose(
    settings: RoutingSettings | None = None,
    *,
    ports: Ports | None = None,
    clock: Clock | None = None,
    analyse: Analyse = analyse,
) -> AsyncIterator[ASGIApp]:
    """Everything of this service, running. Without settings it is a process of its own and reads the environment."""
    await asyncio.to_thread(shipped_model)  # a damaged one is told now; the languages' tables are read with the first message
    if settings is None:
        settings = RoutingSettings()
        begin_process("routing", settings)
    async with founded("routing", settings, clock=clock or SystemClock()) as foundation:
        identity = port_to("identity", settings, ports)
        verifier = TokenVerifier(jwks_through(identity), clock=foundation.clock)
        try:
            tokens = WorkerTokens(identity, key=settings.key_for(workers.PURPOSE), clock=foundation.clock)
            members = Members(foundation.app, identity=identity, tokens=tokens, clock=foundation.clock)
            yield _assemble(settings, foundation, verifier=verifier, analyse=analyse, members=members)
        finally:
            await foundation.background.close()
            await identity.close()


def _assemble(settings: RoutingSettings, foundation: Foundation, *, verifier: TokenVerifier, analyse: Analyse, members: Members) -> ASGIApp:
    heard = subscriptions(settings, foundation.app, clock=foundation.clock, wake=foundation.published, analyse=analyse)
    foundation.subscribe(heard)
    eraser = eraser_of(foundation, vault=Vault(settings.key_for(erasing.PURPOSE)))
    foundation.background.start("erasing", eraser.run())
    dispatcher = Dispatcher(foundation.app, foundation.worker, members=members, clock=foundation.clock, published=foundation.published)
    foundation.background.start("assigning", dispatcher.run())
    watcher = Watcher(foundation.app, foundation.worker, clock=foundation.clock, published=foundation.published)
    foundation.background.start("targets", watcher.run())
    waker = Waker(foundation.app, foundation.worker, clock=foundation.clock, published=foundation.published)
    foundation.background.start("cadences", waker.run())
    retainer = retainer_of(foundation)
    foundation.background.start("retention", retainer.run())
    foundation.follow_revocations(verifier, AccessRevoked)
    api = describe(foundation.metrics)
    api.state.verifier = verifier
    idempotency.take_key(api, settings.key_for(idempotency.PURPOSE))
    api.state.parts = Parts(
        database=foundation.app,
        members=members,
        clock=foundation.clock,
        analyse=analyse,
        subscriptions=heard,
        published=foundation.published,
        retainer=retainer,
    )
    health = health_routes(checks=foundation.checks(), optional=foundation.optional_checks(), metrics=foundation.metrics)
    return Routes(
        {**BatchRoutes(foundation.app, clock=foundation.clock).routes(), **health},
        otherwise=api,
        verifier=verifier,
        metrics=foundation.metrics,
    )


def describe(metrics: Metrics | None = None) -> FastAPI:
    """The REST application with its routes and without its parts: what openapi.json is made of."""
    api = create_api(
        title="Rapport routing",
        version="1",
        description="Where people stand on their journey, who of us acts, and by when.",
        metrics=metrics,
    )
    api.router.routes.extend(_routes())
    return api


@cache
def _routes() -> tuple[BaseRoute, ...]:
    return included(routers())


app = hosted(compose)
