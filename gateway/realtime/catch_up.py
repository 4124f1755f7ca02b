"""A subscription without holes: subscribe and buffer, fetch what was missed, give each event once, go on live.

Called by subscription resolvers. Where the missed events are gone, it answers a Gap and goes on live.
"""

import base64
import binascii
from collections.abc import AsyncIterator, Mapping

import msgspec
import structlog

from gateway.clients.engagement import EventItem, EventsAnswer
from gateway.context import Context
from gateway.errors import MalformedInputError
from gateway.realtime.feed import GAP, Gap
from services.contracts.envelope import Event, Header
from services.contracts.ids import WorkspaceId
from services.contracts.views import PAGE_LIMIT
from services.kit.bus import Received

OVERLAP = 100
PAGE = PAGE_LIMIT
CAUGHT_UP_AT_MOST = 2_000
_PREFIX = "event:"
_OWNER = "engagement"

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
            async for item in _missed(context, workspace, sequence, events=events):
                if isinstance(item, Received):
                    given.add(item.header.id)
                yield item
        while True:
            item = await subscriber.take()
            if isinstance(item, Gap) or item.header.id not in given:
                yield item


async def _missed(
    context: Context, workspace: WorkspaceId, sequence: int, *, events: tuple[type[Event], ...]
) -> AsyncIterator[Received | Gap]:
    known = {event.type: event for event in events}
    page = await _first_page(context, sequence)
    for _ in range(CAUGHT_UP_AT_MOST // PAGE):
        if page is None:
            break
        for item in page.events:
            received = _received(item, workspace, known) if item.type in known else None
            if received is not None:
                yield received
        if not page.has_next or not page.events:
            return
        page = await context.clients.engagement.events_after(page.events[-1].sequence, limit=PAGE)
    yield GAP


async def _first_page(context: Context, sequence: int) -> EventsAnswer | None:
    """The page from a little before the cursor; from the cursor itself where the retention does not reach further back."""
    page = await context.clients.engagement.events_after(max(sequence - OVERLAP, 0), limit=PAGE)
    return await context.clients.engagement.events_after(sequence, limit=PAGE) if page is None else page


def _received(item: EventItem, workspace: WorkspaceId, known: Mapping[str, type[Event]]) -> Received | None:
    """The event as the bus would have given it, under the id that the relay gives it there."""
    try:
        event = msgspec.json.decode(item.data, type=known[item.type])
    except msgspec.MsgspecError as error:
        log.warning("event_unreadable", sequence=item.sequence, reason=type(error).__name__)
        return None
    header = Header(
        id=f"{_OWNER}-{item.sequence}",
        type=item.type,
        version=item.version,
        workspace=workspace,
        time=item.time,
        subject=item.subject,
        sequence=item.sequence,
    )
    return Received(header, event)
