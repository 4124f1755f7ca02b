"""Serve an ASGI application over real HTTP on loopback, inside the test's own event loop. Used by tests of services and flows."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn

from rapport.serving import KEEP_ALIVE_SECONDS
from services.kit.hosting import ASGIApp
from services.kit.http.writing import OneWrite

START_SECONDS = 10.0
GRACE_SECONDS = 1
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The base address at which `app` answers, until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        app,
        http=OneWrite,
        ws="websockets-sansio",
        lifespan="off",
        log_config=None,
        access_log=False,
        # As in the product. After uvicorn's own five seconds a connection may end just as the next request goes out on it.
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    # Not `serve`: it takes the test runner's signal handlers, and looks for its end ten times a second only.
    async with asyncio.timeout(START_SECONDS):
        await server.startup(sockets=[listener])
    await server.on_tick(0)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await server.shutdown(sockets=[listener])


def http_client(url: str = "", *, timeout_seconds: float = 10) -> httpx.AsyncClient:
    """A caller of a server of ours. It does without the world's certificates, which take 45 ms to load for each client."""
    return httpx.AsyncClient(base_url=url, timeout=timeout_seconds, verify=_NO_CERTIFICATES, trust_env=False)
