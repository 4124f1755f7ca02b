"""A short answer of a bare route is written at once, and only where nothing more has to be minded: real uvicorn, a recorded transport."""

import asyncio
from collections.abc import Callable, Sequence

import uvicorn
from uvicorn.server import ServerState

from services.kit.http import BareRequest, Routes
from services.kit.http.writing import OneWrite
from services.kit.port import Answer
from tests.kit.test_writing import Recorder

DATE = (b"date", b"Thu, 01 Jan 2026 00:00:00 GMT")


def ask(path: str = "/tail", *, method: str = "GET", version: str = "1.1", headers: Sequence[str] = (), body: str = "") -> bytes:
    """One request as it travels."""
    return "\r\n".join((f"{method} {path} HTTP/{version}", "host: rapport", *headers, "", body)).encode()


def asked_id(name: str) -> str:
    """The header by which a request is known again."""
    return f"x-request-id: {name}"


class Line(Recorder):
    """All that was sent is there already: to read on or not makes no difference."""

    def pause_reading(self) -> None:
        """See asyncio."""

    def resume_reading(self) -> None:
        """See asyncio."""


class Wire:
    """A connection to routes that say which request came; `written` is what went out, write by write."""

    def __init__(self) -> None:
        config = uvicorn.Config(_routes(), lifespan="off", log_config=None, access_log=False)
        config.load()
        state = ServerState()
        state.default_headers = [DATE]
        self.protocol = OneWrite(config, state, {})
        self.transport = Line()
        self.protocol.connection_made(self.transport)

    async def until(self, met: Callable[[], bool]) -> None:
        """Let the loop turn until it is so."""
        async with asyncio.timeout(5):
            while not met():  # noqa: ASYNC110 - turns of the loop are what is waited for
                await asyncio.sleep(0)

    async def answered(self, *asked: bytes, ends: bytes) -> list[bytes]:
        """What was written once an answer ends so."""
        for each in asked:
            self.protocol.data_received(each)
        await self.until(lambda: b"".join(self.transport.written).endswith(ends))
        return self.transport.written


def _routes() -> Routes:
    async def short(bare: BareRequest) -> bytes:
        await bare.body()
        return b'{"at":"%b"}' % bare.scope["path"].encode()

    async def other(_: BareRequest) -> Answer:
        return Answer(202, {"content-type": "text/plain"}, b"later")

    return Routes({("GET", "/tail"): short, ("POST", "/tail"): short, ("HEAD", "/tail"): short, ("GET", "/other"): other})


async def test_a_short_answer_is_one_write_with_all_that_belongs_to_its_head() -> None:
    wire = Wire()
    (answer,) = await wire.answered(ask(headers=[asked_id("one")]), ends=b"}")
    assert answer == (
        b"HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-type: application/json\r\n"
        b'content-length: 14\r\nx-request-id: one\r\n\r\n{"at":"/tail"}'
    )
    assert not wire.transport.closed.is_set(), "the connection is kept"


async def test_a_kept_connection_answers_again() -> None:
    wire = Wire()
    await wire.answered(ask(headers=[asked_id("one")]), ends=b"}")
    written = await wire.answered(ask(headers=[asked_id("two")]), ends=b'two\r\n\r\n{"at":"/tail"}')
    assert [answer.count(b"HTTP/1.1 200 OK") for answer in written] == [1, 1]


async def test_requests_sent_at_once_are_answered_in_their_order() -> None:
    wire = Wire()
    names = ("one", "two", "three")
    together = b"".join(ask("/other" if name == "two" else "/tail", headers=[asked_id(name)]) for name in names)
    written = await wire.answered(together, ends=b'three\r\n\r\n{"at":"/tail"}')
    order = [next(name for name in names if f"x-request-id: {name}\r\n".encode() in answer) for answer in written]
    assert order == list(names)


async def test_a_body_in_two_parts_is_answered_once() -> None:
    wire = Wire()
    whole = ask(method="POST", headers=["content-length: 2"], body="{}")
    (answer,) = await wire.answered(whole[:-1], whole[-1:], ends=b"}")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_whoever_waits_to_be_let_on_is_told_so_before_the_answer() -> None:
    wire = Wire()
    whole = ask(method="POST", headers=["content-length: 2", "expect: 100-continue"], body="{}")
    wire.protocol.data_received(whole[:-2])
    await wire.until(lambda: b"".join(wire.transport.written) == b"HTTP/1.1 100 Continue\r\n\r\n")
    written = await wire.answered(whole[-2:], ends=b'{"at":"/tail"}')
    assert written[1].startswith(b"HTTP/1.1 200 OK\r\n")


async def test_whoever_asks_for_the_end_is_told_of_it() -> None:
    for asked in (ask(headers=["connection: close"]), ask(version="1.0")):
        wire = Wire()
        (answer,) = await wire.answered(asked, ends=b"}")
        assert b"connection: close\r\n" in answer
        assert wire.transport.closed.is_set()


async def test_a_server_that_drains_tells_of_the_end() -> None:
    wire = Wire()
    wire.protocol.data_received(ask())
    wire.protocol.shutdown()
    (answer,) = await wire.answered(ends=b"}")
    assert b"connection: close\r\n" in answer
    assert wire.transport.closed.is_set()


async def test_a_head_is_asked_for_without_its_body() -> None:
    (answer,) = await Wire().answered(ask(method="HEAD"), ends=b"\r\n\r\n")
    assert b"content-length: 14\r\n" in answer


async def test_nothing_is_written_while_the_reader_is_behind() -> None:
    wire = Wire()
    wire.protocol.pause_writing()
    wire.protocol.data_received(ask())
    for _ in range(20):
        await asyncio.sleep(0)
    assert wire.transport.written == []
    wire.protocol.resume_writing()
    (answer,) = await wire.answered(ends=b'{"at":"/tail"}')
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_nothing_is_written_to_a_client_that_left() -> None:
    wire = Wire()
    wire.protocol.data_received(ask())
    wire.protocol.connection_lost(None)
    for _ in range(20):
        await asyncio.sleep(0)
    assert wire.transport.written == []
