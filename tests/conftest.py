"""Real servers for the tests: one PostgreSQL and one NATS a run, both empty for each test. Patches nothing."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from rapport.nats import EmbeddedNats
from rapport.postgres import EmbeddedPostgres
from rapport.simulation import SimulatedPlatforms
from services.kit.hosting import GC_THRESHOLDS
from tests.brokers import emptied
from tests.databases import Databases

# These stop, kill or restart all of it for good, and have deployments of their own.
DEPLOYING = ("test_chaos.py", "test_demo.py", "test_restart.py")
SECRET_KEY = "dGVzdHMtdXNlLXRoaXMta2V5LWFuZC1ub2JvZHktZWxzZSE"

# How long an example takes is a matter of who else works on the machine: `timeout` bounds the whole test.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# Whatever collection makes stays until the end, in each worker: looking through it again and again was a quarter of its time.
gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first: one that began last would leave the other workers with nothing to do."""
    items.sort(key=lambda item: item.get_closest_marker("flow") is None)


class OneDeployment(LoadFileScheduling):
    """A file at a time for each worker; the flows that share a deployment, which takes long to start, go to one of them."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "tests/flows" if file.startswith("tests/flows/") and not file.endswith(DEPLOYING) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return OneDeployment(config, log)


@pytest.fixture(scope="session")
def secret_key() -> str:
    """The deployment's secret key in tests: 35 bytes in base64url."""
    return SECRET_KEY


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> Iterator[EmbeddedPostgres]:
    """The run's PostgreSQL."""
    server = EmbeddedPostgres(server_folder / "postgres", durable=False)
    asyncio.run(server.start())
    yield server
    asyncio.run(server.stop())


@pytest.fixture(scope="session")
def databases(postgres: EmbeddedPostgres) -> Databases:
    """The server's databases, and a template that holds all three migrated schemas."""
    made = Databases(postgres)
    asyncio.run(made.prepare(secret_key=SECRET_KEY))
    return made


@pytest.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    """The owner's address of a migrated database without rows, of the test's own."""
    name = await databases.take()
    yield databases.url(name)
    await databases.give_back(name)


@pytest.fixture(scope="session")
def nats(server_folder: Path) -> Iterator[EmbeddedNats]:
    """The run's NATS. Tests that stop theirs start one of their own."""
    server = EmbeddedNats(server_folder / "nats")
    asyncio.run(server.start())
    yield server
    asyncio.run(server.stop())


@pytest.fixture
async def nats_url(nats: EmbeddedNats) -> AsyncIterator[str]:
    """The address of a NATS that holds nothing and that nobody else uses meanwhile."""
    yield nats.url
    await emptied(nats.url)


@pytest.fixture(scope="session")
def shared_nats_url(server_folder: Path) -> Iterator[str]:
    """A broker for services that several tests share, and for tests that do not look at it."""
    server = EmbeddedNats(server_folder / "shared-nats")
    asyncio.run(server.start())
    yield server.url
    asyncio.run(server.stop())


@pytest.fixture(scope="module")
async def simulation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SimulatedPlatforms]:
    """The simulated platforms, as another process; one for the tests of a module."""
    async with SimulatedPlatforms.running(tmp_path_factory.mktemp("platforms") / "ledger.jsonl") as running:
        yield running


@pytest.fixture
async def platforms(simulation: SimulatedPlatforms) -> SimulatedPlatforms:
    """The simulated platforms as a test meets them: behaving, with an empty ledger."""
    return await simulation.anew()
