"""Serve an ASGI application over real HTTP on loopback, inside the test's own event loop. Used by tests of services and flows."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from services.kit.hosting import ASGIApp

START_SECONDS = 10.0


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The base address at which `app` answers, until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, ws="websockets-sansio"))
    server.capture_signals = _no_signals  # type: ignore[method-assign] # the test runner keeps its own signal handlers
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(START_SECONDS):
            while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
        listener.close()


class _NoSignals:
    def __enter__(self) -> None:
        """Leave the handlers as they are."""

    def __exit__(self, *_: object) -> None:
        """Nothing to restore."""


def _no_signals() -> _NoSignals:
    return _NoSignals()
