"""The same promises through uvicorn and a real socket: odd bytes, slow bodies, and what the server itself refuses."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from tests.kit.sample import Issuer, sample_api

DEADLINE_SECONDS = 10
BY_THE_SERVER = b"Invalid HTTP request received."


class Announced(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self.ready.set()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """The port of a sample API that waits 0.2 s for bodies."""
    api = sample_api(Issuer(), timeout_seconds=0.2)
    server = Announced(uvicorn.Config(api, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await asyncio.wait_for(server.ready.wait(), timeout=DEADLINE_SECONDS)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await asyncio.wait_for(serving, timeout=DEADLINE_SECONDS)


async def exchange(port: int, sent: bytes) -> tuple[int, bytes]:
    """Send bytes and nothing after them; the status and the whole answer."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        body = await reader.readexactly(length) if length else await reader.read()
        writer.close()
        return int(head.split(b" ")[1]), head + body


def post(body: bytes, *, headers: bytes = b"content-type: application/json\r\n", target: bytes = b"/notes") -> bytes:
    return b"POST %s HTTP/1.1\r\nhost: x\r\n%scontent-length: %d\r\n\r\n%s" % (target, headers, len(body), body)


ODD = {
    "path not UTF-8": post(b"{}", target=b"/notes/\xff"),
    "path with broken escape": post(b"{}", target=b"/notes/%zz"),
    "path with NUL": post(b"{}", target=b"/notes/%00"),
    "query not UTF-8": post(b"{}", target=b"/notes?q=\xff"),
    "query of 50 kB": post(b"{}", target=b"/notes?q=" + b"a" * 50_000),
    "absolute target": post(b"{}", target=b"http://evil.example/notes"),
    "star": b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
    "headers not ASCII": post(b"{}", headers=b"content-type: \xff\xfe\r\nx-\xe9: \xe9\r\n"),
    "header of 50 kB": post(b"{}", headers=b"x-a: " + b"a" * 50_000 + b"\r\n"),
    "length not a number": b"POST /notes HTTP/1.1\r\nhost: x\r\ncontent-length: abc\r\n\r\n",
    "length negative": b"POST /notes HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n",
    "two lengths": b"POST /notes HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "length and chunks": b"POST /notes HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}",
    "chunk size not a number": b"POST /notes HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "50 MB announced": b"POST /notes HTTP/1.1\r\nhost: x\r\ncontent-length: 52428800\r\n\r\n",
    "lone surrogate": post(b'{"text":"\\ud800"}'),
    "UTF-16": post('{"text":"x"}'.encode("utf-16")),
}


@pytest.mark.parametrize("sent", ODD.values(), ids=ODD.keys())
async def test_odd_requests_are_refused_and_the_server_lives_on(port: int, sent: bytes) -> None:
    status, answer = await exchange(port, sent)

    assert 400 <= status < 500
    assert b"application/problem+json" in answer or answer.endswith(BY_THE_SERVER)
    assert (await exchange(port, post(b'{"text":"x"}')))[0] == 201


@pytest.mark.parametrize(
    "begun",
    [
        b"POST /notes HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{",
        b"POST /notes HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n",
        b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n",
    ],
)
async def test_a_body_that_trickles_is_cut_off_and_the_connection_closed(port: int, begun: bytes) -> None:
    status, answer = await exchange(port, begun)

    assert status == 408
    assert b"application/problem+json" in answer
    assert b"connection: close" in answer


async def test_chunks_beyond_the_cap_are_cut_off(port: int) -> None:
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"

    status, answer = await exchange(port, b"POST /notes HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" + chunk * 17)

    assert status == 413
    assert b"connection: close" in answer
