"""A subscription without holes: subscribe and buffer, fetch what was missed, give each event once, go on live.

Called by subscription resolvers. Where the missed events are gone, it answers a Gap and goes on live.
"""

import base64
import binascii
from collections.abc import AsyncIterator

import msgspec
import structlog

from gateway.context import Context
from gateway.errors import MalformedInputError, ServiceProblemError
from gateway.realtime.feed import GAP, Gap
from services.contracts.envelope import Event
from services.contracts.ids import WorkspaceId
from services.kit.bus import Received, UndecodableEventError, decode

OVERLAP = 100
PAGE = 200
CAUGHT_UP_AT_MOST = 2_000
BEYOND_RETENTION = "beyond_retention"
_PREFIX = "event:"

log = structlog.get_logger()


def cursor_of(received: Received) -> str:
    """Where a subscription can go on after this event; opaque to clients."""
    return base64.urlsafe_b64encode(f"{_PREFIX}{received.header.sequence}".encode()).decode()


def read_cursor(text: str) -> int:
    """The outbox sequence in a cursor. Raises MalformedInputError."""
    message = "This is not a cursor of ours."
    try:
        name, _, sequence = base64.urlsafe_b64decode(text.encode("ascii")).decode("ascii").partition(":")
    except (binascii.Error, ValueError) as error:
        raise MalformedInputError(message) from error
    if name + ":" != _PREFIX or not sequence.isdecimal() or len(sequence) > len(str(1 << 63)):
        raise MalformedInputError(message)
    return int(sequence)


async def follow(
    context: Context, workspace: WorkspaceId, *, events: tuple[type[Event], ...], after: str | None
) -> AsyncIterator[Received | Gap]:
    """The workspace's events of these kinds: those after the cursor first, then as they happen. Each id once.

    Sequences are taken before commits, so an event may become visible behind a later one: the catch-up begins OVERLAP
    before the cursor, and may repeat what the client has seen. Raises SlowSubscriberError, MalformedInputError.
    """
    given: set[str] = set()
    sequence = None if after is None else read_cursor(after)
    with context.feed.subscribe(workspace, events=events) as subscriber:
        if sequence is not None:
            async for item in _missed(context, max(sequence - OVERLAP, 0), events=events):
                if isinstance(item, Received):
                    given.add(item.header.id)
                yield item
        while True:
            item = await subscriber.take()
            if isinstance(item, Gap) or item.header.id not in given:
                yield item


async def _missed(context: Context, sequence: int, *, events: tuple[type[Event], ...]) -> AsyncIterator[Received | Gap]:
    known = {event.type: event for event in events}
    for _ in range(CAUGHT_UP_AT_MOST // PAGE):
        try:
            page = await context.clients.engagement.events_after(sequence, limit=PAGE)
        except ServiceProblemError as error:
            if error.problem_code != BEYOND_RETENTION:
                raise
            yield GAP
            return
        for raw in page.events:
            peeked = msgspec.json.decode(raw, type=_Peek)
            sequence = max(sequence, peeked.sequence)
            if peeked.type in known:
                received = _decoded(bytes(raw), known)
                if received is not None:
                    yield received
        if not page.has_next:
            return
    yield GAP


class _Peek(msgspec.Struct):
    type: str
    sequence: int


def _decoded(payload: bytes, known: dict[str, type[Event]]) -> Received | None:
    try:
        return decode(payload, known)
    except UndecodableEventError as error:
        log.warning("event_unreadable", reason=type(error).__name__)
        return None
