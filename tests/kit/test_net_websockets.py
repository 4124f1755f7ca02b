"""WebSockets to the outside: messages as they come, nothing inside, and whoever breaks off is noticed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from services.kit.net import ForbiddenAddressError, Net, NotSentError
from tests.kit.test_net_sockets import Names


@asynccontextmanager
async def serving(talk: Callable[[ServerConnection], Awaitable[None]], *, refuses: int | None = None) -> AsyncIterator[str]:
    """The address of a server that talks so, or refuses with this status."""

    def answer(connection: ServerConnection, request: Request) -> Response | None:
        del request
        return connection.respond(refuses, "no") if refuses else None  # type: ignore[arg-type] # any number is a status

    def choose(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        del connection
        return next(iter(offered), None)

    async with serve(talk, "127.0.0.1", 0, select_subprotocol=choose, process_request=answer, compression=None) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/stream?of=us"


async def test_messages_come_one_by_one_and_the_end_is_told() -> None:
    seen: list[object] = []

    async def talk(connection: ServerConnection) -> None:
        assert connection.request is not None
        seen.extend([connection.request.path, connection.request.headers["Authorization"], connection.subprotocol])
        await connection.send("one")
        await connection.send(b"two")
        seen.append(await connection.recv())
        await connection.send("three")

    async with serving(talk) as url:
        opening = Net(allow_private=True).websocket(url, headers={"authorization": "Bearer x"}, subprotocol="a-token")
        async with opening as opened:
            assert [await opened.receive(timeout_seconds=20), await opened.receive(timeout_seconds=20)] == ["one", "two"]
            assert await opened.receive(timeout_seconds=0) is None
            await opened.send("hello")
            assert await opened.receive(timeout_seconds=20) == "three"
            with pytest.raises(NotSentError):
                await opened.receive(timeout_seconds=20)
            with pytest.raises(NotSentError):
                await opened.send("too late")
    assert seen == ["/stream?of=us", "Bearer x", "a-token", "hello"]


async def test_what_is_there_already_is_had_without_waiting() -> None:
    async def talk(connection: ServerConnection) -> None:
        for number in range(5):
            await connection.send(str(number))
        await connection.wait_closed()

    async with serving(talk) as url, Net(allow_private=True).websocket(url) as opened:
        heard = [await opened.receive(timeout_seconds=20)]
        async with asyncio.timeout(20):
            while len(heard) < 5:
                if (more := await opened.receive(timeout_seconds=0)) is not None:
                    heard.append(more)
                else:
                    await asyncio.sleep(0)
    assert heard == ["0", "1", "2", "3", "4"]


async def test_a_message_that_is_too_long_ends_it() -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.send("x" * 100)
        await connection.wait_closed()

    async with serving(talk) as url, Net(allow_private=True).websocket(url, max_bytes=50) as opened:
        with pytest.raises(NotSentError):
            await opened.receive(timeout_seconds=20)


async def quiet(connection: ServerConnection) -> None:
    await connection.wait_closed()


@pytest.mark.parametrize("status", [302, 401, 404, 503])
async def test_a_refusal_is_none_that_opened(status: int) -> None:
    async with serving(quiet, refuses=status) as url:
        with pytest.raises(NotSentError) as raised:
            async with Net(allow_private=True).websocket(url):
                pytest.fail("it opened")
    assert raised.type is NotSentError


async def test_a_server_inside_is_not_reached() -> None:
    async with serving(quiet) as url:
        with pytest.raises(ForbiddenAddressError):
            async with Net().websocket(url):
                pytest.fail("it opened")
    for address in ("127.0.0.1", "169.254.169.254", "fd00:ec2::254"):
        with pytest.raises(ForbiddenAddressError):
            async with Net(resolver=Names(address)).websocket("wss://stream.example/"):
                pytest.fail("it opened")


@pytest.mark.parametrize(
    "url", ["https://stream.example/", "wss://a:b@stream.example/", "wss://stream.example:25/", "wss://stream.example/\r\nx", "wss:///x"]
)
async def test_what_is_no_address_of_a_stream_is_refused(url: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        async with Net(resolver=Names("8.8.8.8")).websocket(url):
            pytest.fail("it opened")


async def test_who_says_nothing_to_the_greeting_is_left() -> None:
    async def ignore(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(ignore, "127.0.0.1", 0)
    async with server:
        with pytest.raises(NotSentError):
            async with Net(allow_private=True).websocket(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/", timeout_seconds=0.2):
                pytest.fail("it opened")
