"""The way out for connectors speaks the protocol's errors, also over a WebSocket."""

import pytest
from websockets.asyncio.server import ServerConnection

from services.engagement.network import PlatformNet
from services.engagement.protocol import NotSentError, RejectedError
from services.kit.net import Net
from tests.kit.test_net_websockets import serving


async def greet(connection: ServerConnection) -> None:
    await connection.send("hello")
    await connection.recv()


async def test_a_stream_is_read_until_it_breaks() -> None:
    async with serving(greet) as url, PlatformNet(Net(allow_private=True)).websocket(url) as opened:
        assert await opened.receive(timeout_seconds=20) == "hello"
        await opened.send("good-bye")
        with pytest.raises(NotSentError) as broken:
            await opened.receive(timeout_seconds=20)
        assert broken.type is NotSentError
        with pytest.raises(NotSentError):
            await opened.send("too late")


async def test_a_stream_that_is_refused_or_inside_is_an_error_of_the_protocol() -> None:
    async with serving(greet, refuses=401) as url:
        with pytest.raises(NotSentError) as refused:
            async with PlatformNet(Net(allow_private=True)).websocket(url):
                pytest.fail("it opened")
        with pytest.raises(RejectedError):
            async with PlatformNet(Net()).websocket(url):
                pytest.fail("it opened")
    assert refused.type is NotSentError
