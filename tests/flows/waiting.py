"""Waiting for something to become true, with a deadline. Used by the flows; nothing here knows what is waited for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")
LOOK_SECONDS = 0.05


async def until(probe: Callable[[], Awaitable[Found]], *, seconds: float = 20.0) -> Found:
    """The first truthy answer of `probe`. Fails with the last answer when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = await probe()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {seconds} seconds; at last: {found!r}"
        await asyncio.sleep(LOOK_SECONDS)
