"""The one port through which processes call one another: directly in one process, else over kept-alive HTTP.

Called by the gateway's clients and by key fetching. Never used for the outside world (that is `net`).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote

import aiohttp

from services.kit.errors import UnavailableError
from services.kit.hosting import ASGIApp, Message

Headers = Sequence[tuple[str, str]]


class PortUnavailableError(UnavailableError):
    """The called service does not answer in time, or at all."""

    code = "service_unavailable"
    title = "A part of the product does not answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Port(Protocol):
    """A way to one service."""

    async def call(self, method: str, path: str, *, body: bytes = b"", headers: Headers = (), timeout_seconds: float = 5) -> Answer:
        """Send one request; `path` carries its query. Raises PortUnavailableError."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


class DirectPort:
    """Calls an ASGI application of the same process; measured at a tenth of a socket's cost."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def call(self, method: str, path: str, *, body: bytes = b"", headers: Headers = (), timeout_seconds: float = 5) -> Answer:
        """See Port."""
        exchange = _Exchange(body)
        target, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(target),
            "raw_path": target.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
            + [(b"content-length", b"%d" % len(body))],
            "client": ("127.0.0.1", 0),
            "server": ("127.0.0.1", 0),
        }
        try:
            await asyncio.wait_for(self._app(scope, exchange.receive, exchange.send), timeout=timeout_seconds)
        except TimeoutError as error:
            raise PortUnavailableError(f"no answer within {timeout_seconds:g} s") from error
        return exchange.answer()

    async def close(self) -> None:
        """Nothing to give back."""


class _Exchange:
    """One request and its answer over the ASGI callables."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._status = 500
        self._headers: dict[str, str] = {}
        self._chunks: list[bytes] = []

    async def receive(self) -> Message:
        if self._body is None:
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message.get("headers", ())}
        elif message["type"] == "http.response.body":
            self._chunks.append(message.get("body", b""))

    def answer(self) -> Answer:
        return Answer(self._status, self._headers, b"".join(self._chunks))


class SocketPort:
    """Calls over aiohttp: `unix:/path/to.sock`, or `http://host:port` with kept-alive connections."""

    def __init__(self, url: str, *, connections: int = 64) -> None:
        self._unix = url.removeprefix("unix:") if url.startswith("unix:") else None
        self._base = "http://service" if self._unix else url.rstrip("/")
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, path: str, *, body: bytes = b"", headers: Headers = (), timeout_seconds: float = 5) -> Answer:
        """See Port."""
        session = self._open()
        try:
            async with session.request(
                method,
                self._base + path,
                data=body or None,
                headers=list(headers),
                timeout=aiohttp.ClientTimeout(total=timeout_seconds),
                allow_redirects=False,
            ) as response:
                content = await response.read()
                found = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, found, content)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise PortUnavailableError(type(error).__name__) from error

    async def close(self) -> None:
        """Close the kept connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector: aiohttp.BaseConnector = (
                aiohttp.UnixConnector(self._unix, limit=self._connections) if self._unix else aiohttp.TCPConnector(limit=self._connections)
            )
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, skip_auto_headers=("Accept-Encoding",)
            )
        return self._session
