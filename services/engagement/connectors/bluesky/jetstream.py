"""Jetstream: what our account, watched ones and people who spoke to us write and take back, as it happens. Called by listening.

Its filter knows authors only, so it cannot say who speaks to us: that is asked for, with names and pictures. It tells what nobody else
does: that a post, a like or a follow is gone. Source: https://github.com/bluesky-social/jetstream (docs/README.md).
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Iterable
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from urllib.parse import urlencode

import msgspec

from services.contracts.vocabulary import Source
from services.engagement.connectors.bluesky.addresses import FOLLOW, LIKE, POST, REPOST, Address, owner_of
from services.engagement.connectors.bluesky.answers import Resolved
from services.engagement.connectors.bluesky.calling import Caller
from services.engagement.connectors.bluesky.items import heard_item
from services.engagement.connectors.bluesky.payloads import StreamEvent
from services.engagement.protocol import NotJsonError, NotSentError, RawItem, RejectedError, WebSocket, clean_json, read_json, salvage

# Servers differ by some seconds in what they have seen.
_OVERLAP_MICROSECONDS = 5_000_000
# Of 10,000 that a server takes.
_MOST_PEOPLE = 5_000
_MOST_WATCHED = 100
_MOST_AT_ONCE = 50
_LONGEST_MESSAGE = 1_048_576
# How many rounds of polling pass before a stream that did not open is tried again, doubled each time.
_MOST_ROUNDS_BETWEEN = 45
_COLLECTIONS = (POST, LIKE, REPOST, FOLLOW)


@dataclass(slots=True)
class Stream:
    """One connection, opened again where it breaks. `place` is the time (microseconds) of the last event.

    Nothing raises from here. `left_seconds` is what it did not use of the time that it was given.
    """

    caller: Caller
    us: str
    address: str
    place: int | None = None
    watched: frozenset[str] = frozenset()
    left_seconds: float = 0.0
    _people: dict[str, None] = field(default_factory=dict)
    _known: dict[str, None] = field(default_factory=dict)
    _told_of: AbstractSet[str] | None = None
    _open: AsyncExitStack | None = None
    _socket: WebSocket | None = None
    _failures: int = 0
    _rounds_left: int = 0

    def note(self, names: Iterable[str]) -> None:
        """Records that were heard of: their authors are listened to, for what becomes of them."""
        for name in names:
            owner = owner_of(name)
            if owner and owner != self.us:
                _remember(owner, among=self._people)
                _remember(name, among=self._known)

    async def events(self, *, seconds: float) -> AsyncGenerator[list[RawItem], None]:
        """What comes within that time; ends at once where there is no connection."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        self.left_seconds = 0.0
        try:
            socket = await self._opened()
            while socket is not None and (left := until - loop.time()) > 0:
                message = await socket.receive(timeout_seconds=left)
                if message is None:
                    return
                yield await self._kept(socket, first=message)
        except NotSentError:
            await self.close()
        self.left_seconds = max(0.0, until - loop.time())

    async def close(self) -> None:
        """Break the connection off."""
        open_, self._open, self._socket = self._open, None, None
        if open_ is not None:
            await open_.aclose()

    async def _opened(self) -> WebSocket | None:
        """The connection, told whom we want to hear; None while it is not tried."""
        if self._socket is None and self._rounds_left > 0:
            self._rounds_left -= 1
            return None
        if self._socket is None:
            self._failures += 1
            self._rounds_left = random.randint(0, min(2**self._failures, _MOST_ROUNDS_BETWEEN))  # noqa: S311 - jitter
            self._open, self._told_of = AsyncExitStack(), None
            self._socket = await self._open.enter_async_context(self._connection())
            self._failures = self._rounds_left = 0
        if self._told_of != self._people.keys():
            await self._socket.send(self._wanted())
            self._told_of = frozenset(self._people)
        return self._socket

    def _connection(self) -> AbstractAsyncContextManager[WebSocket]:
        asked = {"requireHello": "true", **({"cursor": str(self.place - _OVERLAP_MICROSECONDS)} if self.place else {})}
        return self.caller.net.websocket(f"{self.address}?{urlencode(asked)}", max_bytes=_LONGEST_MESSAGE)

    def _wanted(self) -> str:
        """The filter is a message: an address has no room for so many."""
        people = [self.us, *sorted(self.watched), *self._people]
        options = {"wantedCollections": _COLLECTIONS, "wantedDids": people, "maxMessageSizeBytes": _LONGEST_MESSAGE}
        return msgspec.json.encode({"type": "options_update", "payload": options}).decode()

    async def _kept(self, socket: WebSocket, *, first: str) -> list[RawItem]:
        """Of this message and those that are there with it, what concerns us."""
        items: list[RawItem] = []
        message: str | None = first
        for _ in range(_MOST_AT_ONCE):
            if message is None:
                break
            items += await self._items_of(message)
            message = await _at_once(socket)
        return items

    async def _items_of(self, message: str) -> list[RawItem]:
        try:
            said = read_json(clean_json(message.encode("utf-8", "replace")))
        except NotJsonError:
            return []
        event = salvage(said, into=StreamEvent)
        commit = event.commit
        if isinstance(event.time_us, int):
            self.place = max(self.place or 0, event.time_us)
        if not event.did or commit is None or not commit.collection or not commit.rkey:
            return []
        uri = Address(repo=event.did, collection=commit.collection, key=commit.rkey).uri
        watched = event.did in self.watched and commit.collection == POST
        ours = event.did == self.us and commit.collection == POST
        if not (ours or watched or (uri in self._known and commit.operation in {"update", "delete"})):
            return []
        raw = await self._with_its_author(uri) if watched and commit.operation == "create" else None
        return [heard_item(raw or msgspec.json.encode(said), account=self.us, source=Source.LIVE)]

    async def _with_its_author(self, uri: str) -> bytes | None:
        """A post with its author's name and pictures, which the stream leaves out; None where it cannot be seen."""
        try:
            page = await self.caller.page("app.bsky.feed.getPosts", {"uris": [uri]})
        except NotSentError:
            return None
        posts = msgspec.json.decode(page, type=dict[str, msgspec.Raw]).get("posts")
        try:
            listed = msgspec.json.decode(posts, type=list[msgspec.Raw]) if posts is not None else []
        except msgspec.DecodeError:
            return None
        return bytes(listed[0]) if listed else None


async def open_stream(caller: Caller, *, us: str, place: int | None) -> Stream | None:
    """The stream that the channel's settings name; None where they name none. Whom it watches is looked up once."""
    address = caller.channel.config.get("jetstream", "").strip().rstrip("/")
    if not address:
        return None
    address = address.replace("https://", "wss://", 1).replace("http://", "ws://", 1)
    named = caller.channel.config.get("watch", "").replace(",", " ").split()
    found = [await _did_of(each.removeprefix("@"), caller=caller) for each in named[:_MOST_WATCHED]]
    watched = frozenset(did for did in found if did and did != us)
    whole = address if address.endswith("/subscribe") else f"{address}/subscribe"
    return Stream(caller, us, whole, place, watched)


async def _did_of(name: str, *, caller: Caller) -> str | None:
    if name.startswith("did:"):
        return name
    try:
        return (await caller.query("com.atproto.identity.resolveHandle", {"handle": name}, into=Resolved)).did
    except RejectedError:
        return None


async def _at_once(socket: WebSocket) -> str | None:
    """What is there already. That it broke is told when it is waited for: what was read before must not be lost with it."""
    try:
        return await socket.receive(timeout_seconds=0)
    except NotSentError:
        return None


def _remember(name: str, *, among: dict[str, None]) -> None:
    among.pop(name, None)
    among[name] = None
    if len(among) > _MOST_PEOPLE:
        del among[next(iter(among))]
