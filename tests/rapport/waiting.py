"""Waiting for a condition with a deadline; used by the tests of this folder instead of sleeping."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg

from rapport.postgres import EmbeddedPostgres

_TIMEOUT_SECONDS = 10.0


async def until(condition: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Return when the condition holds. Raises TimeoutError after the seconds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the condition is about other processes
            await asyncio.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Say whether the process runs; one that ended and waits to be collected does not."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def ask(postgres: EmbeddedPostgres, statement: str) -> object:
    """Run one statement on a connection of its own, answer the first value."""
    connection = await asyncpg.connect(postgres.url(), ssl=False, timeout=_TIMEOUT_SECONDS)
    try:
        return await connection.fetchval(statement, timeout=_TIMEOUT_SECONDS)
    finally:
        await connection.close(timeout=_TIMEOUT_SECONDS)
