"""The few things every ASGI edge does: find a header, read a body with a cap and a deadline, answer.

Called by the guard, the edge and bare routes. Never reads past a cap, never waits without a deadline.
"""

import asyncio
import types
from collections.abc import AsyncIterator, Awaitable, Generator, Sequence
from typing import Any

from services.kit.errors import (
    BadRequestError,
    ProblemError,
    RawHeaders,
    RequestTimeoutError,
    TooLargeError,
    problem_response,
)
from services.kit.hosting import Receive, Scope, Send

BODY_CAP_BYTES = 1 << 20
BODY_TIMEOUT_SECONDS = 15.0
# Where a scope offers a way to write a whole answer at once (see `writing`): (lines of its head, body) -> whether it did.
WHOLE = "rapport.whole"
OK_LINE = b"HTTP/1.1 200 OK\r\n"
_COLLECTED = object()
_MOST_DIGITS = 19
_JSON = (b"content-type", b"application/json")


class ClientGoneError(Exception):
    """The client left before its request was read; there is nobody to answer."""


def find_header(scope: Scope, name: bytes) -> bytes | None:
    """The first value of a header; `name` in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return None


async def read_body(
    receive: Receive,
    scope: Scope,
    *,
    cap_bytes: int = BODY_CAP_BYTES,
    timeout_seconds: float = BODY_TIMEOUT_SECONDS,
) -> bytes:
    """The whole body.

    Raises TooLargeError as soon as it is known to be longer than `cap_bytes` (by its Content-Length before anything
    is read), RequestTimeoutError when it is not there in time, ClientGoneError.
    """
    _refuse_announced(find_header(scope, b"content-length"), cap_bytes=cap_bytes)
    chunks: list[bytes] = []
    collecting = _collect(receive, chunks, cap_bytes=cap_bytes).__await__()
    # Most bodies came with their head: for those no clock is set, which would cost as much as all the rest here.
    waits_for = next(collecting, _COLLECTED)
    if waits_for is not _COLLECTED:
        try:
            async with asyncio.timeout(timeout_seconds):
                await _go_on(collecting, waits_for)
        except TimeoutError as error:
            raise RequestTimeoutError from error
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def stream_body(receive: Receive, scope: Scope, *, cap_bytes: int, timeout_seconds: float) -> AsyncIterator[bytes]:
    """The body in pieces as they come, for what is too large to be held. Raises as read_body, before or amid the pieces."""
    _refuse_announced(find_header(scope, b"content-length"), cap_bytes=cap_bytes)
    deadline = asyncio.get_running_loop().time() + timeout_seconds
    size, more = 0, True
    while more:
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError as error:
            raise RequestTimeoutError from error
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size > cap_bytes:
            raise _too_large(cap_bytes)
        if chunk:
            yield chunk


async def respond_stream(send: Send, *, status: int, headers: RawHeaders, chunks: AsyncIterator[bytes]) -> None:
    """Send an answer piece by piece."""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    async for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def respond(
    send: Send,
    *,
    status: int,
    body: bytes,
    content_type: str = "application/json",
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> Awaitable[None]:
    """Send a whole answer."""
    typed = _JSON if content_type == "application/json" else (b"content-type", content_type.encode("latin-1"))
    return _send_whole(send, status=status, headers=(typed, *headers), body=body)


async def respond_problem(send: Send, error: ProblemError) -> None:
    """Send the answer that tells of `error`."""
    status, headers, body = problem_response(error)
    await _send_whole(send, status=status, headers=headers, body=body)


async def _send_whole(send: Send, *, status: int, headers: RawHeaders, body: bytes) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


def _refuse_announced(length: bytes | None, *, cap_bytes: int) -> None:
    if length is None:
        return
    if not length.isdigit():
        raise BadRequestError("Content-Length is not a number.")
    # A number of more digits than any cap has is not read at all: that takes time by the square of its length.
    if len(length) > _MOST_DIGITS or int(length) > cap_bytes:
        raise _too_large(cap_bytes)


@types.coroutine
def _go_on(begun: Generator[Any, None, None], waits_for: object) -> Generator[Any, None, None]:
    """Await a coroutine that was begun by hand and waits for this."""
    try:
        yield waits_for
        yield from begun
    finally:
        begun.close()


async def _collect(receive: Receive, chunks: list[bytes], *, cap_bytes: int) -> None:
    message = await receive()
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > cap_bytes:
            raise _too_large(cap_bytes)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return
        message = await receive()


def _too_large(cap_bytes: int) -> TooLargeError:
    return TooLargeError(f"At most {cap_bytes} bytes are taken here.", limit_bytes=cap_bytes)
