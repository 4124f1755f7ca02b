"""An office on a database of its own."""

from collections.abc import AsyncIterator

import pytest

from services.engagement.settings import EngagementSettings
from services.kit.db import Database
from tests.engagement.notifications.office import Office


@pytest.fixture
async def database(database_url: str, secret_key: str) -> AsyncIterator[Database]:
    settings = EngagementSettings(database_url=database_url, secret_key=secret_key)
    opened = Database(settings.role_url("engagement", role="app"), name="test-app", size=4)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def worker(database_url: str, secret_key: str) -> AsyncIterator[Database]:
    settings = EngagementSettings(database_url=database_url, secret_key=secret_key)
    opened = Database(settings.role_url("engagement", role="worker"), name="test-worker", size=2)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def office(database: Database, worker: Database) -> Office:
    return Office(database, worker)
