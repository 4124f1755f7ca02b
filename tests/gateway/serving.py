"""A real uvicorn on loopback around an application, for sockets and streams. Holds no tests."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import uvicorn

from services.kit.hosting import ASGIApp

DEADLINE_SECONDS = 10


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await condition():  # noqa: ASYNC110 - asks something outside, which sets no event
            await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """The host and port at which the application is served, for the length of the block."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))

    async def has_started() -> bool:
        return server.started

    try:
        await eventually(has_started)
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listening.close()
