"""The identity service in the test's process, and databases of the roles that it works as."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.identity.settings import IdentitySettings
from services.kit.db import Database
from tests.identity.service import Service, running, with_broker


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
async def service(settings: IdentitySettings, shared_nats_url: str) -> AsyncIterator[Service]:
    """The running service; passwords cost it little."""
    async with running(with_broker(settings, shared_nats_url)) as started:
        yield started


@pytest.fixture
async def careful_service(settings: IdentitySettings, shared_nats_url: str) -> AsyncIterator[Service]:
    """The running service, with passwords as the product keeps them."""
    async with running(with_broker(settings, shared_nats_url), effort=None) as started:
        yield started
