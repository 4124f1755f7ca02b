"""Who is at which conversation, as this gateway has heard it over the last seconds. Fed by the feed, read by the subscription.

Memory only: every gateway hears everybody, and after a start it knows all again within five seconds. Whoever is not repeated fades.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from services.contracts.events import PresenceShown
from services.contracts.events.presence import LASTS
from services.contracts.ids import ConversationId, MemberId, WorkspaceId
from services.contracts.vocabulary import PresenceActivity
from services.kit.clock import Clock
from services.kit.fading import Fading

MOST_HELD = 50_000
MOST_SHOWN = 50
SWEEP_SECONDS = 0.5
# Of one who has several windows open, what matters most to the others is shown.
_WEIGHT = {PresenceActivity.TYPING: 2, PresenceActivity.NOTING: 1, PresenceActivity.VIEWING: 0}

Place = tuple[WorkspaceId, ConversationId]


class Seen(NamedTuple):
    """Somebody at a conversation; without `member_id` it is the person who writes to us. `since`: when they began with this."""

    member_id: MemberId | None
    activity: PresenceActivity
    since: datetime


class PresenceBoard:
    """See the module."""

    def __init__(self, clock: Clock) -> None:
        self._held: Fading[Place, tuple[MemberId | None, str], Seen] = Fading(lasting=LASTS, most=MOST_HELD, clock=clock)
        self._watchers: dict[Place, set[asyncio.Event]] = {}

    @property
    def watcher_count(self) -> int:
        """How many subscriptions are open."""
        return sum(map(len, self._watchers.values()))

    def hear(self, workspace: WorkspaceId, shown: PresenceShown) -> None:
        """Take in what somebody says of themselves."""
        place, window = (workspace, shown.conversation_id), (shown.member_id, shown.tab)
        before = self._held.of(place).get(window)
        if shown.activity is PresenceActivity.AWAY:
            self._held.drop(place, window)
        elif before is not None and before.activity is shown.activity:
            self._held.put(place, window, before)
        else:
            self._held.put(place, window, Seen(shown.member_id, shown.activity, shown.at))
        self._wake(place)

    def people_at(self, workspace: WorkspaceId, conversation: ConversationId, *, but: MemberId | None) -> tuple[Seen, ...]:
        """Who is there now, each once, without `but`: the person who writes to us first, then those who came first; at most 50."""
        found: dict[MemberId | None, Seen] = {}
        for seen in self._held.of((workspace, conversation)).values():
            held = found.get(seen.member_id)
            if held is None or _WEIGHT[seen.activity] > _WEIGHT[held.activity]:
                found[seen.member_id] = seen
        others = [seen for seen in found.values() if seen.member_id is None or seen.member_id != but]
        return tuple(sorted(others, key=lambda seen: (seen.member_id is not None, seen.since, str(seen.member_id)))[:MOST_SHOWN])

    @contextmanager
    def watch(self, workspace: WorkspaceId, conversation: ConversationId) -> Iterator[asyncio.Event]:
        """What is set whenever there may be a change, for the length of the block."""
        place, news = (workspace, conversation), asyncio.Event()
        self._watchers.setdefault(place, set()).add(news)
        try:
            yield news
        finally:
            remaining = self._watchers[place]
            remaining.discard(news)
            if not remaining:
                del self._watchers[place]

    async def run(self) -> None:
        """Let those fade who are no longer repeated, until cancelled."""
        while True:
            for place in self._held.expire():
                self._wake(place)
            await asyncio.sleep(SWEEP_SECONDS)

    def _wake(self, place: Place) -> None:
        for news in self._watchers.get(place, ()):
            news.set()
