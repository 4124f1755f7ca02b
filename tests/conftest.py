"""Real servers for the tests: one PostgreSQL and one NATS a run, a fresh migrated database a test. Patches nothing."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from migrations.apply import SERVICES, migrate
from rapport.nats import EmbeddedNats
from rapport.postgres import EmbeddedPostgres

SECRET_KEY = "dGVzdHMtdXNlLXRoaXMta2V5LWFuZC1ub2JvZHktZWxzZSE"
TEMPLATE = "rapport_template"


@pytest.fixture(scope="session")
def secret_key() -> str:
    """The deployment's secret key in tests: 35 bytes in base64url."""
    return SECRET_KEY


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> Iterator[EmbeddedPostgres]:
    """The run's PostgreSQL, with a template database that holds all three migrated schemas."""
    server = EmbeddedPostgres(server_folder / "postgres", durable=False)
    asyncio.run(_start_postgres(server))
    yield server
    asyncio.run(server.stop())


@pytest.fixture
async def database_url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The owner's address of a fresh, migrated database; gone after the test."""
    name = f"test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres.url(database="postgres"), timeout=10)
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        yield _with_database(postgres.url(database="postgres"), name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@pytest.fixture
async def nats_url(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a NATS of the test's own, with an empty store."""
    server = EmbeddedNats(tmp_path / "nats")
    await server.start()
    yield server.url
    await server.stop()


async def _start_postgres(server: EmbeddedPostgres) -> None:
    await server.start()
    admin = await asyncpg.connect(server.url(database="postgres"), timeout=10)
    try:
        await admin.execute(f"CREATE DATABASE {TEMPLATE}")
    finally:
        await admin.close()
    owner_url = _with_database(server.url(database="postgres"), TEMPLATE)
    for service in SERVICES:
        if any((Path(__file__).parent.parent / "migrations" / service / "versions").glob("*.py")):
            await migrate(service, owner_url=owner_url, secret_key=SECRET_KEY)


def _with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))
