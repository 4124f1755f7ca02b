"""The composition root of identity: `uvicorn services.identity.main:app`, or `compose` within another process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache

from fastapi import FastAPI
from starlette.routing import BaseRoute

from services.contracts import invitations, preference_links
from services.contracts.events import AccessRevoked
from services.identity.access.entrance import Entrance
from services.identity.access.invitations import Links
from services.identity.access.passwords import Effort, Passwords
from services.identity.access.signing_keys import SigningKeys
from services.identity.access.worker_tokens import WorkerEntrance
from services.identity.aging import retainer_of
from services.identity.api import router
from services.identity.api.imports import BARE_PATHS
from services.identity.batch import BatchRoutes
from services.identity.batch_lists import ListBatchRoutes
from services.identity.batch_members import MemberBatchRoutes
from services.identity.erasure import Erasures
from services.identity.erasure.exporting import exports_of
from services.identity.partners import endpoints as partners
from services.identity.partners.delivering import Deliverer
from services.identity.parts import Parts
from services.identity.preference_door import PreferenceDoor
from services.identity.settings import IdentitySettings
from services.identity.subscribers import subscriptions
from services.identity.suggesting import suggest_for_ever
from services.identity.sweeping import sweep_for_ever
from services.identity.transfer.uploading import ImportRoutes
from services.identity.transfer.working import ImportWorker
from services.kit import erasing, idempotency
from services.kit.access import TokenVerifier, workers
from services.kit.clock import Clock, SystemClock
from services.kit.crypto import Vault
from services.kit.foundation import Foundation, Ports, begin_process, founded
from services.kit.hosting import ASGIApp, hosted
from services.kit.http import BareRequest, Endpoint, Routes, create_api, health_routes, included
from services.kit.net import Net
from services.kit.port import Answer
from services.kit.redriving import Graveyard
from services.kit.telemetry import Metrics


@asynccontextmanager
async def compose(
    settings: IdentitySettings | None = None, *, ports: Ports | None = None, clock: Clock | None = None, effort: Effort | None = None
) -> AsyncIterator[ASGIApp]:
    """Everything of this service, running. Without settings it is a process of its own and reads the environment.

    It calls no other service: `ports` is taken because every service is composed alike.
    `effort` is what a password's hash costs, where it is not the product's.
    """
    del ports
    if settings is None:
        settings = IdentitySettings()
        begin_process("identity", settings)
    async with founded("identity", settings, clock=clock or SystemClock()) as foundation:
        net = Net(allow_private=settings.allow_private_addresses)
        try:
            yield _assemble(settings, foundation, passwords=Passwords(effort), net=net)
        finally:
            await foundation.background.close()
            await net.close()


def _assemble(settings: IdentitySettings, foundation: Foundation, *, passwords: Passwords, net: Net) -> ASGIApp:
    vault = Vault(settings.key_for("identity.signing-keys"))
    keys = SigningKeys(foundation.worker, vault=vault, clock=foundation.clock)
    verifier = TokenVerifier(keys.jwks, clock=foundation.clock)
    erasures = Erasures.of(foundation, vault=Vault(settings.key_for(erasing.PURPOSE)))
    deliverer = _partners(settings, foundation, net=net)
    heard = subscriptions(
        foundation.app,
        deployment_key=settings.deployment_key(),
        clock=foundation.clock,
        wake=foundation.published,
        deliver=deliverer.wake,
        exports=exports_of(settings, clock=foundation.clock),
    )
    graveyard = Graveyard(foundation.app, heard, foundation.clock)
    foundation.subscribe(graveyard.subscriptions)
    foundation.follow_revocations(verifier, AccessRevoked)
    foundation.background.start("suggesting", suggest_for_ever(foundation.app, foundation.worker, clock=foundation.clock))
    foundation.background.start("sweeping", sweep_for_ever(foundation.worker, clock=foundation.clock))
    foundation.background.start("partners", deliverer.run())
    importing = _importing(settings, foundation)
    foundation.background.start("imports", importing.run())
    uploads = ImportRoutes(foundation.app, wake=importing.wake, most=settings.imports_limit, clock=foundation.clock)
    foundation.background.start("erasing", erasures.eraser.run())
    api = describe(foundation.metrics)
    api.state.verifier = verifier
    idempotency.take_key(api, settings.key_for(idempotency.PURPOSE))
    made = _parts(settings, foundation, passwords=passwords, keys=keys, verifier=verifier, graveyard=graveyard, erasures=erasures)
    foundation.background.start("retention", made.retainer.run())
    api.state.parts = replace(made, tell_partners=deliverer.wake)
    health = health_routes(checks=foundation.checks(), optional=foundation.optional_checks(), metrics=foundation.metrics)
    return Routes(
        {**_batches(settings, foundation, keys=keys), **uploads.routes(), **_published(keys), **health},
        prefixes=_preferences(settings, foundation).routes(),
        otherwise=api,
        verifier=verifier,
        metrics=foundation.metrics,
    )


def _batches(settings: IdentitySettings, foundation: Foundation, *, keys: SigningKeys) -> dict[tuple[str, str], Endpoint]:
    entrance = WorkerEntrance(keys, key=settings.key_for(workers.PURPOSE), clock=foundation.clock)
    of_members = MemberBatchRoutes(foundation.app, clock=foundation.clock).routes()
    return {**BatchRoutes(foundation.app, workers=entrance).routes(), **ListBatchRoutes(foundation.app).routes(), **of_members}


def _partners(settings: IdentitySettings, foundation: Foundation, *, net: Net) -> Deliverer:
    key = settings.key_for(partners.PURPOSE)
    return Deliverer(foundation.app, worker=foundation.worker, net=net, key=key, clock=foundation.clock)


def _importing(settings: IdentitySettings, foundation: Foundation) -> ImportWorker:
    return ImportWorker(
        foundation.app,
        worker=foundation.worker,
        deployment_key=settings.deployment_key(),
        published=foundation.published,
        clock=foundation.clock,
    )


def describe(metrics: Metrics | None = None) -> FastAPI:
    """The REST application with its routes and without its parts: what openapi.json is made of."""
    api = create_api(
        title="Rapport identity",
        version="1",
        description="Who: workspaces and their members, contacts and their profiles on every network.",
        metrics=metrics,
    )
    api.router.routes.extend(_routes())
    api.bare_paths = BARE_PATHS
    return api


@cache
def _routes() -> tuple[BaseRoute, ...]:
    return included((router,))


def _parts(  # noqa: PLR0913 - the parts, by name
    settings: IdentitySettings,
    foundation: Foundation,
    *,
    passwords: Passwords,
    keys: SigningKeys,
    verifier: TokenVerifier,
    graveyard: Graveyard,
    erasures: Erasures,
) -> Parts:
    entrance = Entrance(
        app=foundation.app,
        worker=foundation.worker,
        passwords=passwords,
        keys=keys,
        clock=foundation.clock,
        wake=foundation.published,
        revoked=verifier.revoke,
    )
    return Parts(
        app=foundation.app,
        entrance=entrance,
        passwords=passwords,
        clock=foundation.clock,
        wake=foundation.published,
        revoked=verifier.revoke,
        deployment_key=settings.deployment_key(),
        key_token_secret=settings.key_for("identity.api-key-tokens"),
        graveyard=graveyard,
        preference_key=settings.key_for(preference_links.PURPOSE),
        public_url=settings.public_url,
        links=Links(key=settings.key_for(invitations.PURPOSE), template=settings.invitation_link),
        erasures=erasures,
        exports=exports_of(settings, clock=foundation.clock),
        retainer=retainer_of(foundation, erasures),
        partners_key=settings.key_for(partners.PURPOSE),
    )


def _preferences(settings: IdentitySettings, foundation: Foundation) -> PreferenceDoor:
    key = settings.key_for(preference_links.PURPOSE)
    return PreferenceDoor(foundation.app, key=key, clock=foundation.clock, wake=foundation.published)


def _published(keys: SigningKeys) -> dict[tuple[str, str], Endpoint]:
    async def jwks(_: BareRequest) -> Answer:
        headers = {"content-type": "application/jwk-set+json", "cache-control": "public, max-age=5"}
        return Answer(200, headers, await keys.jwks())

    return {("GET", "/.well-known/jwks.json"): jwks}


app = hosted(compose)
