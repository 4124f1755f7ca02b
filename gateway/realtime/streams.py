"""Server-sent events on the GraphQL address: the form of graphql-sse's distinct connections, which Apollo and urql take too.

Called by `endpoint`. `event: next` carries a result, `event: complete` (with an empty data line, or browsers drop it) ends.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import TypeVar

from gateway.errors import GatewayError, UnauthenticatedError
from gateway.execution import Result, broken, refused
from services.kit.hosting import Receive, Send

PING_SECONDS = 12.0
SEND_TIMEOUT_SECONDS = 10.0
_PING = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-store"),
    (b"x-accel-buffering", b"no"),
]

Item = TypeVar("Item")


async def send_events(send: Send, receive: Receive, *, results: AsyncIterator[Result]) -> None:
    """Send every result as it comes, until the operation ends or the client leaves or takes nothing for ten seconds."""
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    stream = _Stream(send)
    tasks = [asyncio.create_task(work) for work in (stream.write(results), stream.keep_alive(), _left(receive))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(ends_at: float | None, *, results: AsyncIterator[Item]) -> AsyncIterator[Item]:
    """The items, until the token ends (seconds since 1970). Raises UnauthenticatedError then."""
    async with aclosing(results) as items:  # type: ignore[type-var]  # every stream here is an async generator
        while True:
            remaining = None if ends_at is None else max(ends_at - time.time(), 0)
            try:
                yield await asyncio.wait_for(anext(items), timeout=remaining)
            except TimeoutError as error:
                raise UnauthenticatedError("The access token has ended.") from error
            except StopAsyncIteration:
                return


class _Stream:
    """The one response that both the results and the pings are written to."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._writing = asyncio.Lock()

    async def write(self, results: AsyncIterator[Result]) -> None:
        try:
            async with aclosing(results) as items:  # type: ignore[type-var]  # every stream here is an async generator
                async for result in items:
                    await self._put(_next_event(result))
        except TimeoutError:
            return
        except GatewayError as error:
            await self._put(_next_event(refused(error)))
        except Exception as error:  # noqa: BLE001 - the edge of the stream: logged once, told once
            await self._put(_next_event(broken(error)))
        await self._put(_COMPLETE)
        await self._send({"type": "http.response.body", "body": b""})

    async def keep_alive(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            await self._put(_PING)

    async def _put(self, chunk: bytes) -> None:
        async with self._writing, asyncio.timeout(SEND_TIMEOUT_SECONDS):
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})


def _next_event(result: Result) -> bytes:
    return b"event: next\ndata: " + result.encoded() + b"\n\n"


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
