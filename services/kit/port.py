"""The one port through which processes call one another: directly in one process, else over kept-alive HTTP.

Called by the gateway's clients and by key fetching. Never used for the outside world (that is `net`).
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable
from urllib.parse import unquote

import aiohttp
import structlog
from yarl import URL

from services.kit.absence import PATIENCE_SECONDS, Absence
from services.kit.errors import UnavailableError
from services.kit.hosting import ASGIApp, Message, Scope

Headers = Sequence[tuple[str, str]]
_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_ENDS = re.compile(r"[\r\n\x00]")
# How often a request is sent again that may have arrived: one that ends the service it reaches is not sent for ever.
REPEATS = 3
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NOT_OURS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
log = structlog.get_logger()


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


@dataclass(frozen=True, slots=True)
class Streamed:
    """What comes back piece by piece; header names are lower case. `chunks` raises PortUnavailableError where it breaks off."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


@runtime_checkable
class Streams(Protocol):
    """A port through which bodies pass piece by piece, in both directions, without being held."""

    def stream(
        self, method: str, path: str, *, body: AsyncIterator[bytes], headers: Headers = (), timeout_seconds: float = 60
    ) -> AbstractAsyncContextManager[Streamed]:
        """Send one request; the answer's pieces are read within the block. Raises PortUnavailableError, and whatever `body` raises."""
        ...


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
        scope = _scope(method, path, [*_fit(headers), ("content-length", str(len(body)))])
        try:
            await asyncio.wait_for(self._app(scope, exchange.receive, exchange.send), timeout=timeout_seconds)
        except TimeoutError as error:
            raise PortUnavailableError(f"no answer within {timeout_seconds:g} s") from error
        except Exception as error:  # noqa: BLE001 - the edge of the called service: over a socket its server would say 500
            log.error("direct_call_failed", error=type(error).__name__)  # noqa: TRY400 - the service's own edge tells the places
        return exchange.answer()

    @asynccontextmanager
    async def stream(
        self, method: str, path: str, *, body: AsyncIterator[bytes], headers: Headers = (), timeout_seconds: float = 60
    ) -> AsyncIterator[Streamed]:
        """See Streams."""
        flow = _Flow(body)
        serving = asyncio.ensure_future(flow.serve(self._app, _scope(method, path, _fit(headers))))
        try:
            async with asyncio.timeout(timeout_seconds):
                yield await flow.begun()
        except TimeoutError as error:
            raise PortUnavailableError(f"no answer within {timeout_seconds:g} s") from error
        finally:
            serving.cancel()
            await asyncio.wait([serving])

    async def close(self) -> None:
        """Nothing to give back."""


def _scope(method: str, path: str, headers: Headers) -> Scope:
    target, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(target),
        "raw_path": target.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }


class _Flow:
    """One request whose body and answer flow: a few pieces are under way at any moment."""

    def __init__(self, body: AsyncIterator[bytes]) -> None:
        self._raised: list[Exception] = []
        self._body = _told(body, self._raised)
        self._over = False
        self._sent: asyncio.Queue[Message | Exception | None] = asyncio.Queue(maxsize=4)

    async def serve(self, app: ASGIApp, scope: Scope) -> None:
        try:
            await app(scope, self._receive, self._sent.put)
        except Exception as error:  # noqa: BLE001 - the edge of the called service: the caller hears of it where it waits
            await self._sent.put(error)
        await self._sent.put(None)

    async def begun(self) -> Streamed:
        message = await self._next()
        if self._raised:
            raise self._raised[0]
        if message is None or message["type"] != "http.response.start":
            raise PortUnavailableError("no answer")
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message.get("headers", ())}
        return Streamed(message["status"], headers, self._chunks())

    async def _chunks(self) -> AsyncIterator[bytes]:
        while (message := await self._next()) is not None:
            yield message.get("body", b"")
            if not message.get("more_body", False):
                return
        raise PortUnavailableError("the answer broke off")

    async def _next(self) -> Message | None:
        message = await self._sent.get()
        if isinstance(message, Exception):
            raise message
        return message

    async def _receive(self) -> Message:
        if not self._over:
            async for chunk in self._body:
                return {"type": "http.request", "body": chunk, "more_body": True}
            self._over = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}


class _Exchange:
    """One request and its answer over the ASGI callables."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._status = 500
        self._headers: dict[str, str] = {}
        self._chunks: list[bytes] = []
        self._answered = asyncio.Event()

    async def receive(self) -> Message:
        if self._body is None:
            # The caller stays until it has its answer; an application that hears otherwise cuts what it streams.
            await self._answered.wait()
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message.get("headers", ())}
        elif message["type"] == "http.response.body":
            self._chunks.append(message.get("body", b""))
            if not message.get("more_body", False):
                self._answered.set()

    def answer(self) -> Answer:
        return Answer(self._status, self._headers, b"".join(self._chunks))


def _fit(headers: Headers) -> list[tuple[str, str]]:
    """The headers with their names in lower case. Raises ValueError for what would end a header and begin another."""
    fit = [(name.lower(), value) for name, value in headers]
    for name, value in fit:
        if not _NAME.fullmatch(name) or _ENDS.search(value):
            message = f"not a header: {name!r}"
            raise ValueError(message)
    return fit


class SocketPort:
    """Calls over aiohttp: `unix:/path/to.sock`, or `http://host:port` with kept-alive connections.

    A service that restarts is waited for: what surely did not reach it, or may reach it twice (a GET, a request with an
    Idempotency-Key, a path that begins with one of `repeatable`), is sent again within its own time, `patience_seconds` at most.
    """

    def __init__(
        self, url: str, *, connections: int = 64, repeatable: Sequence[str] = (), patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._unix = url.removeprefix("unix:") if url.startswith("unix:") else None
        self._base = "http://service" if self._unix else url.rstrip("/")
        self._connections = connections
        self._repeatable = tuple(repeatable)
        self._absence = Absence(self._connect, patience_seconds=patience_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, path: str, *, body: bytes = b"", headers: Headers = (), timeout_seconds: float = 5) -> Answer:
        """See Port."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        fit = _fit(headers)
        repeats = REPEATS if self._may_repeat(method, path, fit) else 0
        while True:
            try:
                return await self._send(method, path, body=body, headers=fit, timeout_seconds=deadline - loop.time())
            except TimeoutError as error:
                raise PortUnavailableError(type(error).__name__) from error
            except (aiohttp.ClientError, OSError) as error:
                reached = not isinstance(error, aiohttp.ClientConnectorError)
                repeats -= reached
                if repeats < 0 or not await self._absence.over(by=deadline):
                    raise PortUnavailableError(type(error).__name__) from error

    async def _send(self, method: str, path: str, *, body: bytes, headers: Headers, timeout_seconds: float) -> Answer:
        async with self._open().request(
            method,
            # Exactly as given: a path that was tidied up here could pass a check there and mean another route.
            URL(self._base + path, encoded=True),
            data=body or None,
            headers=headers,
            timeout=_within(timeout_seconds),
            allow_redirects=False,
        ) as response:
            content = await response.read()
            self._absence.end()
            found = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.raw_headers}
            return Answer(response.status, found, content)

    @asynccontextmanager
    async def stream(
        self, method: str, path: str, *, body: AsyncIterator[bytes], headers: Headers = (), timeout_seconds: float = 60
    ) -> AsyncIterator[Streamed]:
        """See Streams. Waited for only before the first byte: what has begun to flow cannot begin again."""
        raised: list[Exception] = []
        try:
            async with await self._begun(
                method, path, body=body, headers=_fit(headers), raised=raised, seconds=timeout_seconds
            ) as response:
                found = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.raw_headers}
                yield Streamed(response.status, found, response.content.iter_any())
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise (raised[0] if raised else PortUnavailableError(type(error).__name__)) from error

    async def _begun(
        self, method: str, path: str, *, body: AsyncIterator[bytes], headers: Headers, raised: list[Exception], seconds: float
    ) -> aiohttp.ClientResponse:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while True:
            try:
                return await self._open().request(
                    method,
                    URL(self._base + path, encoded=True),
                    data=None if method in {"GET", "HEAD"} else _told(body, raised),
                    headers=headers,
                    timeout=_within(deadline - loop.time()),
                    allow_redirects=False,
                )
            except aiohttp.ClientConnectorError:
                if not await self._absence.over(by=deadline):
                    raise

    async def close(self) -> None:
        """Close the kept connections."""
        await self._absence.close()
        if self._session is not None:
            await self._session.close()

    def _may_repeat(self, method: str, path: str, headers: Headers) -> bool:
        return method in _SAFE or path.startswith(self._repeatable) or any(name == "idempotency-key" for name, _ in headers)

    async def _connect(self) -> None:
        """Open a connection and close it again. Raises OSError."""
        if self._unix:
            _, writer = await asyncio.open_unix_connection(self._unix)
        else:
            url = URL(self._base)
            _, writer = await asyncio.open_connection(url.host, url.port)
        writer.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector: aiohttp.BaseConnector = (
                aiohttp.UnixConnector(self._unix, limit=self._connections) if self._unix else aiohttp.TCPConnector(limit=self._connections)
            )
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, skip_auto_headers=_NOT_OURS
            )
        return self._session


def _within(seconds: float) -> aiohttp.ClientTimeout:
    """So many seconds for everything; for aiohttp none would be no limit."""
    return aiohttp.ClientTimeout(total=max(0.001, seconds))


async def _told(body: AsyncIterator[bytes], raised: list[Exception]) -> AsyncIterator[bytes]:
    """The body; what it raises is kept, for the client's own error says nothing of it."""
    try:
        async for chunk in body:
            yield chunk
    except Exception as error:
        raised.append(error)
        raise
