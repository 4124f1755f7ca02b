"""The port between processes: called directly or over a socket, a service answers the same; what goes wrong is one error."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from services.kit.port import REPEATS, DirectPort, Port, PortUnavailableError, SocketPort
from tests.serving import served

LONG = 300_000


async def echo(request: Request) -> Response:
    """What arrived."""
    parts = {
        "method": request.method,
        "path": request.scope["path"],
        "raw_path": request.scope["raw_path"].decode(),
        "query": request.scope["query_string"].decode(),
        "body": len(await request.body()),
        "given": request.headers.getlist("x-given"),
        "content_type": request.headers.get("content-type"),
    }
    return Response(orjson.dumps(parts), 201, headers={"X-Told": "caf\xe9"}, media_type="application/json")


async def stream(_: Request) -> Response:
    """An answer in parts, each a little later."""

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(5):
            await asyncio.sleep(0)
            yield b"x" * 10

    return StreamingResponse(parts())


async def fail(_: Request) -> Response:
    """Nobody foresaw this."""
    message = "secret"
    raise LookupError(message)


async def stall(request: Request) -> Response:
    """No answer as long as anybody waits for one."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()


APP = Starlette(
    routes=[
        Route("/stream", stream),
        Route("/fail", fail),
        Route("/stall", stall),
        Route("/{rest:path}", echo, methods=["GET", "POST", "PATCH", "DELETE"]),
    ]
)


@pytest.fixture(params=["direct", "socket"])
async def port(request: pytest.FixtureRequest) -> AsyncIterator[Port]:
    """Both ways to one service."""
    if request.param == "direct":
        yield DirectPort(APP)
        return
    async with served(APP) as url:
        opened = SocketPort(url)
        yield opened
        await opened.close()


@pytest.mark.parametrize(
    "path",
    ["/a", "/a/b%2Fc%20d", "/a%41/../b", "/a//b", "/%E2%82%AC", "/a?x=1&x=2&y=%20+a%2B%41", "/a?", "/a?q=%00;|", "/a%00b"],
)
async def test_a_path_and_its_query_arrive_as_they_were_given(port: Port, path: str) -> None:
    answer = await port.call("GET", path)
    assert answer.status == 201
    told = orjson.loads(answer.body)
    target, _, query = path.partition("?")
    assert (told["raw_path"], told["query"]) == (target, query)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "GET"])
@pytest.mark.parametrize("size", [0, 10, LONG])
async def test_method_body_and_headers_arrive(port: Port, method: str, size: int) -> None:
    answer = await port.call(
        method, "/a", body=b"x" * size, headers=[("X-Given", "one"), ("x-given", "caf\xe9"), ("content-type", "text/plain")]
    )
    told = orjson.loads(answer.body)
    assert (told["method"], told["body"], told["content_type"]) == (method, size, "text/plain")
    assert told["given"] == ["one", "caf\xc3\xa9"]
    assert (answer.headers["content-type"], answer.headers["x-told"]) == ("application/json", "caf\xe9")


async def test_an_answer_in_parts_arrives_whole(port: Port) -> None:
    answer = await port.call("GET", "/stream")
    assert (answer.status, len(answer.body)) == (200, 50)


async def test_what_nobody_foresaw_is_an_answer_of_500(port: Port) -> None:
    answer = await port.call("GET", "/fail")
    assert answer.status == 500
    assert b"secret" not in answer.body


async def test_no_answer_in_time_is_unavailable(port: Port) -> None:
    with pytest.raises(PortUnavailableError):
        await port.call("GET", "/stall", timeout_seconds=0.1)


@pytest.mark.parametrize("headers", [[("x-given", "a\r\nb: c")], [("x given", "a")], [("x-given", "a\x00")]])
async def test_a_header_that_http_cannot_carry_is_never_sent(port: Port, headers: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match="header"):
        await port.call("GET", "/a", headers=headers)


async def test_nobody_there_is_unavailable(tmp_path: Path) -> None:
    for url in ("http://127.0.0.1:1", f"unix:{tmp_path}/none.sock"):
        port = SocketPort(url)
        with pytest.raises(PortUnavailableError):
            await port.call("GET", "/a", timeout_seconds=1)
        await port.close()


@dataclass
class Raw:
    """Answers 200 to whatever comes, after it has hung up on so many requests that it had read."""

    hangs_up: int = 0
    requests: list[bytes] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        with suppress(asyncio.IncompleteReadError):
            while True:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                if len(self.requests) <= self.hangs_up:
                    break
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        writer.close()


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_service_that_restarts_is_waited_for(tmp_path: Path, method: str) -> None:
    port = SocketPort(f"unix:{tmp_path}/late.sock", patience_seconds=60)
    with pytest.raises(PortUnavailableError):
        await port.call(method, "/a", timeout_seconds=0.2)
    waiting = [asyncio.create_task(port.call(method, "/a", timeout_seconds=60)) for _ in range(20)]
    await asyncio.wait(waiting, timeout=0.1)
    raw = Raw()
    async with await asyncio.start_unix_server(raw, tmp_path / "late.sock"):
        answers = await asyncio.gather(*waiting)
        await port.close()
    assert [answer.status for answer in answers] == [200] * 20
    assert len(raw.requests) == 20


async def test_a_file_waits_for_a_service_that_restarts(tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"piece"

    port = SocketPort(f"unix:{tmp_path}/late.sock", patience_seconds=60)

    async def send() -> int:
        async with port.stream("POST", "/v1/media", body=pieces(), headers=[("content-length", "5")]) as answer:
            return answer.status

    waiting = asyncio.create_task(send())
    await asyncio.wait({waiting}, timeout=0.1)
    async with await asyncio.start_unix_server(Raw(), tmp_path / "late.sock"):
        assert await waiting == 200
        await port.close()


@pytest.mark.parametrize(
    ("method", "path", "headers", "sent"),
    [
        ("POST", "/v1/replies", [], 1),
        ("POST", "/v1/replies", [("Idempotency-Key", "k")], 2),
        ("POST", "/webhooks/inlet/x", [], 2),
        ("GET", "/v1/replies", [], 2),
    ],
)
async def test_what_may_have_arrived_is_sent_again_only_if_that_is_harmless(
    tmp_path: Path, method: str, path: str, headers: list[tuple[str, str]], sent: int
) -> None:
    raw, port = Raw(hangs_up=1), SocketPort(f"unix:{tmp_path}/raw.sock", repeatable=["/webhooks/"])
    async with await asyncio.start_unix_server(raw, tmp_path / "raw.sock"):
        try:
            status = (await port.call(method, path, headers=headers, timeout_seconds=20)).status
        except PortUnavailableError:
            status = 503
        await port.close()
    assert (status, len(raw.requests)) == (200 if sent > 1 else 503, sent)


async def test_what_ends_every_service_that_it_reaches_is_given_up(tmp_path: Path) -> None:
    raw, port = Raw(hangs_up=100), SocketPort(f"unix:{tmp_path}/raw.sock")
    async with await asyncio.start_unix_server(raw, tmp_path / "raw.sock"):
        with pytest.raises(PortUnavailableError):
            await port.call("GET", "/a", timeout_seconds=60)
        await port.close()
    # The client sends a GET again by itself where it had a connection at hand; we do so three times.
    assert len(raw.requests) <= 2 * (REPEATS + 1)


async def test_who_comes_when_patience_has_run_out_does_not_wait(tmp_path: Path) -> None:
    port = SocketPort(f"unix:{tmp_path}/none.sock", patience_seconds=1.0)
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(PortUnavailableError):
            await port.call("GET", "/a", timeout_seconds=60)
    assert time.monotonic() - began < 1.0
    async with await asyncio.start_unix_server(Raw(), tmp_path / "none.sock"):
        assert (await port.call("GET", "/a", timeout_seconds=20)).status == 200
        await port.close()
