"""Calls to the outside world: platforms, partners, feeds. Called by connectors and by outgoing webhooks.

Never reaches an inside address, follows no redirect, keeps no cookie, uses no proxy of the environment, reads no more
than it was told to, waits no longer than it was told to. Says of every failure whether the request may have arrived.
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
import httpx
import orjson
from aiohttp.abc import AbstractResolver
from aiohttp.connector import AddrInfoType
from httpx_aiohttp import AiohttpTransport

from services.kit.net.addresses import WEB_PORTS, BlockedAddressError, may_connect
from services.kit.net.errors import AnswerTooLargeError, ForbiddenAddressError, InDoubtError, NetError, NotSentError, Reason
from services.kit.net.sockets import connected_socket
from services.kit.net.websockets import WebSocket, open_websocket

MAX_BYTES = 1 << 20
TIMEOUT_SECONDS = 10.0
_URL_LIMIT_CHARS = 4096
_KEEP_ALIVE_SECONDS = 4  # under most servers' own, so that a call seldom meets a connection just closed
_CONNECTIONS = 64
_AUTO_HEADERS = {"user-agent": "Rapport", "accept": "*/*", "accept-encoding": "gzip"}
_TROUBLE = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError, zlib.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetAnswer:
    """What came back, of any status; header names in lower case, body decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class _Progress:
    """How far a call came. `connected` is set before the first byte of the request is written."""

    connected: bool = False
    blocked: bool = False
    status: int | None = None


_progress: ContextVar[_Progress] = ContextVar("rapport.net.progress")


class Net:
    """A shared way to the outside; `close` gives its connections back.

    `allow_private` lets calls through to loopback and private networks (simulated platforms); `resolver` replaces the
    system's name resolution.
    """

    def __init__(self, *, allow_private: bool = False, resolver: AbstractResolver | None = None) -> None:
        self._allow_private = allow_private
        self._resolver = resolver
        self._transport: AiohttpTransport | None = None
        self._tls: ssl.SSLContext | None = None

    async def request(  # noqa: PLR0913 - an HTTP request has this many parts
        self,
        method: str,
        url: str,
        *,
        json: object = None,
        data: bytes | Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        max_bytes: int = MAX_BYTES,
    ) -> NetAnswer:
        """Send one request with `json` (anything orjson takes), `data` (raw, or form fields) or neither.

        Raises NotSentError (safe to try again) or InDoubtError (it may have arrived). Every HTTP status is an answer:
        what a 5xx or 429 means is the caller's to say.
        """
        progress = _Progress()
        held = _progress.set(progress)
        try:
            request = _build(method, url, json=json, data=data, headers=headers or {})
            async with asyncio.timeout(timeout_seconds):
                return await self._exchange(request, progress, max_bytes=max_bytes)
        except NetError:
            raise
        except TimeoutError as error:
            raise _failure("time-out", progress) from error
        except _TROUBLE as error:
            raise _told(progress) from error
        finally:
            _progress.reset(held)

    async def connect(self, host: str, port: int, *, timeout_seconds: float = TIMEOUT_SECONDS) -> socket.socket:
        """A connected TCP socket that does not block, for protocols that are not HTTP; TLS is agreed, and it is closed, by the caller.

        Raises NotSentError or ForbiddenAddressError: nothing was said yet.
        """
        resolver = self._resolver or aiohttp.ThreadedResolver()
        try:
            async with asyncio.timeout(timeout_seconds):
                return await connected_socket(host, port, resolver=resolver, allow_private=self._allow_private)
        except TimeoutError as error:
            raise NotSentError("time-out") from error

    @asynccontextmanager
    async def websocket(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        subprotocol: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        max_bytes: int = MAX_BYTES,
    ) -> AsyncIterator[WebSocket]:
        """An open WebSocket to a ws: or wss: address, closed in the end. `max_bytes` is how long a message may be.

        Raises NotSentError or ForbiddenAddressError where there is none in `timeout_seconds`; how long it stays open is up to both ends.
        """
        if not url.startswith(("ws://", "wss://")) or any(mark in value for value in (headers or {}).values() for mark in "\r\n\0"):
            raise ForbiddenAddressError("url")
        try:
            async with asyncio.timeout(timeout_seconds):
                made = await self._agree(url, headers=headers or {}, subprotocol=subprotocol, max_bytes=max_bytes)
        except TimeoutError as error:
            raise NotSentError("time-out") from error
        try:
            yield made
        finally:
            await made.close()

    async def close(self) -> None:
        """Close kept connections."""
        if self._transport is not None:
            await self._transport.aclose()

    async def _exchange(self, request: httpx.Request, progress: _Progress, *, max_bytes: int) -> NetAnswer:
        response = await self._open().handle_async_request(request)
        progress.status = response.status_code
        try:
            body = await _read(response, max_bytes=max_bytes)
        finally:
            await response.aclose()
        return NetAnswer(status=response.status_code, headers=dict(response.headers), body=body)

    def _open(self) -> AiohttpTransport:
        if self._transport is None:
            context = self._context()
            connector = aiohttp.TCPConnector(
                ssl=context,
                resolver=self._resolver or aiohttp.ThreadedResolver(),
                socket_factory=self._make_socket,
                limit=_CONNECTIONS,
                keepalive_timeout=_KEEP_ALIVE_SECONDS,
            )
            self._transport = AiohttpTransport(verify=context, client=_session(connector))
        return self._transport

    async def _agree(self, url: str, *, headers: Mapping[str, str], subprotocol: str | None, max_bytes: int) -> WebSocket:
        place = _checked(f"http{url.removeprefix('ws')}")
        secure = place.scheme == "https"
        host, port = place.raw_host.decode("ascii"), place.port or (443 if secure else 80)
        resolver = self._resolver or aiohttp.ThreadedResolver()
        made = await connected_socket(host, port, resolver=resolver, allow_private=self._allow_private, ports=WEB_PORTS)
        tls = self._context() if secure else None
        return await open_websocket(url, made=made, tls=tls, headers=headers, subprotocol=subprotocol, max_bytes=max_bytes)

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = httpx.create_ssl_context(trust_env=False)
        return self._tls

    def _make_socket(self, address: AddrInfoType) -> socket.socket:
        """A socket for the numeric address that is about to be connected to, unless calls may not go there."""
        family, kind, protocol, _, place = address
        if not may_connect(str(place[0]), int(place[1]), allow_private=self._allow_private):
            _progress.get().blocked = True
            raise BlockedAddressError
        return socket.socket(family, kind, protocol)


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(_note_connection)
    trace.on_connection_reuseconn.append(_note_connection)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trace_configs=[trace], trust_env=False)


async def _note_connection(*_: object) -> None:
    _progress.get().connected = True


def _build(method: str, url: str, *, json: object, data: bytes | Mapping[str, str] | None, headers: Mapping[str, str]) -> httpx.Request:
    """The request, or NotSentError or ForbiddenAddressError for one that cannot or may not be made."""
    named = _AUTO_HEADERS | {name.lower(): value for name, value in headers.items()}
    content = data if isinstance(data, bytes) else b""
    if json is not None:
        content = orjson.dumps(json)
        named.setdefault("content-type", "application/json")
    elif isinstance(data, Mapping):
        content = urlencode(data).encode()
        named.setdefault("content-type", "application/x-www-form-urlencoded")
    if any(mark in value for value in named.values() for mark in "\r\n\0"):
        raise NotSentError("url")
    return httpx.Request(method, _checked(url), headers=named, content=content)


def _checked(url: str) -> httpx.URL:
    """Only plain web addresses: the rest of the checks happen on the numeric address, at connect."""
    if len(url) > _URL_LIMIT_CHARS or not url.isprintable() or "\\" in url:
        raise ForbiddenAddressError("url")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise ForbiddenAddressError("url") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.userinfo or "%" in parsed.host:
        raise ForbiddenAddressError("url")
    return parsed


async def _read(response: httpx.Response, *, max_bytes: int) -> bytes:
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise AnswerTooLargeError("too large", status=response.status_code)
    chunks: list[bytes] = []
    size = 0
    async for chunk in _decompressed(response, max_bytes=max_bytes):
        size += len(chunk)
        if size > max_bytes:
            raise AnswerTooLargeError("too large", status=response.status_code)
        chunks.append(chunk)
    return b"".join(chunks)


async def _decompressed(response: httpx.Response, *, max_bytes: int) -> AsyncIterator[bytes]:
    """The body's pieces, none longer than what tells that it is too long: a bomb is not unpacked."""
    encoding = response.headers.get("content-encoding", "identity").lower()
    if encoding not in {"identity", "gzip", "x-gzip", "deflate"}:
        raise InDoubtError("encoding", status=response.status_code)
    unpacker = None if encoding == "identity" else zlib.decompressobj(wbits=47)
    began = False
    async for chunk in response.aiter_raw():
        began = True
        yield chunk if unpacker is None else unpacker.decompress(chunk, max_bytes + 1)
    if unpacker is not None and began and not unpacker.eof:
        raise InDoubtError("broken", status=response.status_code)


def _told(progress: _Progress) -> NetError:
    if progress.blocked and not progress.connected:
        return ForbiddenAddressError("address")
    return _failure("broken" if progress.connected else "connect", progress)


def _failure(reason: Reason, progress: _Progress) -> NetError:
    return InDoubtError(reason, status=progress.status) if progress.connected else NotSentError(reason)
