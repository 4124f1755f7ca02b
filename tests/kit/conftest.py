"""The data half of the kit on real servers: databases of the roles, and a bus. Used by tests of the kit only."""

from collections.abc import AsyncIterator

import pytest

from services.kit.bus import Bus
from services.kit.db import Database
from services.kit.settings import Role, role_url

SERVICE = "engagement"
FEW_CONNECTIONS = 4


@pytest.fixture
async def app(database_url: str, secret_key: str) -> AsyncIterator[Database]:
    """As the role `app`, with few connections, so that tenants share them."""
    database = _database(database_url, secret_key, role="app")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def worker(database_url: str, secret_key: str) -> AsyncIterator[Database]:
    """As the role `worker`, which sees all workspaces."""
    database = _database(database_url, secret_key, role="worker")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    """A connection to the test's own NATS."""
    opened = Bus(nats_url, name="test")
    await opened.open()
    yield opened
    await opened.close()


def _database(url: str, secret_key: str, *, role: Role) -> Database:
    return Database(role_url(url, secret_key=secret_key, service=SERVICE, role=role), name=f"test-{role}", size=FEW_CONNECTIONS)
