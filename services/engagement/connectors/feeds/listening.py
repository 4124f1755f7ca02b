"""Reads a feed again and again: what is new, and what changed; also what it holds of the time before. Called by the connector.

The cursor holds where the feed is, what the site calls its state (ETag, Last-Modified) and what each entry said. Never sleeps itself.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

import msgspec

from services.contracts.vocabulary import Source
from services.engagement.connectors.feeds.choosing import is_wanted
from services.engagement.connectors.feeds.entries import Document
from services.engagement.connectors.feeds.fetching import Fetched, feed_address, fetch
from services.engagement.connectors.feeds.stored import items_in, said, stamp
from services.engagement.protocol import ChannelAccess, Heard, Net, NotJsonError, RateLimitedError, read_payload

USUAL_SECONDS = 900.0
SHORTEST_SECONDS = 300.0
LONGEST_SECONDS = 21_600.0
_SHORTEST_WISH_SECONDS = 60.0
_LONGEST_WISH_SECONDS = 86_400.0
MOST_ENTRIES = 1_000
_AT_ONCE = 50
_MOST_PAGES = 10


class _Cursor(msgspec.Struct):
    """How far the feed was read. `asked` is the address that it was for; `seen` has of each entry its time and what it said, hashed."""

    asked: str = ""
    url: str = ""
    etag: str = ""
    modified: str = ""
    wait: float = 0.0
    seen: dict[str, tuple[int, str]] = {}


async def hear(channel: ChannelAccess, *, cursor: str | None, net: Net) -> AsyncIterator[Heard]:
    """What the feed holds, as history; then what comes and what changes, until closed. Raises the tree of `SendError`."""
    state = _read(cursor, asked=feed_address(channel))
    while True:
        try:
            fetched = await fetch(channel, url=state.url or state.asked, net=net, etag=state.etag, modified=state.modified)
        except RateLimitedError as busy:
            yield Heard(items=(), rest_seconds=max(busy.retry_after_seconds, _rest(channel, state)))
            continue
        async for heard in _news(fetched, state=state, channel=channel):
            yield heard


async def hear_since(channel: ChannelAccess, *, since: datetime, net: Net) -> AsyncIterator[Heard]:
    """The entries that were touched since then, or say nothing of a time, oldest first; older pages where the feed has some."""
    url, pages = feed_address(channel), list[tuple[Document, list[int]]]()
    for _ in range(_MOST_PAGES):
        fetched = await fetch(channel, url=url, net=net)
        document = fetched.document
        if document is None:
            break
        touched = [number for number in _newest(document) if _is_since(document, number, since)]
        pages.append((document, [number for number in touched if is_wanted(document.entries[number], config=channel.config)]))
        following = document.feed.next_url
        if not touched or len(touched) < len(document.entries) or not following or following == url:
            break
        url = following
    for document, numbers in reversed(pages):
        for few in _cut(numbers):
            yield Heard(items=tuple(items_in(document, few, url=feed_address(channel), source=Source.BACKFILL)))


async def _news(fetched: Fetched, *, state: _Cursor, channel: ChannelAccess) -> AsyncIterator[Heard]:
    """What this state of the feed adds to the last; the cursor goes with the last of it, so what is cut off comes again."""
    document = fetched.document
    if document is None:
        state.url = fetched.url
        yield Heard(items=(), cursor=_told(state), rest_seconds=_rest(channel, state))
        return
    first = not state.seen and not state.wait
    numbers, edited, seen = _compared(document, seen=state.seen, config=channel.config)
    source = Source.BACKFILL if first else Source.LIVE
    state.url, state.etag, state.modified, state.seen = fetched.url, fetched.etag, fetched.modified, seen
    state.wait = document.feed.wait_seconds or USUAL_SECONDS
    *pages, last = _cut(numbers) or [[]]
    for few in pages:
        yield Heard(items=tuple(items_in(document, few, url=state.asked, source=source, edited=edited)))
    items = tuple(items_in(document, last, url=state.asked, source=source, edited=edited))
    yield Heard(items=items, cursor=_told(state), rest_seconds=_rest(channel, state))


def _compared(
    document: Document, *, seen: Mapping[str, tuple[int, str]], config: Mapping[str, str]
) -> tuple[list[int], frozenset[int], dict[str, tuple[int, str]]]:
    """The entries that are new or other than they were, those of them that were known, and what all of them say now."""
    new, edited, now = list[int](), list[int](), dict[str, tuple[int, str]]()
    for number in _newest(document):
        entry = document.entries[number]
        name = _short(f"{entry.id}:deleted" if entry.deleted else entry.id)
        before, after = seen.get(name), (stamp(entry), said(entry))
        if before is None and not (entry.deleted or is_wanted(entry, config=config)):
            continue
        changed = before is not None and after[0] > before[0] and after[1] != before[1]
        # A site that touches the time alone has changed nothing that anybody could read.
        now[name] = after if before is None or changed else before
        if changed and not entry.deleted:
            edited.append(number)
        if before is None or (changed and not entry.deleted):
            new.append(number)
    return new, frozenset(edited), now


def _newest(document: Document) -> list[int]:
    """The newest entries, oldest first; those without a time, in the order of feeds, before them."""
    count = len(document.entries)
    order = sorted(range(count), key=lambda number: (stamp(document.entries[number]), count - number))
    return order[-MOST_ENTRIES:]


def _is_since(document: Document, number: int, since: datetime) -> bool:
    at = document.entries[number].at
    return at is None or at >= since


def _rest(channel: ChannelAccess, state: _Cursor) -> float:
    """How long to leave the feed alone: as the channel says, else as the feed asks, within bounds."""
    wish = channel.config.get("every_minutes", "").strip()
    if wish.isascii() and wish.isdigit() and len(wish) < 6:
        return min(max(60.0 * int(wish), _SHORTEST_WISH_SECONDS), _LONGEST_WISH_SECONDS)
    return min(max(state.wait or USUAL_SECONDS, SHORTEST_SECONDS), LONGEST_SECONDS)


def _cut(numbers: list[int]) -> list[list[int]]:
    return [numbers[at : at + _AT_ONCE] for at in range(0, len(numbers), _AT_ONCE)]


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def _read(cursor: str | None, *, asked: str) -> _Cursor:
    """The cursor; one that cannot be read, or was for another address, is none."""
    try:
        kept = read_payload((cursor or "{}").encode(), into=_Cursor)
    except NotJsonError:
        kept = _Cursor()
    return kept if kept.asked == asked else _Cursor(asked=asked)


def _told(state: _Cursor) -> str:
    return msgspec.json.encode(state).decode()
