"""The composition root of engagement: `uvicorn services.engagement.main:app`, or `compose` within another process."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from fastapi import FastAPI
from starlette.routing import BaseRoute

from services.contracts.events import AccessRevoked
from services.contracts.ids import WorkspaceId
from services.engagement.api import routers
from services.engagement.api.edge import Parts
from services.engagement.api.media import BARE_PATHS
from services.engagement.authorization_door import AuthorizationDoor
from services.engagement.authorizations import Authorizations
from services.engagement.batch import BatchRoutes
from services.engagement.batch_notifications import NotificationRoutes
from services.engagement.batch_walls import WallRoutes
from services.engagement.bulk import BulkWorker
from services.engagement.checking import Checker
from services.engagement.completing.completer import Completer
from services.engagement.composing.promises import PromiseClock
from services.engagement.composing_batch import ComposingRoutes
from services.engagement.connectors import connectors
from services.engagement.consent.keeping import ConsentSnapshots
from services.engagement.consent.links import PreferenceLinks
from services.engagement.erasing.composition import Erasing
from services.engagement.files import Store
from services.engagement.inbound import InboundWorker
from services.engagement.intake import Intake
from services.engagement.media.serving import MediaRoutes
from services.engagement.media.storage import NoStorage
from services.engagement.members import MemberSnapshots
from services.engagement.moderating import Moderator
from services.engagement.network import PlatformNet
from services.engagement.notifications.composition import Notifying
from services.engagement.nudging import PATH, PURPOSE, Nudged
from services.engagement.offering import TemplateOffers
from services.engagement.presence import Presences
from services.engagement.proving import PublicKeys
from services.engagement.rating_door import RatingDoor
from services.engagement.reading import Reader
from services.engagement.receiving import Receiver
from services.engagement.reconciling import Reconciler
from services.engagement.registry import ChannelRegistry
from services.engagement.satisfaction import links
from services.engagement.satisfaction.composition import Satisfaction
from services.engagement.search.indexing import Indexer
from services.engagement.sending import Sender
from services.engagement.settings import EngagementSettings
from services.engagement.subscribers import Projections
from services.engagement.subscribing import Subscriber
from services.engagement.sweeping import Sweeper
from services.engagement.translating import HttpTranslator, NoTranslator, Translator
from services.engagement.visitors.mailbox import Mailboxes
from services.engagement.visitors.tokens import Passes
from services.engagement.visitors.waiting import Waiting
from services.engagement.webchat import VisitorDoor, VisitorUploads
from services.engagement.webhooks import WebhookRoute
from services.kit import erasing, idempotency
from services.kit.access import TokenVerifier, WorkerTokens, workers
from services.kit.clock import Clock, SystemClock
from services.kit.crypto import Vault
from services.kit.db import Database
from services.kit.foundation import Foundation, Ports, begin_process, founded, jwks_through, port_to
from services.kit.hosting import ASGIApp, hosted
from services.kit.http import Endpoint, Routes, create_api, health_routes, included
from services.kit.net import Net
from services.kit.subscriptions import Subscription
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
            running = _workers(settings, foundation, intake=intake, net=net, vault=vault, store=store)
            running.start(foundation)
            foundation.follow_revocations(verifier, AccessRevoked)
            tokens = WorkerTokens(identity, key=settings.key_for(workers.PURPOSE), clock=foundation.clock)
            for name, filled in (("members", MemberSnapshots), ("consent", ConsentSnapshots)):
                filling = filled(foundation.app, worker=foundation.worker, identity=identity, tokens=tokens, clock=foundation.clock)
                foundation.background.start(name, filling.run())
            promises = PromiseClock(foundation.app, worker=foundation.worker, published=foundation.published, clock=foundation.clock)
            foundation.background.start("promises", promises.run())
            completer = Completer.of(foundation, running.registry, net=PlatformNet(net), reader=_readers(settings))
            foundation.background.start("completer", completer.run())
            translator = _translator(settings, net)
            yield _assemble(settings, foundation, running, verifier=verifier, vault=vault, translator=translator, store=store, net=net)
        finally:
            await foundation.background.close()
            await net.close()
            await identity.close()


@dataclass(frozen=True, slots=True)
class _Workers:
    """What runs beside the requests."""

    registry: ChannelRegistry
    intake: Intake
    nudged: Nudged
    inbound: InboundWorker
    receiver: Receiver
    reconciler: Reconciler
    authorizations: Authorizations
    subscriber: Subscriber
    sender: Sender
    indexer: Indexer
    projections: Projections
    waiting: Waiting
    presences: Presences
    sweeper: Sweeper
    bulk: BulkWorker
    notifying: Notifying
    satisfaction: Satisfaction
    erasing: Erasing

    def start(self, foundation: Foundation) -> None:
        """Run everything until the service drains."""
        foundation.background.start("channels", self.registry.run())
        foundation.background.start("intake", self.intake.run())
        foundation.background.start("inbound", self.inbound.run())
        foundation.background.start("receiver", self.receiver.run())
        foundation.background.start("reconciler", self.reconciler.run())
        foundation.background.start("subscriber", self.subscriber.run())
        foundation.background.start("sender", self.sender.run())
        foundation.background.start("visitors-news", self.waiting.follow(lambda: foundation.bus.listen(*Waiting.HEARD)))
        foundation.background.start("search", self.indexer.run())
        foundation.background.start("sweeper", self.sweeper.run())
        foundation.background.start("bulk", self.bulk.run())
        foundation.subscribe(self.projections.subscriptions())
        self.notifying.start(foundation)
        self.satisfaction.start(foundation)
        self.authorizations.start(foundation)
        foundation.subscribe(self.erasing.subscriptions())
        self.erasing.start(foundation)

    def subscriptions(self) -> tuple[Subscription, ...]:
        """What is listened to: dead letters are redriven to it."""
        return (
            *self.projections.subscriptions(),
            *self.notifying.subscriptions(),
            *self.satisfaction.subscriptions(),
            *self.erasing.subscriptions(),
        )


def _workers(settings: EngagementSettings, foundation: Foundation, *, intake: Intake, net: Net, vault: Vault, store: Store) -> _Workers:
    waiting = Waiting(clock=foundation.clock)
    mailboxes = Mailboxes(foundation.app, clock=foundation.clock, arrived=waiting.wake)
    registry = ChannelRegistry(foundation.worker, vault=vault, mailboxes=mailboxes.of)
    nudged = Nudged(key=settings.key_for(PURPOSE), pressed=intake.is_pressed)
    inbound = _inbound(settings, foundation, registry, pressed=nudged.is_pressed)
    sender = _sender(settings, foundation, registry, net=net, inbound=inbound, store=store)
    receiver = _receiver(settings, foundation, registry, intake=intake, net=net, inbound=inbound)
    projections = Projections(foundation.app, clock=foundation.clock, published=foundation.published)
    return _Workers(
        registry,
        intake,
        nudged,
        inbound,
        receiver,
        _reconciler(foundation, registry, net=net, inbound=inbound),
        Authorizations.of(settings, foundation, registry, net=net, vault=vault),
        _subscriber(settings, foundation, net=net, vault=vault),
        sender,
        Indexer(foundation.app, worker=foundation.worker, pressed=nudged.is_pressed, metrics=foundation.metrics),
        projections,
        waiting,
        Presences(foundation.app, crier=foundation.bus, clock=foundation.clock, time=time.monotonic),
        Sweeper(foundation.app, worker=foundation.worker, published=foundation.published, clock=foundation.clock),
        BulkWorker(foundation.app, worker=foundation.worker, published=foundation.published, clock=foundation.clock),
        Notifying.of(settings, foundation, net=net, vault=vault),
        Satisfaction.of(settings, foundation, registry, queued=sender.wake),
        Erasing.of(foundation, registry, vault=Vault(settings.key_for(erasing.PURPOSE)), reader=_readers(settings)),
    )


def _sender(
    settings: EngagementSettings, foundation: Foundation, registry: ChannelRegistry, *, net: Net, inbound: InboundWorker, store: Store
) -> Sender:
    return Sender(
        registry,
        foundation.app,
        worker=foundation.worker,
        net=PlatformNet(net),
        links=PreferenceLinks.of(settings),
        files=store.handing(foundation).of,
        published=foundation.published,
        unparked=lambda channel: inbound.wake(channel.id),
        clock=foundation.clock,
        timeout_seconds=settings.send_timeout_seconds,
        metrics=foundation.metrics,
    )


def _receiver(
    settings: EngagementSettings, foundation: Foundation, registry: ChannelRegistry, *, intake: Intake, net: Net, inbound: InboundWorker
) -> Receiver:
    return Receiver(
        registry,
        app=foundation.app,
        worker=foundation.worker,
        intake=intake,
        net=PlatformNet(net),
        wake=inbound.wake,
        limit=settings.listeners_limit,
        longest_rest_seconds=settings.listeners_longest_rest_seconds,
        clock=foundation.clock,
        metrics=foundation.metrics,
    )


def _subscriber(settings: EngagementSettings, foundation: Foundation, *, net: Net, vault: Vault) -> Subscriber:
    way, public_url = PlatformNet(net), settings.public_url
    return Subscriber(foundation.app, worker=foundation.worker, net=way, vault=vault, public_url=public_url, clock=foundation.clock)


def _reconciler(foundation: Foundation, registry: ChannelRegistry, *, net: Net, inbound: InboundWorker) -> Reconciler:
    return Reconciler(
        registry,
        foundation.app,
        worker=foundation.worker,
        net=PlatformNet(net),
        wake=inbound.wake,
        clock=foundation.clock,
        metrics=foundation.metrics,
    )


def _inbound(
    settings: EngagementSettings, foundation: Foundation, registry: ChannelRegistry, *, pressed: Callable[[], bool]
) -> InboundWorker:
    return InboundWorker(
        registry,
        foundation.app,
        worker=foundation.worker,
        deployment_key=settings.deployment_key(),
        historic_after=timedelta(hours=settings.historic_after_hours),
        kept=timedelta(days=settings.journal_retention_days),
        published=foundation.published,
        pressed=pressed,
        clock=foundation.clock,
        metrics=foundation.metrics,
    )


def _assemble(  # noqa: PLR0913 - the parts, by name
    settings: EngagementSettings,
    foundation: Foundation,
    workers: _Workers,
    *,
    verifier: TokenVerifier,
    vault: Vault,
    translator: Translator,
    store: Store,
    net: Net,
) -> ASGIApp:
    media = store.routes(foundation, registry=workers.registry, net=net)
    api = describe(foundation.metrics)
    api.state.verifier = verifier
    idempotency.take_key(api, settings.key_for(idempotency.PURPOSE))
    api.state.translator = translator
    api.state.parts = _parts(settings, foundation, workers, vault=vault, media=media, net=net)
    webhooks = _webhook_route(settings, foundation, workers, keys=PublicKeys(PlatformNet(net), clock=foundation.clock))
    visitors = _visitor_door(settings, foundation, workers, store=store)
    health = health_routes(checks=foundation.checks(), optional=foundation.optional_checks(), metrics=foundation.metrics)
    return Routes(
        {**_inner_routes(foundation), ("POST", PATH): workers.nudged.listens(workers.inbound.wake), **media.exact(), **health},
        prefixes={
            **media.prefixes(),
            **{(method, "/webhooks/"): webhooks for method in ("POST", "GET")},
            ("POST", "/media/"): VisitorUploads(foundation.app, storage=store.storage, leaves=store.leaves, clock=foundation.clock),
            **_rating_routes(settings, foundation, workers),
            **AuthorizationDoor(workers.authorizations.authorizer).routes(),
            **{(method, "/webchat/"): visitors for method in ("POST", "GET", "OPTIONS")},
        },
        otherwise=api,
        verifier=verifier,
        metrics=foundation.metrics,
    )


def _webhook_route(settings: EngagementSettings, foundation: Foundation, workers: _Workers, *, keys: PublicKeys) -> WebhookRoute:
    return WebhookRoute(
        workers.registry,
        workers.intake,
        keys=keys,
        wake=workers.inbound.wake,
        clock=foundation.clock,
        public_url=settings.public_url,
        body_limit_bytes=settings.webhook_body_limit_bytes,
        metrics=foundation.metrics,
    )


def _parts(settings: EngagementSettings, foundation: Foundation, workers: _Workers, *, vault: Vault, media: MediaRoutes, net: Net) -> Parts:
    return Parts(
        database=foundation.app,
        registry=workers.registry,
        vault=vault,
        clock=foundation.clock,
        subscriptions=workers.subscriptions(),
        published=foundation.published,
        queued=workers.sender.wake,
        unread=workers.inbound.wake,
        begun=workers.bulk.wake,
        reader=_readers(settings),
        notifying=workers.notifying,
        media=media,
        presences=workers.presences,
        checker=Checker(PlatformNet(net)),
        moderator=Moderator(PlatformNet(net), foundation.app, clock=foundation.clock),
        offers=TemplateOffers(PlatformNet(net)),
        authorizer=workers.authorizations.authorizer,
        links=PreferenceLinks.of(settings),
    )


def _visitor_door(settings: EngagementSettings, foundation: Foundation, workers: _Workers, *, store: Store) -> VisitorDoor:
    return VisitorDoor(
        workers.registry,
        foundation.app,
        passes=Passes(settings.key_for("webchat-visitors")),
        waiting=workers.waiting,
        presences=workers.presences,
        links=store.links,
        leaves=store.leaves,
        takes_files=not isinstance(store.storage, NoStorage),
        wake=workers.inbound.wake,
        deployment_key=settings.deployment_key(),
        trusted_proxies=settings.trusted_proxies,
        clock=foundation.clock,
        time=time.monotonic,
    )


def _rating_routes(settings: EngagementSettings, foundation: Foundation, workers: _Workers) -> Mapping[tuple[str, str], Endpoint]:
    return RatingDoor(foundation.app, key=settings.key_for(links.PURPOSE), clock=foundation.clock, told=workers.notifying.told).routes()


def _translator(settings: EngagementSettings, net: Net) -> Translator:
    if not settings.translation_url:
        return NoTranslator()
    key = settings.translation_api_key.get_secret_value()
    return HttpTranslator(net, url=settings.translation_url, api_key=key, timeout_seconds=settings.translation_timeout_seconds)


def _readers(settings: EngagementSettings) -> Callable[[WorkspaceId], Reader]:
    key, historic_after = settings.deployment_key(), timedelta(hours=settings.historic_after_hours)
    return lambda workspace: Reader(workspace, key, historic_after)


def _inner_routes(foundation: Foundation) -> dict[tuple[str, str], Endpoint]:
    """What the gateway asks in batches."""
    return {
        **BatchRoutes(foundation.app, clock=foundation.clock).routes(),
        **ComposingRoutes(foundation.app, clock=foundation.clock).routes(),
        **NotificationRoutes(foundation.app).routes(),
        **WallRoutes(foundation.app, clock=foundation.clock).routes(),
    }


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
