"""The embedded NATS keeps its store through restarts and kills, and asks for its password."""

import asyncio
import os
import shutil
import signal
from pathlib import Path
from urllib.parse import urlsplit

import nats
import pytest
from nats.js import JetStreamContext

from rapport.errors import FolderInUseError
from rapport.nats import EmbeddedNats


async def test_store_and_url_survive_stop_and_start(nats_server: EmbeddedNats) -> None:
    """What was acknowledged is there after an ordinary stop."""
    await _publish(nats_server, count=3)
    url = nats_server.url

    await nats_server.stop()
    await nats_server.start()

    assert nats_server.url == url
    assert await _count(nats_server) == 3


async def test_store_survives_a_kill(nats_server: EmbeddedNats) -> None:
    """What was acknowledged is there after the server was killed."""
    await _publish(nats_server, count=3)
    assert nats_server.pid is not None

    os.kill(nats_server.pid, signal.SIGKILL)
    assert await nats_server.wait() == -signal.SIGKILL
    await nats_server.start()

    assert await _count(nats_server) == 3


async def test_deleted_store_begins_empty(nats_server: EmbeddedNats, tmp_path: Path) -> None:
    """The store may be lost at any time: it is made again."""
    await _publish(nats_server, count=3)
    await nats_server.stop()
    shutil.rmtree(tmp_path / "nats" / "data")

    await nats_server.start()

    await _publish(nats_server, count=1)
    assert await _count(nats_server) == 1


async def test_large_event_is_carried(nats_server: EmbeddedNats) -> None:
    """The limit of one message is 8 MB."""
    client = await nats.connect(nats_server.url, connect_timeout=5)

    assert client.max_payload == 8 * 1024 * 1024
    await client.close()


@pytest.mark.parametrize("login", [b"{}", b'{"user":"rapport","pass":"guessed"}'])
async def test_wrong_or_no_password_is_refused(nats_server: EmbeddedNats, login: bytes) -> None:
    """Being on the machine is no credential. Spoken by hand: the client leaks its socket when it is refused."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(nats_server.url).port)
        writer.write(b"CONNECT " + login + b"\r\nPING\r\n")
        said = await reader.read()
        writer.close()
        await writer.wait_closed()

    assert said.endswith(b"-ERR 'Authorization Violation'\r\n")
    assert b"PONG" not in said


async def test_second_start_on_a_used_folder_is_refused(nats_server: EmbeddedNats, tmp_path: Path) -> None:
    """Two servers never share a store."""
    with pytest.raises(FolderInUseError):
        await EmbeddedNats(tmp_path / "nats").start()

    assert nats_server.pid is not None


async def _publish(server: EmbeddedNats, *, count: int) -> None:
    client = await nats.connect(server.url, connect_timeout=5)
    events: JetStreamContext = client.jetstream(timeout=5)
    await events.add_stream(name="events", subjects=["events.>"])
    for number in range(count):
        await events.publish(f"events.{number}", b"{}")
    await client.close()


async def _count(server: EmbeddedNats) -> int:
    client = await nats.connect(server.url, connect_timeout=5)
    stream = await client.jetstream(timeout=5).stream_info("events")
    await client.close()
    return stream.state.messages
