"""Databases and the running service that the tests of tasks and playbook need; triage's own tests need none of it."""

from collections.abc import AsyncIterator

import pytest

from services.contracts.ids import WorkspaceId
from services.kit.db import Database
from services.kit.ids import new_id
from services.routing.settings import RoutingSettings
from tests.routing.desk import Desk
from tests.routing.service import Service, running


@pytest.fixture
def settings(database_url: str, secret_key: str) -> RoutingSettings:
    return RoutingSettings(database_url=database_url, secret_key=secret_key)


@pytest.fixture
async def database(settings: RoutingSettings) -> AsyncIterator[Database]:
    """As the role under row-level security."""
    opened = Database(settings.role_url("routing", role="app"), name="test-app", size=12)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def worker(settings: RoutingSettings) -> AsyncIterator[Database]:
    """As the role that sees in which workspaces something is due."""
    opened = Database(settings.role_url("routing", role="worker"), name="test-worker", size=2)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    """A workspace's routing, with a classifier that does what the texts say."""
    return Desk(database, WorkspaceId(new_id()))


@pytest.fixture
async def service(settings: RoutingSettings, nats_url: str) -> AsyncIterator[Service]:
    """The service with its broker, spoken to over its port and the bus."""
    async with running(settings.model_copy(update={"nats_url": type(settings.nats_url)(nats_url)})) as started:
        yield started
