"""How a process hosts a service: composed when the server starts, background work watched, drained when it stops.

`app = hosted(compose)` is what uvicorn loads. Nothing happens at import.
"""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import structlog

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Compose = Callable[[], AbstractAsyncContextManager[ASGIApp]]

DRAIN_SECONDS = 10.0
ASK_AGAIN_SECONDS = 1.0
# New objects before the youngest are looked through, and how often that happens before the older ones are.
GC_THRESHOLDS = (10_000, 20, 20)
log = structlog.get_logger()


class Hosted:
    """An ASGI application that is composed at start-up (lifespan) and taken apart at shutdown."""

    def __init__(self, compose: Compose) -> None:
        self._compose = compose
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; the server must speak the lifespan protocol first."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if self._app is None:
            message = "the server must run with lifespan on"
            raise RuntimeError(message)
        await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with self._compose() as app:
                self._app = app
                _settle_memory()
                await send({"type": "lifespan.startup.complete"})
                await receive()
                log.info("draining")
        except Exception as error:  # the edge of the process: said once, in full, to whoever started it
            phase = "startup" if self._app is None else "shutdown"
            log.exception("hosting_failed", phase=phase, error=type(error).__name__)
            await send({"type": f"lifespan.{phase}.failed", "message": str(error)})
            return
        await send({"type": "lifespan.shutdown.complete"})


def _settle_memory() -> None:
    """What a composed process holds, it keeps: the collector need not look at it again, nor after every few hundred objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()


def hosted(compose: Compose) -> ASGIApp:
    """The application to give to uvicorn."""
    return Hosted(compose)


class Background:
    """Long-running work beside the requests. One that dies unasked ends the process; the supervisor starts it afresh."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` until the process drains."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    async def close(self) -> None:
        """Cancel everything and wait for it: transactions under way roll back, leases are given up.

        Asked again each second: in Python 3.11 `wait_for`, libraries' included, forgets a cancellation that comes in the
        same moment as what it waits for.
        """
        self._closing = True
        pending = set(self._tasks)
        deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS
        while pending and asyncio.get_running_loop().time() < deadline:
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=ASK_AGAIN_SECONDS)
        if pending:
            log.warning("background_work_abandoned", tasks=sorted(task.get_name() for task in pending))

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if self._closing or task.cancelled():
            return
        error = task.exception()
        log.error("background_work_ended", task=task.get_name(), exc_info=error)
        os.kill(os.getpid(), signal.SIGTERM)


@asynccontextmanager
async def background() -> AsyncIterator[Background]:
    """Background work for the length of a `compose`."""
    work = Background()
    try:
        yield work
    finally:
        await work.close()
