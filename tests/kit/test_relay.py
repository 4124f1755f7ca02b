"""The relay against a real PostgreSQL and NATS: everything in the outbox reaches the stream, even a stream that had to be made anew."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from rapport.nats import EmbeddedNats
from services.contracts.envelope import stream_of
from services.contracts.events import ChannelConnected
from services.contracts.ids import ChannelId, WorkspaceId
from services.kit import outbox
from services.kit.bus import Bus
from services.kit.db import Database
from services.kit.relay import Relay
from services.kit.settings import role_url

WORKSPACE = WorkspaceId(uuid4())
SERVICE = "engagement"


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[EmbeddedNats]:
    server = EmbeddedNats(tmp_path / "nats")
    await server.start()
    yield server
    await server.stop()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url, name="test", size=2)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def connected(nats: EmbeddedNats) -> AsyncIterator[Bus]:
    bus = Bus(nats.url, name="test")
    await bus.open()
    try:
        yield bus
    finally:
        await bus.close()


@asynccontextmanager
async def relaying(nats: EmbeddedNats, worker: Database) -> AsyncIterator[Bus]:
    async with connected(nats) as bus:
        task = asyncio.create_task(Relay(SERVICE, database=worker, bus=bus).run())
        try:
            yield bus
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def announce(app: Database, count: int) -> None:
    events = [ChannelConnected(channel_id=ChannelId(uuid4()), platform="inlet") for _ in range(count)]
    async with app.transaction(WORKSPACE) as connection:
        await outbox.append(connection, WORKSPACE, events, now=datetime.now(UTC))


async def until_held(bus: Bus, count: int) -> None:
    """Wait until the stream holds exactly so many events."""
    held = -1
    async with asyncio.timeout(15):
        while held != count:
            await asyncio.sleep(0.02)
            info = await bus.jetstream.stream_info(stream_of(SERVICE))
            held = info.state.messages
            assert held <= count


async def test_a_stream_made_anew_by_another_is_filled_again(
    database_url: str, secret_key: str, nats: EmbeddedNats, tmp_path: Path
) -> None:
    def role(name: str) -> str:
        return role_url(database_url, secret_key=secret_key, service=SERVICE, role=name)  # type: ignore[arg-type] # the three literals

    async with opened(role("app")) as app, opened(role("worker")) as worker:
        await announce(app, 7)
        async with relaying(nats, worker) as bus:
            await bus.ensure_stream(SERVICE)
            await until_held(bus, 7)
        await nats.stop()
        shutil.rmtree(tmp_path / "nats" / "data")
        await nats.start()
        async with connected(nats) as consumer:
            await consumer.ensure_stream(SERVICE)
        await announce(app, 2)
        async with relaying(nats, worker) as bus:
            await until_held(bus, 9)


async def test_another_relay_publishes_nothing_twice(database_url: str, secret_key: str, nats: EmbeddedNats) -> None:
    def role(name: str) -> str:
        return role_url(database_url, secret_key=secret_key, service=SERVICE, role=name)  # type: ignore[arg-type] # the three literals

    async with opened(role("app")) as app, opened(role("worker")) as worker:
        await announce(app, 3)
        async with relaying(nats, worker) as bus:
            await bus.ensure_stream(SERVICE)
            await until_held(bus, 3)
        async with relaying(nats, worker) as bus:
            await announce(app, 1)
            await until_held(bus, 4)
