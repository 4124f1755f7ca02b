"""What happened on an account since a time: notifications, own posts, direct messages, the oldest first. Called by the connector.

Under the keys that the same things have when they are heard. The API lists the newest first, so pages are gathered before they are given.
"""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime

import msgspec

from services.contracts.vocabulary import Source
from services.engagement.connectors.bluesky.addresses import POST
from services.engagement.connectors.bluesky.calling import Caller, Parameters
from services.engagement.connectors.bluesky.items import heard_item
from services.engagement.connectors.bluesky.listening import NOTIFICATIONS, RECORDS, people_of
from services.engagement.connectors.bluesky.pages import Entry, entries_of, page_cursor
from services.engagement.protocol import CredentialsExpiredError, Heard, RateLimitedError, RawItem, RejectedError, read_json

_PAGE = 100
_MOST_PAGES = 50
_CREATED = "chat.bsky.convo.defs#logCreateMessage"


async def hear_since(caller: Caller, *, since: datetime) -> AsyncGenerator[Heard, None]:
    """Everything since then. Raises the tree of `SendError`."""
    us = (await caller.session()).did
    sources: tuple[tuple[str, Parameters, Callable[[Entry], datetime | None]], ...] = (
        (NOTIFICATIONS, {}, lambda entry: entry.indexed_at),
        (RECORDS, {"repo": us, "collection": POST}, lambda entry: entry.created_at),
    )
    for name, asked, moment_of in sources:
        for entries in reversed(await _gathered(name, asked, caller=caller, since=since, moment_of=moment_of)):
            yield Heard(items=tuple(_item(entry.raw, us=us) for entry in reversed(entries)))
    async for heard in _messages(caller, us=us, since=since):
        yield heard


async def _messages(caller: Caller, *, us: str, since: datetime) -> AsyncGenerator[Heard, None]:
    """The messages of every conversation in which one was written since; none where the app password may not read them."""
    try:
        pages = await _gathered("chat.bsky.convo.listConvos", {}, caller=caller, since=since, moment_of=lambda entry: entry.sent_at)
    except (CredentialsExpiredError, RateLimitedError):
        raise
    except RejectedError:
        return
    for convo in (entry for entries in pages for entry in entries if entry.convo):
        asked = {"convoId": convo.convo or ""}
        said = await _gathered("chat.bsky.convo.getMessages", asked, caller=caller, since=since, moment_of=lambda entry: entry.sent_at)
        room = people_of(read_json(convo.raw))
        for entries in reversed(said):
            yield Heard(items=tuple(_message(entry.raw, convo=convo.convo or "", room=room, us=us) for entry in reversed(entries)))


async def _gathered(
    name: str,
    asked: Parameters,
    *,
    caller: Caller,
    since: datetime,
    moment_of: Callable[[Entry], datetime | None],
) -> list[list[Entry]]:
    """Pages of what is not older than `since`, the newest first."""
    pages: list[list[Entry]] = []
    after: str | None = None
    for _ in range(_MOST_PAGES):
        page = await caller.page(name, {**asked, "limit": _PAGE, **({"cursor": after} if after else {})})
        entries = entries_of(page)
        fresh = [entry for entry in entries if (moment_of(entry) or since) >= since]
        if fresh:
            pages.append(fresh)
        after = page_cursor(page)
        if not after or len(fresh) < len(entries) or not entries:
            break
    return pages


def _item(raw: bytes, *, us: str, room: object = None) -> RawItem:
    return heard_item(raw, account=us, source=Source.BACKFILL, convo=room)


def _message(raw: bytes, *, convo: str, room: object, us: str) -> RawItem:
    """A message in the form in which the chat's log tells it, so that it has the same key."""
    log = b'{"$type":' + msgspec.json.encode(_CREATED) + b',"convoId":' + msgspec.json.encode(convo) + b',"message":' + raw + b"}"
    return _item(log, us=us, room=room)
