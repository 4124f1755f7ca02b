"""Waiting for a service that is not there: one looks out for all who wait, and not for ever. Used by the socket port."""

import asyncio
from collections.abc import Awaitable, Callable

# A process that restarts is back sooner, on two busy cores as well.
PATIENCE_SECONDS = 12.0
LOOK_SECONDS = 0.05
CONNECT_SECONDS = 1.0


class Absence:
    """Of one service. It begins with the first who finds nobody there; who comes after the patience has run out does not wait."""

    def __init__(self, connect: Callable[[], Awaitable[None]], *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._connect = connect
        self._patience_seconds = patience_seconds
        self._lookout: asyncio.Task[bool] | None = None

    async def over(self, *, by: float) -> bool:
        """Wait until somebody is there again; False where that is not so by then, in the loop's time, or patience ran out."""
        if self._lookout is None:
            self._lookout = asyncio.create_task(self._look_out(), name="lookout")
        lookout = self._lookout
        await asyncio.wait({lookout}, timeout=max(0.0, by - asyncio.get_running_loop().time()))
        if not lookout.done() or lookout.cancelled() or not lookout.result():
            return False
        self.end()
        return True

    def end(self) -> None:
        """The service has answered: the next absence is a new one."""
        if self._lookout is not None and self._lookout.done():
            self._lookout = None

    async def close(self) -> None:
        """Stop looking."""
        if self._lookout is not None:
            self._lookout.cancel()
            await asyncio.wait({self._lookout})

    async def _look_out(self) -> bool:
        """Whether it came back while there was patience."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience_seconds
        while loop.time() < until:
            # First a rest: a service that closed a connection may still be there, and about to go.
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await asyncio.wait_for(self._connect(), CONNECT_SECONDS)
            except (OSError, TimeoutError):
                continue
            return True
        return False
