"""Widgets that wait for news, and who wakes them: a mailbox of this process, an event of another's, a member who types. Memory only.

Bounded: so many in a process, so many of one visitor, so many who type.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog

from services.contracts.envelope import Event
from services.contracts.events import PresenceShown, ReplySent
from services.contracts.events.presence import LASTS
from services.contracts.vocabulary import PresenceActivity
from services.kit.bus import BusUnavailableError, Received
from services.kit.clock import Clock
from services.kit.fading import Fading

MOST = 900
MOST_OF_VISITOR = 6
AGAIN_SECONDS = 0.5
MOST_TYPING = 20_000

log = structlog.get_logger()


class Waiting:
    """Seats by visitor and by profile: events know the one, mailboxes the other."""

    HEARD: tuple[type[Event], ...] = (ReplySent, PresenceShown)

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._typing: Fading[UUID, tuple[UUID, str], None] = Fading(lasting=LASTS, most=MOST_TYPING, clock=clock)
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
        """Hear of replies that other processes sent and of members who type, until cancelled; what is missed is found when a wait ends."""
        while True:
            try:
                async for received in listen():
                    self.hear(received.event)
            except (BusUnavailableError, OSError, TimeoutError) as error:
                log.info("visitors_news_interrupted", error=type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)

    def hear(self, event: Event) -> None:
        """Wake those whom an event is about: a reply was sent to them, or a member began or ended typing one."""
        if isinstance(event, ReplySent):
            self.wake(event.profile_id)
        elif isinstance(event, PresenceShown) and event.member_id is not None:
            person, window = event.profile_id, (event.member_id, event.tab)
            before = self.typing_seconds(person) > 0
            if event.activity is PresenceActivity.TYPING:
                self._typing.put(person, window, None)
            else:
                self._typing.drop(person, window)
            if (self.typing_seconds(person) > 0) != before:
                self.wake(person)

    def typing_seconds(self, profile: UUID) -> float:
        """For how long a member is still shown to type to this profile; 0 where nobody does."""
        self._typing.expire()
        end = self._typing.ends_at(profile)
        return 0.0 if end is None else (end - self._clock.now()).total_seconds()

    def _leave(self, key: UUID, news: asyncio.Event) -> None:
        seats = self._seats[key]
        seats.discard(news)
        if not seats:
            del self._seats[key]
