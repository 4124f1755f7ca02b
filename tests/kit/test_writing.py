"""An answer leaves in one write; what streams, and what has no body, leaves in time and in order."""

import asyncio
import logging
from collections.abc import Sequence

import pytest
import uvicorn
from uvicorn.server import ServerState

from services.kit.hosting import Receive, Scope, Send
from services.kit.http import respond
from services.kit.http.writing import OneWrite
from services.kit.telemetry.logs import configure_logging

REQUEST = b"GET / HTTP/1.1\r\nhost: rapport\r\n\r\n"


class Recorder(asyncio.Transport):
    """A transport that keeps what is written, write by write."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        """See asyncio."""
        return self.closed.is_set()

    def close(self) -> None:
        """See asyncio."""
        self.closed.set()


async def written(*parts: bytes, asked: bytes = REQUEST) -> Sequence[bytes]:
    """What uvicorn writes where an application sends its head, and then these parts of its body in turns of their own."""
    ended = asyncio.Event()

    async def app(_: Scope, __: Receive, send: Send) -> None:
        if len(parts) == 1:
            await respond(send, status=200, body=parts[0])
        else:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
            for part in parts:
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        ended.set()

    config = uvicorn.Config(app, lifespan="off", log_config=None)
    config.load()
    protocol = OneWrite(config, ServerState(), {})
    transport = Recorder()
    protocol.connection_made(transport)
    protocol.data_received(asked)
    if asked == REQUEST:
        await asyncio.wait_for(ended.wait(), 5)
    await asyncio.sleep(0)
    protocol.connection_lost(None)
    return transport.written


async def test_a_whole_answer_is_one_write() -> None:
    (answer,) = await written(b'{"a":1}')
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b'\r\n\r\n{"a":1}')


async def test_a_stream_begins_before_its_first_part_and_is_not_held_up() -> None:
    head, *rest = await written(b"HTTP/1.1 is what this part begins with", b"two")
    assert head.endswith(b"\r\n\r\n"), "whoever listens knows that the stream has begun"
    body = b"".join(rest)
    assert body == b"26\r\nHTTP/1.1 is what this part begins with\r\n3\r\ntwo\r\n0\r\n\r\n"


async def test_what_the_server_refuses_itself_is_written_before_it_closes() -> None:
    (refusal,) = await written(b"never", asked=b"NONSENSE\r\n\r\n")
    assert refusal.startswith(b"HTTP/1.1 400")


def test_uvicorn_spends_no_time_on_lines_for_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", root.handlers[:])
    configure_logging("info", "kit")
    assert not logging.getLogger("uvicorn.access").hasHandlers()
