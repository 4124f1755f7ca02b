"""A process that was composed, served as uvicorn serves it: by the lifespan protocol."""

import asyncio
import gc
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from services.kit.hosting import ASGIApp, hosted


async def test_a_process_that_loaded_without_the_collector_has_it_once_it_serves() -> None:
    told, heard = asyncio.Queue[str](), asyncio.Queue[str]()

    async def receive() -> MutableMapping[str, Any]:
        return {"type": await told.get()}

    async def send(message: MutableMapping[str, Any]) -> None:
        heard.put_nowait(message["type"])

    before = gc.get_threshold()
    gc.disable()
    try:
        living = asyncio.ensure_future(hosted(nothing)({"type": "lifespan"}, receive, send))
        told.put_nowait("lifespan.startup")
        assert await heard.get() == "lifespan.startup.complete"
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        told.put_nowait("lifespan.shutdown")
        await living
        assert heard.get_nowait() == "lifespan.shutdown.complete"
    finally:
        gc.enable()
        gc.set_threshold(*before)


@asynccontextmanager
async def nothing() -> AsyncIterator[ASGIApp]:
    async def app(scope: object, receive: object, send: object) -> None:
        raise NotImplementedError

    yield app
