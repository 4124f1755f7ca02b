"""Looks for comments: what came since the cursor, again and again; and what came since a day. Called by the connector.

One look at the newest hundred threads costs one unit of 10,000 a day. The cursor keeps until when was looked, and how many replies each of
those threads had, for an old thread does not come up again when somebody replies. A first visit begins with what comes next.
Our own uploads are looked at too: the hub tells them sooner, but its leases end.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import msgspec

from services.engagement.connectors.youtube.items import item_of, items_in, replies_in, reply_in
from services.engagement.connectors.youtube.payloads import Resource, Thread
from services.engagement.connectors.youtube.sending import API, youtube
from services.engagement.families.google import Api
from services.engagement.protocol import (
    ChannelAccess,
    Heard,
    Net,
    NotFoundError,
    NotJsonError,
    RateLimitedError,
    RawItem,
    RejectedError,
    read_payload,
    read_time,
    salvage,
)

POLL_SECONDS = 60.0
SHORTEST_POLL_SECONDS = 15.0
# Held comments are looked for in every fifth look: they wait for us, not we for them.
HELD_EVERY = 5
UPLOADS_EVERY = 10
# What is told late, or was written by a clock that differs, is looked at again; the journal knows what it has.
OVERLAP = timedelta(minutes=10)
# Of a thread that has more replies than before, one may have been told late.
REPLIES_OVERLAP = timedelta(days=1)
_PAGES_A_LOOK = 10
_MOST_PAGES = 200
_REPLY_PAGES = 10
_BEGINNING = datetime(2005, 1, 1, tzinfo=UTC)
_Dated = tuple[datetime, RawItem]


class _Cursor(msgspec.Struct):
    """Until when was looked, when the newest upload was published, and the replies of each thread of the first page."""

    until: str = ""
    uploaded: str = ""
    replies: dict[str, int] = msgspec.field(default_factory=dict)


@dataclass(slots=True)
class _Looker:
    """One channel's threads, and how far they were read."""

    api: Api
    account: str
    until: datetime | None = None
    uploaded: datetime | None = None
    replies: dict[str, int] = field(default_factory=dict)
    looks: int = 0

    async def look(self) -> Heard:
        """What is new, the oldest first, and the cursor after it."""
        since, items = self.until, list[_Dated]()
        newest, known = since or _BEGINNING, dict[str, int]()
        async for page in self.pages(most=_PAGES_A_LOOK if since else 1):
            threads = _listed(page)
            for raw in threads:
                thread = salvage(raw, into=Thread)
                number, count = thread.id or "", thread.snippet.total_reply_count
                if since:
                    items += await self._news(raw, since=since - OVERLAP, grown=count > self.replies.get(number, 0))
                newest = max(newest, *_times_in(raw))
                known.update({number: count} if count else {})
            if not threads or not since or _published(threads[-1]) < since - OVERLAP:
                break
        if since and self.looks % HELD_EVERY == 0:
            items += await self._held()
        if self.looks % UPLOADS_EVERY == 0:
            items += await self._uploads()
        self.looks, self.until, self.replies = self.looks + 1, newest, known
        return Heard(items=_in_order(items), cursor=self.told)

    @property
    def told(self) -> str:
        """The cursor as it is stored."""
        until, uploaded = ((each or _BEGINNING).isoformat() for each in (self.until, self.uploaded))
        return msgspec.json.encode(_Cursor(until=until, uploaded=uploaded, replies=self.replies)).decode()

    async def pages(self, *, most: int, held: bool = False) -> AsyncGenerator[dict[str, object], None]:
        """The newest threads first."""
        query = {"part": "snippet,replies", "allThreadsRelatedToChannelId": self.account, "order": "time", "maxResults": "100"}
        if held:
            query["moderationStatus"] = "heldForReview"
        for _ in range(most):
            page = await self.api.call("GET", f"{API}commentThreads", query=query)
            yield page
            token = page.get("nextPageToken")
            if not isinstance(token, str) or not token:
                return
            query["pageToken"] = token

    async def whole(self, thread: Mapping[str, object]) -> list[_Dated]:
        """A thread's first comment and all its replies."""
        top = {name: value for name, value in thread.items() if name != "replies"}
        replies = await self._replies(thread)
        return [(_changed(top), item_of(top)), *((_changed(each), item_of(reply_in(thread, each))) for each in replies)]

    async def _news(self, thread: Mapping[str, object], *, since: datetime, grown: bool) -> list[_Dated]:
        if grown:
            return [(at, item) for at, item in await self.whole(thread) if at > since - REPLIES_OVERLAP]
        return [(at, item) for at, item in _dated(thread) if at > since]

    async def _replies(self, thread: Mapping[str, object]) -> list[Mapping[str, object]]:
        """A thread brings a few of its replies along; the others are asked for."""
        brought = replies_in(thread)
        read = salvage(thread, into=Thread)
        if read.snippet.total_reply_count <= len(brought) or not read.id:
            return brought
        query, found = {"part": "snippet", "parentId": read.id, "maxResults": "100"}, list[Mapping[str, object]]()
        for _ in range(_REPLY_PAGES):
            page = await self.api.call("GET", f"{API}comments", query=query)
            found += _listed(page)
            token = page.get("nextPageToken")
            if not isinstance(token, str) or not token:
                break
            query["pageToken"] = token
        return found

    async def _held(self) -> list[_Dated]:
        found: list[_Dated] = []
        async for page in self.pages(most=1, held=True):
            for raw in _listed(page):
                found += _dated(raw)
        return found

    async def _uploads(self) -> list[_Dated]:
        """New videos of ours, by the list of uploads, whose name follows from the channel's. The owner sees private ones in it too."""
        query = {"part": "snippet,contentDetails,status", "playlistId": f"UU{self.account.removeprefix('UC')}", "maxResults": "20"}
        try:
            page = await self.api.call("GET", f"{API}playlistItems", query=query)
        except NotFoundError:
            return []  # a channel without a video has no such list
        found = [(_uploaded(raw), item_of(raw)) for raw in _listed(page) if _is_public(raw)]
        before = self.uploaded
        self.uploaded = max([at for at, _ in found] + ([before] if before else []), default=None)
        return [(at, item) for at, item in found if before and at >= before]


async def hear(channel: ChannelAccess, *, cursor: str | None, net: Net) -> AsyncGenerator[Heard, None]:
    """Comments as they come, until closed. Raises the tree of `SendError`; where YouTube says that it is too much it only rests."""
    looker = _looker(channel, net=net)
    kept = _read(cursor)
    looker.until, looker.uploaded = (read_time(each, otherwise=_BEGINNING) if each else None for each in (kept.until, kept.uploaded))
    looker.replies = kept.replies
    while True:
        try:
            yield replace(await looker.look(), rest_seconds=_interval(channel))
        except RateLimitedError as error:
            yield Heard(items=(), rest_seconds=max(_interval(channel), error.retry_after_seconds))


async def hear_since(channel: ChannelAccess, *, since: datetime, net: Net) -> AsyncGenerator[Heard, None]:
    """Threads begun since then with all their replies, newest page first: YouTube tells them in no other order."""
    looker = _looker(channel, net=net)
    async for page in looker.pages(most=_MOST_PAGES):
        threads = [raw for raw in _listed(page) if max(_times_in(raw)) >= since]
        found: list[_Dated] = []
        for raw in threads:
            found += await looker.whole(raw)
        yield Heard(items=_in_order(found))
        if not threads:
            return


def _looker(channel: ChannelAccess, *, net: Net) -> _Looker:
    if not channel.account:
        raise RejectedError("the channel's id is not known: check the channel, or set `account`")
    return _Looker(youtube(channel, net=net), channel.account)


def _interval(channel: ChannelAccess) -> float:
    told = channel.config.get("poll_seconds", "")
    return max(SHORTEST_POLL_SECONDS, float(told)) if told.isascii() and told.isdigit() else POLL_SECONDS


def _read(cursor: str | None) -> _Cursor:
    """A cursor that cannot be read is none."""
    try:
        return read_payload((cursor or "{}").encode(), into=_Cursor)
    except NotJsonError:
        return _Cursor()


def _listed(page: Mapping[str, object]) -> list[Mapping[str, object]]:
    items = page.get("items")
    return [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []


def _in_order(found: Iterable[_Dated]) -> tuple[RawItem, ...]:
    return tuple(item for _, item in sorted(found, key=lambda pair: pair[0]))


def _dated(thread: Mapping[str, object]) -> list[_Dated]:
    """A thread's first comment and the replies that came along, each with when it last changed."""
    return list(zip(_times_in(thread), items_in(thread), strict=False))  # a thread without its first comment is one item


def _times_in(thread: Mapping[str, object]) -> list[datetime]:
    """When the thread's comments last changed: the first one's, then those of the replies that came along."""
    return [_changed(thread), *(_changed(reply) for reply in replies_in(thread))]


def _changed(resource: Mapping[str, object]) -> datetime:
    snippet = _snippet(resource)
    return read_time(snippet.get("updatedAt") or snippet.get("publishedAt"), otherwise=_BEGINNING)


def _is_public(item: Mapping[str, object]) -> bool:
    status = salvage(dict(item), into=Resource).status
    return status is None or status.privacy_status in {None, "public"}


def _uploaded(item: Mapping[str, object]) -> datetime:
    details = item.get("contentDetails")
    told = details.get("videoPublishedAt") if isinstance(details, dict) else None
    return read_time(told or _snippet(item).get("publishedAt"), otherwise=_BEGINNING)


def _published(thread: Mapping[str, object]) -> datetime:
    return read_time(_snippet(thread).get("publishedAt"), otherwise=_BEGINNING)


def _snippet(resource: Mapping[str, object]) -> Mapping[str, object]:
    """The snippet of a comment; of a thread that of its first comment."""
    snippet = resource.get("snippet")
    top = snippet.get("topLevelComment") if isinstance(snippet, dict) else None
    inner = top.get("snippet") if isinstance(top, dict) else snippet
    return inner if isinstance(inner, dict) else {}
