"""Waiting for a condition with a deadline, and the readings that tests wait for. No test of ours sleeps for luck."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tests.engagement.conftest import Service


async def until(probe: Callable[[], Awaitable[Any]], *, within_seconds: float = 10) -> Any:
    """The first truthy answer of `probe`; fails when there is none in time."""
    deadline = time.monotonic() + within_seconds
    while True:
        found = await probe()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


async def journal_settled(service: Service, *, count: int) -> dict[str, int]:
    """How many rows of the journal are in which state, once none of `count` waits any more."""

    async def counted() -> dict[str, int] | None:
        rows = (await service.get("/v1/journal?limit=100")).json()["items"]
        states = [row["state"] for row in rows]
        if len(rows) < count or "waiting" in states:
            return None
        return {state: states.count(state) for state in sorted(set(states))}

    found: dict[str, int] = await until(counted)
    return found


async def conversations(service: Service) -> list[dict[str, Any]]:
    """The newest conversations."""
    answer = await service.get("/v1/conversations")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def messages(service: Service, conversation: str) -> list[dict[str, Any]]:
    """A conversation's messages, the newest first."""
    answer = await service.get(f"/v1/conversations/{conversation}/messages")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def only_thread(service: Service) -> list[dict[str, Any]]:
    """The messages of the one conversation there is."""
    (thread,) = await conversations(service)
    return await messages(service, thread["id"])


async def ledger(service: Service) -> dict[str, int]:
    """The ledger's sums."""
    found: dict[str, int] = (await service.get("/v1/ledger")).json()
    return found
