"""Widgets that wait for news, and who wakes them: a mailbox of this process, or an event of another's. Memory only.

Bounded: so many in a process, so many of one visitor.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog

from services.contracts.events import ReplySent
from services.kit.bus import BusUnavailableError, Received

MOST = 900
MOST_OF_VISITOR = 6
AGAIN_SECONDS = 0.5

log = structlog.get_logger()


class Waiting:
    """Seats by visitor and by profile: events know the one, mailboxes the other."""

    def __init__(self) -> None:
        self._seats: dict[UUID, set[asyncio.Event]] = {}
        self._taken = 0

    @contextmanager
    def seat(self, visitor: UUID, profile: UUID) -> Iterator[asyncio.Event | None]:
        """What is set when there may be news; None where all seats are taken."""
        if self._taken >= MOST or len(self._seats.get(visitor, ())) >= MOST_OF_VISITOR:
            yield None
            return
        news = asyncio.Event()
        self._taken += 1
        for key in (visitor, profile):
            self._seats.setdefault(key, set()).add(news)
        try:
            yield news
        finally:
            self._taken -= 1
            for key in (visitor, profile):
                self._leave(key, news)

    def wake(self, key: UUID) -> None:
        """Say that there may be news for a visitor or a profile."""
        for news in self._seats.get(key, ()):
            news.set()

    async def follow(self, listen: Callable[[], AsyncIterator[Received]]) -> None:
        """Hear of replies that other processes sent, until cancelled; what is missed is found when a wait ends."""
        while True:
            try:
                async for received in listen():
                    if isinstance(received.event, ReplySent):
                        self.wake(received.event.profile_id)
            except (BusUnavailableError, OSError, TimeoutError) as error:
                log.info("visitors_news_interrupted", error=type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)

    def _leave(self, key: UUID, news: asyncio.Event) -> None:
        seats = self._seats[key]
        seats.discard(news)
        if not seats:
            del self._seats[key]
