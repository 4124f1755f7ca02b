"""Databases of the roles that the identity service works as."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.identity.settings import IdentitySettings
from services.kit.db import Database
from tests.identity.service import Service, running


@pytest.fixture
def settings(database_url: str, secret_key: str) -> IdentitySettings:
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
async def service(settings: IdentitySettings) -> AsyncIterator[Service]:
    """The service without a broker: what it publishes waits in its outbox."""
    async with running(settings) as started:
        yield started
