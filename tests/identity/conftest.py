"""The identity service in the test's process, and databases of the roles that it works as."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import asyncpg
import pytest

from services.identity.settings import IdentitySettings
from services.kit.db import Database
from tests.databases import Databases
from tests.identity.service import NOW, Service, running, with_broker

APART = {"settings", "database_url"}


@pytest.fixture
def settings(database_url: str, secret_key: str) -> IdentitySettings:
    """As the service would read them; its broker is none until a fixture or test gives one."""
    return IdentitySettings(database_url=database_url, secret_key=secret_key, nats_url="nats://127.0.0.1:1")


@asynccontextmanager
async def _opened(url: str, name: str) -> AsyncIterator[Database]:
    database = Database(url, name=name, size=4)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def database(settings: IdentitySettings) -> AsyncIterator[Database]:
    """As the role under row-level security."""
    async with _opened(settings.role_url("identity", role="app"), "test-app") as opened:
        yield opened


@pytest.fixture
async def worker_database(settings: IdentitySettings) -> AsyncIterator[Database]:
    """As the role that works across workspaces."""
    async with _opened(settings.role_url("identity", role="worker"), "test-worker") as opened:
        yield opened


@pytest.fixture
async def own_service(settings: IdentitySettings, shared_nats_url: str) -> AsyncIterator[Service]:
    """A running service of the test's own, over the database of `database_url`; passwords cost it little."""
    async with running(with_broker(settings, shared_nats_url)) as started:
        yield started


@pytest.fixture(scope="module")
async def shared_service(databases: Databases, shared_nats_url: str, secret_key: str) -> AsyncIterator[tuple[Service, str]]:
    """One service for the tests of a module, and its database's name; starting it takes longer than most of them."""
    name = await databases.take()
    async with running(IdentitySettings(database_url=databases.url(name), secret_key=secret_key, nats_url=shared_nats_url)) as started:
        yield started, name
    await databases.give_back(name)


@pytest.fixture
async def cleared_service(shared_service: tuple[Service, str], databases: Databases) -> Service:
    """The module's service at its first hour, with every workspace's name free again and nobody's tries counted."""
    service, name = shared_service
    service.clock.advance(NOW - service.clock.now())
    owner = await asyncpg.connect(databases.url(name), timeout=10)
    try:
        await owner.execute("UPDATE identity.workspace SET slug = workspace_id::text; DELETE FROM identity.sign_in_attempt")
    finally:
        await owner.close()
    return service


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Service:
    """The running service; who asks for its settings or its database as well has it alone."""
    alone = bool(APART & set(request.fixturenames))
    return cast("Service", request.getfixturevalue("own_service" if alone else "cleared_service"))


@pytest.fixture
async def careful_service(settings: IdentitySettings, shared_nats_url: str) -> AsyncIterator[Service]:
    """The running service, with passwords as the product keeps them."""
    async with running(with_broker(settings, shared_nats_url), effort=None) as started:
        yield started
