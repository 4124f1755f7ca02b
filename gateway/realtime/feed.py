"""Events from the bus, fanned out to the subscribers of their workspace. One listener per process, however many subscribers.

Called by subscription resolvers. Keeps nothing: who was away catches up from the owning service (`catch_up`).
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import structlog

from gateway.errors import GatewayError
from gateway.realtime.presence import PresenceBoard
from services.contracts.envelope import Event
from services.contracts.events import (
    AccessRevoked,
    ContactMerged,
    ContactSplit,
    ConversationChanged,
    InteractionCompleted,
    InteractionReceived,
    JobAdvanced,
    NoteAdded,
    NotificationAdded,
    PresenceShown,
    ProfileAssigned,
    ProfileKindsChanged,
    ReplyChangeFailed,
    ReplyDeleted,
    ReplyDelivered,
    ReplyEdited,
    ReplyFailed,
    ReplyProposed,
    ReplyQueued,
    ReplyRead,
    ReplyRejected,
    ReplySent,
    ReplyUnknown,
    ReplyUnsettled,
)
from services.contracts.ids import WorkspaceId
from services.kit.bus import Received
from services.kit.errors import UnavailableError

QUEUE_LENGTH = 256
REMEMBERED_IDS = 10_000
RETRY_SECONDS = 0.5
REPLY_EVENTS = (
    ReplyProposed,
    ReplyRejected,
    ReplyQueued,
    ReplySent,
    ReplyDelivered,
    ReplyRead,
    ReplyFailed,
    ReplyUnknown,
    ReplyUnsettled,
    ReplyEdited,
    ReplyDeleted,
    ReplyChangeFailed,
)
LISTENED: tuple[type[Event], ...] = (
    InteractionCompleted,
    InteractionReceived,
    ConversationChanged,
    NoteAdded,
    JobAdvanced,
    ProfileAssigned,
    ContactMerged,
    ContactSplit,
    ProfileKindsChanged,
    AccessRevoked,
    NotificationAdded,
    PresenceShown,
    *REPLY_EVENTS,
)

log = structlog.get_logger()


class EventSource(Protocol):
    """What the feed needs of kit's Bus."""

    def listen(self, *events: type[Event], ready: Callable[[], None] | None = None) -> AsyncIterator[Received]:
        """Events as they pass, of every workspace."""
        ...

    def when_reconnected(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each reconnection."""
        ...


class SlowSubscriberError(GatewayError):
    """The subscriber does not take its events; it is dropped rather than let its queue grow."""

    code = "SLOW_SUBSCRIBER"
    status = 429


class Gap:
    """Events were missed: whoever needs them all must read the state again."""


GAP = Gap()


class Subscriber:
    """One subscription's bounded queue."""

    def __init__(self, events: tuple[type[Event], ...]) -> None:
        self._events = events
        self._queue: deque[Received | Gap] = deque()
        self._woken = asyncio.Event()
        self._dropped = False

    def offer(self, item: Received | Gap) -> None:
        """Queue the item, if it is of a wanted kind. A full queue drops the subscriber."""
        if isinstance(item, Received) and not isinstance(item.event, self._events):
            return
        if len(self._queue) >= QUEUE_LENGTH:
            self._dropped = True
            self._queue.clear()
        else:
            self._queue.append(item)
        self._woken.set()

    async def take(self) -> Received | Gap:
        """The next item, when there is one. Raises SlowSubscriberError."""
        while not self._queue:
            if self._dropped:
                message = "Events came faster than they were taken. Subscribe again with `after`."
                raise SlowSubscriberError(message)
            self._woken.clear()
            await self._woken.wait()
        return self._queue.popleft()


class Feed:
    """The process's one listener and its subscribers, by workspace."""

    def __init__(self, source: EventSource, *, on_revoked: Callable[[AccessRevoked], None], presence: PresenceBoard) -> None:
        self._source = source
        self._on_revoked = on_revoked
        self.presence = presence
        self._subscribers: dict[WorkspaceId, set[Subscriber]] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()
        self.listening = asyncio.Event()
        source.when_reconnected(self._tell_gap)

    @property
    def subscriber_count(self) -> int:
        """How many subscriptions are open."""
        return sum(map(len, self._subscribers.values())) + self.presence.watcher_count

    @contextmanager
    def subscribe(self, workspace: WorkspaceId, *, events: tuple[type[Event], ...]) -> Iterator[Subscriber]:
        """A subscriber of the workspace's events of these kinds, for the length of the block."""
        subscriber = Subscriber(events)
        self._subscribers.setdefault(workspace, set()).add(subscriber)
        try:
            yield subscriber
        finally:
            remaining = self._subscribers[workspace]
            remaining.discard(subscriber)
            if not remaining:
                del self._subscribers[workspace]

    async def run(self) -> None:
        """Listen until cancelled; after a fault every subscriber is told of the gap."""
        while True:
            try:
                async for received in self._source.listen(*LISTENED, ready=self.listening.set):
                    self.spread(received)
            except UnavailableError as error:
                log.warning("feed_interrupted", reason=type(error).__name__)
            self.listening.clear()
            self._tell_gap()
            await asyncio.sleep(RETRY_SECONDS)

    def spread(self, received: Received) -> None:
        """Give one event to the subscribers of its workspace; an id that passed lately is not given twice."""
        if received.header.id in self._seen:
            return
        self._seen[received.header.id] = None
        if len(self._seen) > REMEMBERED_IDS:
            self._seen.popitem(last=False)
        if isinstance(received.event, AccessRevoked):
            self._on_revoked(received.event)
            return
        if isinstance(received.event, PresenceShown):
            self.presence.hear(received.header.workspace, received.event)
            return
        for subscriber in tuple(self._subscribers.get(received.header.workspace, ())):
            subscriber.offer(received)

    def _tell_gap(self) -> None:
        for subscribers in self._subscribers.values():
            for subscriber in subscribers:
                subscriber.offer(GAP)
