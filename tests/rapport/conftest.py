"""Servers of their own for the tests of this folder: here they are stopped, killed and broken."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rapport.nats import EmbeddedNats
from rapport.postgres import EmbeddedPostgres


@pytest.fixture
async def postgres(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A started PostgreSQL with empty data, killed at the end."""
    server = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    await server.start()
    yield server
    await server.kill()


@pytest.fixture
async def nats_server(tmp_path: Path) -> AsyncIterator[EmbeddedNats]:
    """A started NATS with an empty store, killed at the end."""
    server = EmbeddedNats(tmp_path / "nats")
    await server.start()
    yield server
    await server.kill()
