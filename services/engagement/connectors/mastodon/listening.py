"""Hears an account, by the streaming API or by polling; reads history; looks for a reply in doubt. Called by the connector.

A poll follows every opening of the stream, after it, so that nothing falls between the two; the ids of both are the same. It is repeated
once a minute: the stream tells neither what the server filters away nor, mostly, that a post which spoke to us was edited.
"""

import asyncio
import random
import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime, timedelta

from services.engagement.connectors.mastodon.asking import PAGE_LIMIT, Entry, items_with_threads, notifications, own_statuses
from services.engagement.connectors.mastodon.calls import ask, read_entity
from services.engagement.connectors.mastodon.payloads import Account, Status
from services.engagement.connectors.mastodon.polling import Place, Poller, newest, read_place
from services.engagement.connectors.mastodon.sending import form_of
from services.engagement.connectors.mastodon.statuses import ident, read_date
from services.engagement.connectors.mastodon.streaming import next_events, open_stream, streaming_address
from services.engagement.connectors.mastodon.texts import plain_text
from services.engagement.protocol import (
    ChannelAccess,
    Found,
    Heard,
    Net,
    NotSentError,
    OutboundReply,
    UnsendableError,
    salvage,
)

# Two requests each: 40 of the 300 that servers allow in five minutes.
POLL_SECONDS = 15.0
# Beside a stream, for what it does not tell.
STREAMED_POLL_SECONDS = 60.0
# How many polls pass before a stream that did not open is tried again: doubled each time, up to a quarter of an hour.
_MOST_POLLS_BETWEEN = 60
_MOST_PAGES = 100
# Clocks differ, and a call takes its time.
_SLACK = timedelta(minutes=2)
_NAME = re.compile(r"@[\w.-]+(?:@[\w.-]+)?")
_NEVER = datetime.min.replace(tzinfo=UTC)


async def hear(channel: ChannelAccess, *, cursor: str | None, net: Net) -> AsyncGenerator[Heard, None]:
    """What comes after the cursor, the oldest first; a first visit begins with what comes next."""
    account = await account_of(channel, net=net)
    place = read_place(cursor)
    if place is None:
        place = await _beginning(account, channel=channel, net=net)
        yield Heard(items=(), cursor=place.told)
    poller = Poller(account, channel, net, place)
    async for heard in poller.news(every_seconds=0.0, then_rest=False):
        yield heard
    failures = polls_left = 0
    while True:
        if polls_left > 0:
            polls_left -= 1
        else:
            told = False
            async with aclosing(_streamed(poller)) as stream:
                async for heard in stream:
                    yield heard
                    told = True
            # One that stood and broke is tried again after the next poll.
            failures = 0 if told else failures + 1
            polls_left = random.randint(0, min(2**failures, _MOST_POLLS_BETWEEN)) if failures else 0  # noqa: S311 - jitter
        async for heard in poller.news(every_seconds=POLL_SECONDS, then_rest=True):
            yield heard


async def _streamed(poller: Poller) -> AsyncGenerator[Heard, None]:
    """What the stream tells while it stands, and what polling finds beside it; nothing where none opens."""
    async with AsyncExitStack() as open_:
        try:
            address = await streaming_address(poller.channel, net=poller.net)
            if address is None:
                return
            socket = await open_.enter_async_context(open_stream(address, channel=poller.channel, net=poller.net))
        except NotSentError:
            # Whatever is wrong with the account itself, polling is told as well.
            return
        loop = asyncio.get_running_loop()
        while True:
            async for heard in poller.news(every_seconds=STREAMED_POLL_SECONDS, then_rest=False):
                yield heard
            until, enough = loop.time() + STREAMED_POLL_SECONDS, False
            while not enough and loop.time() < until:
                try:
                    streamed = await next_events(socket, poller=poller, timeout_seconds=until - loop.time())
                except NotSentError:
                    return
                if streamed.items:
                    yield Heard(items=streamed.items)
                enough = streamed.ask_now


async def _beginning(account: str, *, channel: ChannelAccess, net: Net) -> Place:
    """After all that there is."""
    heard = await notifications(channel=channel, net=net, place={"limit": "1"})
    own = await own_statuses(account, channel=channel, net=net, place={"limit": "1"})
    return Place(notification=newest(heard) or "0", status=newest(own) or "0")


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


def _happened(entry: Entry) -> datetime:
    told = entry.said.get("created_at")
    return read_date(told if isinstance(told, str) else None, otherwise=_NEVER)


def _words(text: str | None) -> str:
    """What was said, without the names that servers write with or without a host, and without blanks."""
    return "".join(_NAME.sub("", text or "").split())
