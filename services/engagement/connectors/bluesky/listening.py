"""Hears an account: notifications, direct messages and what colleagues post in the app, by polling; and what Jetstream tells besides.

Called by the connector. The cursor names, per source, the newest that was heard. A first visit begins with what comes next; what was
missed, back-fill brings.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from services.contracts.vocabulary import Source
from services.engagement.connectors.bluesky.addresses import POST, read_moment, written
from services.engagement.connectors.bluesky.calling import Caller
from services.engagement.connectors.bluesky.items import heard_item
from services.engagement.connectors.bluesky.jetstream import Stream, open_stream
from services.engagement.connectors.bluesky.pages import Entry, entries_of, page_cursor
from services.engagement.protocol import (
    CredentialsExpiredError,
    Heard,
    NotJsonError,
    RateLimitedError,
    RawItem,
    RejectedError,
    read_payload,
)

REST_SECONDS = 20.0
NOTIFICATIONS = "app.bsky.notification.listNotifications"
LOGS = "chat.bsky.convo.getLog"
RECORDS = "com.atproto.repo.listRecords"
_OWN_POSTS_EVERY = 3
_PAGE = 40
_LATELY = 100
_MOST_PAGES = 20
_MOST_ROOMS = 1_000
_MOST_KEYS = 5_000
# The AppView may show a little late what it dates a little earlier.
_OVERLAP = timedelta(minutes=2)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class _Cursor(msgspec.Struct):
    """How far each source was heard: times, the chat's own cursor, the stream's. None: not yet begun; "": nothing is there yet."""

    notifications: str | None = None
    posts: str | None = None
    log: str | None = None
    stream: int | msgspec.UnsetType = msgspec.UNSET

    @property
    def told(self) -> str:
        """The cursor as it is stored."""
        return msgspec.json.encode(self).decode()


@dataclass(slots=True)
class Listener:
    """One account while it is listened to. `chats`: whether we may read direct messages; `told`: the cursor that is stored."""

    caller: Caller
    us: str
    cursor: _Cursor
    rooms: "Rooms"
    chats: bool = True
    told: str | None = None
    round: int = 0
    _heard: dict[str, None] = field(default_factory=dict)

    async def news(self) -> AsyncGenerator[list[RawItem], None]:
        """What came since the last time, the oldest first, source by source. A source moves on only when all of it was read."""
        yield await self._notifications()
        if self.chats:
            try:
                yield await self._logs()
            except CredentialsExpiredError:
                raise
            except RejectedError:
                self.chats = False
        if self.round % _OWN_POSTS_EVERY == 0:
            yield await self._own_posts()
        self.round += 1

    def only_new(self, items: Iterable[RawItem]) -> tuple[RawItem, ...]:
        """Those that this listener has not heard yet: sources overlap."""
        return tuple(item for item in items if self._is_new(item))

    def _is_new(self, item: RawItem) -> bool:
        if item.key in self._heard:
            return False
        self._heard[item.key] = None
        if len(self._heard) > _MOST_KEYS:
            del self._heard[next(iter(self._heard))]
        return True

    async def _notifications(self) -> list[RawItem]:
        found, self.cursor.notifications = await self._since(
            self.cursor.notifications, self._notification_page, lambda each: each.indexed_at
        )
        return found

    async def lately(self) -> list[str]:
        """The names of what the last notifications tell of."""
        page = await self.caller.page(NOTIFICATIONS, {"limit": _LATELY})
        return [self.item(entry.raw).key for entry in entries_of(page)]

    async def _own_posts(self) -> list[RawItem]:
        found, self.cursor.posts = await self._since(self.cursor.posts, self._post_page, lambda each: each.created_at)
        return found

    async def _since(
        self, place: str | None, page_after: Callable[[str | None], Awaitable[bytes]], moment_of: Callable[[Entry], datetime | None]
    ) -> tuple[list[RawItem], str]:
        """What a source that lists the newest first has after `place`, and its new place."""
        seen = read_moment(place) or _BEGINNING
        found: list[RawItem] = []
        newest, after = seen, None
        for _ in range(_MOST_PAGES if place is not None else 1):
            page = await page_after(after)
            entries = entries_of(page)
            times = [moment_of(entry) or seen for entry in entries]
            newest = max([newest, *times])
            found += [self.item(entry.raw) for entry, at in zip(entries, times, strict=True) if at > seen - _OVERLAP or place == ""]
            after = page_cursor(page)
            if not entries or not after or min(times) <= seen:
                break
        # A record that dates itself into the future must not hide what comes after it.
        newest = min(newest, self.caller.clock.now())
        return (found[::-1] if place is not None else []), (written(newest) if newest > _BEGINNING else "")

    async def _notification_page(self, after: str | None) -> bytes:
        return await self.caller.page(NOTIFICATIONS, self._asked(after))

    async def _post_page(self, after: str | None) -> bytes:
        return await self.caller.page(RECORDS, {"repo": self.us, "collection": POST, **self._asked(after)})

    def _asked(self, after: str | None) -> dict[str, str | int]:
        return {"limit": _PAGE, **({"cursor": after} if after else {})}

    async def _logs(self) -> list[RawItem]:
        """The chat tells what happened after its cursor, the oldest first."""
        begun, place, found = self.cursor.log is not None, self.cursor.log or "", list[RawItem]()
        for _ in range(_MOST_PAGES):
            page = await self.caller.page(LOGS, {"cursor": place} if place else {})
            entries = entries_of(page)
            reached = max([place, page_cursor(page) or "", *(entry.rev for entry in entries)])
            if begun:
                found += [await self._said(entry) for entry in entries if entry.rev > place]
            place, before = reached, place
            if not begun or place == before or not entries:
                break
        self.cursor.log = place
        return found

    async def _said(self, entry: Entry) -> RawItem:
        return self.item(entry.raw, convo=await self.rooms.of(entry.convo))

    def item(self, raw: bytes, *, source: Source = Source.LIVE, convo: object = None) -> RawItem:
        """One item as it is stored."""
        return heard_item(raw, account=self.us, source=source, convo=convo)


@dataclass(slots=True)
class Rooms:
    """The conversations that were asked for: who is in them decides whose conversation a message belongs to."""

    caller: Caller
    _known: dict[str, object] = field(default_factory=dict)

    async def of(self, convo: str | None) -> object:
        """The conversation of this id, or None where the chat service does not show it."""
        if not convo:
            return None
        if convo not in self._known:
            if len(self._known) >= _MOST_ROOMS:
                del self._known[next(iter(self._known))]
            self._known[convo] = await self._asked(convo)
        return self._known[convo]

    async def _asked(self, convo: str) -> object:
        try:
            page = await self.caller.page("chat.bsky.convo.getConvo", {"convoId": convo})
        except CredentialsExpiredError:
            raise
        except RejectedError:
            return None
        return people_of(msgspec.json.decode(page).get("convo"))


def people_of(convo: object) -> object:
    """Of a conversation its id, kind and members: its last message changes, and is not repeated in every item."""
    if not isinstance(convo, dict):
        return None
    return {name: convo[name] for name in ("id", "kind", "members") if name in convo}


async def hear(caller: Caller, *, cursor: str | None) -> AsyncGenerator[Heard, None]:
    """Everything after the cursor, as it comes, until closed. Raises the tree of `SendError`."""
    session = await caller.session()
    listener = Listener(caller=caller, us=session.did, cursor=_read(cursor), rooms=Rooms(caller), told=cursor)
    stream = await open_stream(caller, us=session.did, place=listener.cursor.stream or None)
    if stream is not None:
        stream.note(await listener.lately())
    try:
        while True:
            async with aclosing(_round(listener, stream)) as heard:
                async for each in heard:
                    yield each
    finally:
        if stream is not None:
            await stream.close()


async def _round(listener: Listener, stream: Stream | None) -> AsyncGenerator[Heard, None]:
    """Every source once, then a rest: on the stream where there is one, else as long as it says."""
    rest = REST_SECONDS
    try:
        async for found in listener.news():
            items = listener.only_new(found)
            if stream is not None:
                stream.note(item.key for item in items)
            if items:
                listener.told = listener.cursor.told
                yield Heard(items=items, cursor=listener.told)
    except RateLimitedError as error:
        rest = error.retry_after_seconds
    if stream is not None:
        async with aclosing(stream.events(seconds=rest)) as events:
            async for found in events:
                listener.cursor.stream = stream.place or msgspec.UNSET
                if items := listener.only_new(found):
                    listener.told = listener.cursor.told
                    yield Heard(items=items, cursor=listener.told)
        rest = stream.left_seconds
    now_at = listener.cursor.told
    before, listener.told = listener.told, now_at
    yield Heard(items=(), cursor=now_at if now_at != before else None, rest_seconds=rest)


def _read(cursor: str | None) -> _Cursor:
    """A cursor that cannot be read is none."""
    try:
        return read_payload((cursor or "{}").encode(), into=_Cursor)
    except NotJsonError:
        return _Cursor()
