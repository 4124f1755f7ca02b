"""What answers requests: the REST application beside the doors that need no member, and the parts that they ask. Composed by `main`.

Nothing here runs by itself.
"""

import time
from collections.abc import Mapping

from fastapi import FastAPI

from services.engagement.api.edge import Parts
from services.engagement.authorization_door import AuthorizationDoor
from services.engagement.batch import BatchRoutes
from services.engagement.batch_notifications import NotificationRoutes
from services.engagement.batch_walls import WallRoutes
from services.engagement.checking import Checker
from services.engagement.composing_batch import ComposingRoutes
from services.engagement.consent.links import PreferenceLinks
from services.engagement.files import Store
from services.engagement.media.serving import MediaRoutes
from services.engagement.media.storage import NoStorage
from services.engagement.moderating import Moderator
from services.engagement.network import PlatformNet
from services.engagement.nudging import PATH
from services.engagement.offering import TemplateOffers
from services.engagement.proving import PublicKeys
from services.engagement.rating_door import RatingDoor
from services.engagement.satisfaction import links
from services.engagement.settings import EngagementSettings
from services.engagement.translating import HttpTranslator, NoTranslator, Translator
from services.engagement.visitors.tokens import Passes
from services.engagement.webchat import VisitorDoor, VisitorUploads
from services.engagement.webhooks import WebhookRoute
from services.engagement.workers import Workers, readers
from services.kit import idempotency
from services.kit.access import TokenVerifier
from services.kit.crypto import Vault
from services.kit.foundation import Foundation
from services.kit.hosting import ASGIApp
from services.kit.http import Endpoint, Routes, health_routes
from services.kit.net import Net


def assembled(  # noqa: PLR0913 - the parts, by name
    api: FastAPI,
    settings: EngagementSettings,
    foundation: Foundation,
    workers: Workers,
    *,
    verifier: TokenVerifier,
    vault: Vault,
    store: Store,
    net: Net,
) -> ASGIApp:
    """The service's front: `api` with its parts, the doors beside it, the batches for the gateway."""
    media = store.routes(foundation, registry=workers.registry, net=net)
    api.state.verifier = verifier
    idempotency.take_key(api, settings.key_for(idempotency.PURPOSE))
    api.state.translator = _translator(settings, net)
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


def _webhook_route(settings: EngagementSettings, foundation: Foundation, workers: Workers, *, keys: PublicKeys) -> WebhookRoute:
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


def _parts(settings: EngagementSettings, foundation: Foundation, workers: Workers, *, vault: Vault, media: MediaRoutes, net: Net) -> Parts:
    return Parts(
        database=foundation.app,
        registry=workers.registry,
        vault=vault,
        clock=foundation.clock,
        subscriptions=workers.heard,
        published=foundation.published,
        queued=workers.sender.wake,
        unread=workers.inbound.wake,
        begun=workers.bulk.wake,
        reader=readers(settings),
        notifying=workers.notifying,
        media=media,
        presences=workers.presences,
        checker=Checker(PlatformNet(net)),
        moderator=Moderator(PlatformNet(net), foundation.app, clock=foundation.clock),
        offers=TemplateOffers(PlatformNet(net)),
        authorizer=workers.authorizations.authorizer,
        links=PreferenceLinks.of(settings),
        retainer=workers.retainer,
    )


def _visitor_door(settings: EngagementSettings, foundation: Foundation, workers: Workers, *, store: Store) -> VisitorDoor:
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


def _rating_routes(settings: EngagementSettings, foundation: Foundation, workers: Workers) -> Mapping[tuple[str, str], Endpoint]:
    return RatingDoor(foundation.app, key=settings.key_for(links.PURPOSE), clock=foundation.clock, told=workers.notifying.told).routes()


def _translator(settings: EngagementSettings, net: Net) -> Translator:
    if not settings.translation_url:
        return NoTranslator()
    key = settings.translation_api_key.get_secret_value()
    return HttpTranslator(net, url=settings.translation_url, api_key=key, timeout_seconds=settings.translation_timeout_seconds)


def _inner_routes(foundation: Foundation) -> dict[tuple[str, str], Endpoint]:
    """What the gateway asks in batches."""
    return {
        **BatchRoutes(foundation.app, clock=foundation.clock).routes(),
        **ComposingRoutes(foundation.app, clock=foundation.clock).routes(),
        **NotificationRoutes(foundation.app).routes(),
        **WallRoutes(foundation.app, clock=foundation.clock).routes(),
    }
