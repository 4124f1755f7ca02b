"""Looks for reviews: what changed since the last look, again and again; and what changed since a day. Called by the connector.

Reviews are listed by when their writers last changed them. The cursor keeps those of the last look, and when they and the owner's replies
changed: what differs is an edit, or a reply given or changed elsewhere; one that is missing twice where it would have to be was deleted.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import msgspec

from services.engagement.connectors.google_business.items import item_of, items_in
from services.engagement.connectors.google_business.payloads import Review
from services.engagement.connectors.google_business.sending import REVIEWS, place_of
from services.engagement.connectors.google_business.setting import part_of
from services.engagement.families.google import Api, api_for, revision_of
from services.engagement.protocol import (
    ChannelAccess,
    Heard,
    Net,
    NotJsonError,
    RateLimitedError,
    RawItem,
    read_payload,
    read_time,
    salvage,
)

POLL_SECONDS = 60.0
SHORTEST_POLL_SECONDS = 15.0
PAGE = 50
_PAGES_A_LOOK = 10
_MOST_PAGES = 1_000
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class _Seen(msgspec.Struct, array_like=True):
    """A review of the last look: the key of its item, when its writer changed it, and when its owner last replied."""

    key: str
    changed: str
    replied: str = ""


class _Cursor(msgspec.Struct):
    """The newest reviews of the last look, and those of them that were missing then; `begun` once there was a look."""

    begun: bool = False
    seen: dict[str, _Seen] = msgspec.field(default_factory=dict)
    missing: list[str] = msgspec.field(default_factory=list)


@dataclass(slots=True)
class _Looker:
    """One place's reviews, and how they were at the last look."""

    api: Api
    place: str
    cursor: _Cursor = field(default_factory=_Cursor)

    async def look(self) -> Heard:
        """What is new, the oldest first, and the cursor after it."""
        now, items = dict[str, _Seen](), list[tuple[str, RawItem]]()
        before, ended = self.cursor, True
        async for page in self.pages(most=_PAGES_A_LOOK if before.begun else 1):
            listed = {_number(raw): raw for raw in _reviews_in(page)}
            now.update({number: _seen(raw, before=before.seen.get(number)) for number, raw in listed.items()})
            fresh = {number: raw for number, raw in listed.items() if before.seen.get(number) != now[number]}
            for number, raw in fresh.items() if before.begun else ():
                items += [(now[number].changed, item) for item in _news(raw, before=before.seen.get(number))]
            ended = not page.get("nextPageToken")
            if len(fresh) < len(listed):
                break
        absent = self._absent(now, ended=ended)
        gone = [number for number in absent if number in before.missing]
        items += [("", self._gone(number)) for number in gone]
        waiting = {number: before.seen[number] for number in absent if number not in gone}
        newest = dict(sorted(now.items(), key=lambda pair: pair[1].changed, reverse=True)[:PAGE])
        self.cursor = _Cursor(begun=True, seen={**newest, **waiting}, missing=sorted(waiting))
        return Heard(items=tuple(item for _, item in sorted(items, key=lambda pair: pair[0])), cursor=self.told)

    @property
    def told(self) -> str:
        """The cursor as it is stored."""
        return msgspec.json.encode(self.cursor).decode()

    async def pages(self, *, most: int) -> AsyncGenerator[dict[str, object], None]:
        """The reviews changed last first."""
        query = {"pageSize": str(PAGE), "orderBy": "updateTime desc"}
        for _ in range(most):
            page = await self.api.call("GET", f"{REVIEWS}{self.place}/reviews", query=query)
            yield page
            token = page.get("nextPageToken")
            if not isinstance(token, str) or not token:
                return
            query["pageToken"] = token

    def _absent(self, now: Mapping[str, _Seen], *, ended: bool) -> list[str]:
        """Which reviews ought to have been listed: those changed after the oldest that was, or all where the list came to its end."""
        oldest = min((each.changed for each in now.values()), default="")
        if not now:
            return []
        return [number for number, seen in self.cursor.seen.items() if number not in now and (ended or seen.changed > oldest)]

    def _gone(self, number: str) -> RawItem:
        return item_of({"goneReview": {"name": f"{self.place}/reviews/{number}", "reviewId": number}})


async def hear(channel: ChannelAccess, *, cursor: str | None, net: Net) -> AsyncGenerator[Heard, None]:
    """Reviews as they come, until closed. Raises the tree of `SendError`; where Google says that it is too much it only rests."""
    looker = _Looker(api_for(channel, net=net), place_of(channel), _read(cursor))
    while True:
        try:
            yield replace(await looker.look(), rest_seconds=_interval(channel))
        except RateLimitedError as error:
            yield Heard(items=(), rest_seconds=max(_interval(channel), error.retry_after_seconds))


async def hear_since(channel: ChannelAccess, *, since: datetime, net: Net) -> AsyncGenerator[Heard, None]:
    """Reviews changed since then, newest page first: Google tells them in no other order that ends there."""
    looker = _Looker(api_for(channel, net=net), place_of(channel))
    async for page in looker.pages(most=_MOST_PAGES):
        reviews = _reviews_in(page)
        found = [raw for raw in reviews if read_time(_changed(raw), otherwise=_BEGINNING) >= since]
        yield Heard(items=tuple(item for raw in reversed(found) for item in items_in(raw)))
        if len(found) < len(reviews):
            return


def _interval(channel: ChannelAccess) -> float:
    told = channel.config.get("poll_seconds", "")
    return max(SHORTEST_POLL_SECONDS, float(told)) if told.isascii() and told.isdigit() else POLL_SECONDS


def _read(cursor: str | None) -> _Cursor:
    """A cursor that cannot be read is none."""
    try:
        return read_payload((cursor or "{}").encode(), into=_Cursor)
    except NotJsonError:
        return _Cursor()


def _reviews_in(page: Mapping[str, object]) -> list[Mapping[str, object]]:
    items = page.get("reviews")
    return [each for each in items if isinstance(each, dict) and _number(each)] if isinstance(items, list) else []


def _seen(raw: Mapping[str, object], *, before: _Seen | None) -> _Seen:
    """How a review stands. A reply that was taken away is remembered: what is there later changed it."""
    return _Seen(items_in(raw)[0].key, _changed(raw), _replied(raw) or (before.replied if before else ""))


def _news(raw: Mapping[str, object], *, before: _Seen | None) -> list[RawItem]:
    """A review and its reply, and that the reply had other words where it was there before."""
    rewritten = before is not None and before.replied and _replied(raw) not in {"", before.replied}
    return [*items_in(raw), *([item_of({"changedReply": raw})] if rewritten else [])]


def _replied(raw: Mapping[str, object]) -> str:
    reply = salvage(dict(raw), into=Review).review_reply
    return revision_of(reply.update_time) if reply else ""


def _number(raw: Mapping[str, object]) -> str:
    review = salvage(dict(raw), into=Review)
    return review.review_id or part_of(review.name, "reviews") or ""


def _changed(raw: Mapping[str, object]) -> str:
    """In a form that can be compared as text."""
    return read_time(raw.get("updateTime") or raw.get("createTime"), otherwise=_BEGINNING).isoformat()
