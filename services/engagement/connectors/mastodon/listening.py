"""Hears an account: notifications and its own posts, by polling; reads history; looks for a reply in doubt. Called by the connector.

Why no streaming: the network that connectors are given answers whole requests. The cursor names the last notification and the last post.
"""

import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from itertools import count

import msgspec
from msgspec import field

from services.engagement.connectors.mastodon.asking import PAGE_LIMIT, Entry, Page, items_with_threads, notifications, own_statuses
from services.engagement.connectors.mastodon.calls import ask, read_entity
from services.engagement.connectors.mastodon.payloads import Account, Status
from services.engagement.connectors.mastodon.sending import form_of
from services.engagement.connectors.mastodon.statuses import ident, read_date
from services.engagement.connectors.mastodon.texts import plain_text
from services.engagement.connectors.mastodon.watching import changes, with_spoken
from services.engagement.protocol import (
    ChannelAccess,
    Found,
    Heard,
    Net,
    NotJsonError,
    NotSentError,
    OutboundReply,
    RawItem,
    UnsendableError,
    read_payload,
    salvage,
)

# Two requests each: 40 of the 300 that servers allow in five minutes.
POLL_SECONDS = 15.0
# Posts that spoke to us are looked at again every five minutes.
_LOOK_AGAIN_TURNS = 20
_MOST_PAGES = 100
# Clocks differ, and a call takes its time.
_SLACK = timedelta(minutes=2)
_NAME = re.compile(r"@[\w.-]+(?:@[\w.-]+)?")
_NEVER = datetime.min.replace(tzinfo=UTC)


class _Cursor(msgspec.Struct):
    """The last notification and the last post of our own; "0" comes before the first. `watched`: see watching.py."""

    notification: str = ""
    status: str = ""
    watched: dict[str, str] = field(default_factory=dict)


async def hear(channel: ChannelAccess, *, cursor: str | None, net: Net) -> AsyncGenerator[Heard, None]:
    """What comes after the cursor, the oldest first; a first visit begins with what comes next."""
    account = await account_of(channel, net=net)
    place = _read(cursor)
    if place is None:
        place = await _beginning(account, channel=channel, net=net)
        yield Heard(items=(), cursor=_told(place), rest_seconds=POLL_SECONDS)
    for turn in count():
        changed: tuple[RawItem, ...] = ()
        watched = place.watched
        if watched and turn % _LOOK_AGAIN_TURNS == 0:
            changed, watched = await changes(watched, channel=channel, net=net)
        page = await notifications(channel=channel, net=net, place={"min_id": place.notification})
        own = await own_statuses(account, channel=channel, net=net, place={"min_id": place.status})
        place = _Cursor(_newest(page) or place.notification, _newest(own) or place.status, with_spoken(watched, page))
        items = await items_with_threads([*own.entries, *page.entries], channel=channel, net=net) + changed
        more = max(len(page.entries), len(own.entries)) >= PAGE_LIMIT
        yield Heard(items=items, cursor=_told(place) if items else None, rest_seconds=0.0 if more else POLL_SECONDS)


async def _beginning(account: str, *, channel: ChannelAccess, net: Net) -> _Cursor:
    """After all that there is."""
    heard = await notifications(channel=channel, net=net, place={"limit": "1"})
    own = await own_statuses(account, channel=channel, net=net, place={"limit": "1"})
    return _Cursor(notification=_newest(heard) or "0", status=_newest(own) or "0")


async def hear_since(channel: ChannelAccess, *, since: datetime, net: Net) -> AsyncGenerator[Heard, None]:
    """What happened since then, the oldest first: the server tells the newest first, so all of it is asked for before."""
    account = await account_of(channel, net=net)
    for own in (False, True):
        pages: list[list[Entry]] = []
        place: dict[str, str] = {}
        while len(pages) < _MOST_PAGES:
            page = await (
                own_statuses(account, channel=channel, net=net, place=place)
                if own
                else notifications(channel=channel, net=net, place=place)
            )
            wanted = [entry for entry in page.entries if _happened(entry) >= since]
            pages += [wanted] if wanted else []
            if len(wanted) < len(page.entries) or not page.next or page.next == place.get("max_id"):
                break
            place = {"max_id": page.next}
        for entries in reversed(pages):
            yield Heard(items=await items_with_threads(entries, channel=channel, net=net))


async def find_reply(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:
    """Whether our own posts hold it. It is absent where they reach back to before it was tried."""
    try:
        form = form_of(reply, limit_chars=10**9)
    except UnsendableError:
        return Found(there=None)
    account = await account_of(channel, net=net)
    page = await own_statuses(account, channel=channel, net=net, place={})
    since = reply.attempted_at - _SLACK
    for entry in page.entries:
        status = salvage(entry.said, into=Status)
        answers = ident(status.in_reply_to_id) == form.get("in_reply_to_id")
        if _happened(entry) >= since and answers and _words(plain_text(status.content)) == _words(str(form["status"])):
            return Found(there=True, external_id=entry.id)
    complete = len(page.entries) < PAGE_LIMIT or _happened(page.entries[-1]) < since
    return Found(there=False if complete else None)


async def account_of(channel: ChannelAccess, *, net: Net) -> str:
    """Our account's id: as the channel knows it, else asked for."""
    if channel.account:
        return channel.account
    account = read_entity(await ask("/api/v1/accounts/verify_credentials", channel=channel, net=net), into=Account)
    if (key := ident(account.id)) is None:
        raise NotSentError("what answered is not Mastodon's API")
    return key


def _newest(page: Page) -> str:
    return page.entries[0].id if page.entries else ""


def _happened(entry: Entry) -> datetime:
    told = entry.said.get("created_at")
    return read_date(told if isinstance(told, str) else None, otherwise=_NEVER)


def _words(text: str | None) -> str:
    """What was said, without the names that servers write with or without a host, and without blanks."""
    return "".join(_NAME.sub("", text or "").split())


def _told(place: _Cursor) -> str:
    return msgspec.json.encode(place).decode()


def _read(cursor: str | None) -> _Cursor | None:
    try:
        place = read_payload((cursor or "").encode(), into=_Cursor)
    except NotJsonError:
        return None
    return place if place.notification and place.status else None
