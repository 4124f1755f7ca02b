"""A real uvicorn on loopback around an application, for sockets and streams. Holds no tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from services.kit.hosting import ASGIApp
from tests.serving import served

DEADLINE_SECONDS = 10


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await condition():  # noqa: ASYNC110 - asks something outside, which sets no event
            await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """The host and port at which the application is served, for the length of the block."""
    async with served(app) as url:
        yield url.removeprefix("http://")
