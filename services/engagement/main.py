"""The composition root of engagement: `uvicorn services.engagement.main:app`, or `compose` within another process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache

from fastapi import FastAPI
from starlette.routing import BaseRoute

from services.contracts.events import AccessRevoked
from services.engagement.api import routers
from services.engagement.api.media import BARE_PATHS
from services.engagement.completing.completer import Completer
from services.engagement.composing.promises import PromiseClock
from services.engagement.connectors import connectors
from services.engagement.consent.keeping import ConsentSnapshots
from services.engagement.entrances import assembled
from services.engagement.files import Store
from services.engagement.intake import Intake
from services.engagement.members import MemberSnapshots
from services.engagement.network import PlatformNet
from services.engagement.settings import EngagementSettings
from services.engagement.workers import readers, workers_of
from services.kit.access import TokenVerifier, WorkerTokens, workers
from services.kit.clock import Clock, SystemClock
from services.kit.crypto import Vault
from services.kit.db import Database
from services.kit.foundation import Ports, begin_process, founded, jwks_through, port_to
from services.kit.hosting import ASGIApp, hosted
from services.kit.http import create_api, included
from services.kit.net import Net
from services.kit.telemetry import Metrics


@asynccontextmanager
async def compose(
    settings: EngagementSettings | None = None, *, ports: Ports | None = None, clock: Clock | None = None
) -> AsyncIterator[ASGIApp]:
    """Everything of this service, running. Without settings it is a process of its own and reads the environment."""
    if settings is None:
        settings = EngagementSettings()
        begin_process("engagement", settings)
    connectors()
    kept = {"outbox": timedelta(days=settings.outbox_retention_days), "journal_body": timedelta(days=settings.journal_retention_days)}
    async with founded("engagement", settings, clock=clock or SystemClock(), kept=kept) as foundation:
        identity = port_to("identity", settings, ports)
        intake = Intake(Database(settings.role_url("engagement", role="intake"), name="engagement-intake", size=1), clock=foundation.clock)
        net = Net(allow_private=settings.allow_private_addresses)
        verifier = TokenVerifier(jwks_through(identity), clock=foundation.clock)
        try:
            vault = Vault(settings.key_for("channel-credentials"))
            store = Store.of(settings)
            running = workers_of(settings, foundation, intake=intake, net=net, vault=vault, store=store)
            running.start(foundation)
            foundation.follow_revocations(verifier, AccessRevoked)
            tokens = WorkerTokens(identity, key=settings.key_for(workers.PURPOSE), clock=foundation.clock)
            for name, filled in (("members", MemberSnapshots), ("consent", ConsentSnapshots)):
                filling = filled(foundation.app, worker=foundation.worker, identity=identity, tokens=tokens, clock=foundation.clock)
                foundation.background.start(name, filling.run())
            promises = PromiseClock(foundation.app, worker=foundation.worker, published=foundation.published, clock=foundation.clock)
            foundation.background.start("promises", promises.run())
            completer = Completer.of(foundation, running.registry, net=PlatformNet(net), reader=readers(settings))
            foundation.background.start("completer", completer.run())
            api = describe(foundation.metrics)
            api.state.identity = identity
            yield assembled(api, settings, foundation, running, verifier=verifier, vault=vault, store=store, net=net)
        finally:
            await foundation.background.close()
            await net.close()
            await identity.close()


def describe(metrics: Metrics | None = None) -> FastAPI:
    """The REST application with its routes and without its parts: what openapi.json is made of."""
    told = "What was said on every channel, and how we answer."
    api = create_api(title="Rapport engagement", version="1", description=told, metrics=metrics)
    api.router.routes.extend(_routes())
    api.bare_paths = BARE_PATHS
    return api


@cache
def _routes() -> tuple[BaseRoute, ...]:
    return included(routers())


app = hosted(compose)
