"""Webhooks on their way to us: sent, retried until they are acknowledged, each attempt in the ledger. Called by the platforms."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

from rapport.simulation.ledger import Ledger

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
ATTEMPTS = 300
TIMEOUT_SECONDS = 15.0
AT_ONCE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One delivery. `headers` is called for each attempt, because signatures carry the time; `facts` go to the ledger."""

    platform: str
    url: str
    body: bytes
    headers: Callable[[], dict[str, str]]
    facts: dict[str, object]
    attempts: int = ATTEMPTS


@dataclass
class Deliveries:
    """Sends webhooks, some at once, and knows how many are under way."""

    ledger: Ledger
    session: aiohttp.ClientSession
    tasks: set[asyncio.Task[bool]] = field(default_factory=set)
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def drop(self, webhook: Webhook) -> None:
        """Never send it, as platforms sometimes do; the ledger knows that it happened."""
        self.ledger.write(
            "event",
            platform=webhook.platform,
            attempt=0,
            status=0,
            acked=False,
            trouble="dropped by the platform",
            seconds=0.0,
            **webhook.facts,
        )

    def begin(self, webhook: Webhook) -> asyncio.Task[bool]:
        """Start a delivery; the task is kept until it ends and says whether it was acknowledged."""
        task = asyncio.create_task(self._deliver(webhook))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def close(self) -> None:
        """Give up on what is under way."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _deliver(self, webhook: Webhook) -> bool:
        pause = FIRST_PAUSE_SECONDS
        for attempt in range(1, webhook.attempts + 1):
            async with self.slots:
                began = time.monotonic()
                status, trouble = await self._attempt(webhook)
            acked = 200 <= status < 300
            self.ledger.write(
                "event",
                platform=webhook.platform,
                attempt=attempt,
                status=status,
                acked=acked,
                trouble=trouble,
                seconds=round(time.monotonic() - began, 4),
                **webhook.facts,
            )
            if acked or attempt == webhook.attempts:
                return acked
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        return False

    async def _attempt(self, webhook: Webhook) -> tuple[int, str | None]:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        try:
            async with self.session.post(
                webhook.url, data=webhook.body, headers=webhook.headers(), timeout=timeout, allow_redirects=False
            ) as answer:
                await answer.read()
                return answer.status, None
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return 0, type(error).__name__
