"""Looks again at posts that spoke to us: polling tells neither that they were deleted nor, mostly, that they were edited.

Called by listening; I/O only by the injected network. Vendor's pages: https://docs.joinmastodon.org/methods/statuses/#index, #get.
"""

from collections.abc import Iterable, Mapping

import msgspec

from services.engagement.connectors.mastodon.asking import Entry, Page, statuses_of
from services.engagement.connectors.mastodon.calls import ask
from services.engagement.connectors.mastodon.sending import status_path
from services.engagement.connectors.mastodon.statuses import ident
from services.engagement.connectors.mastodon.streams import key_of
from services.engagement.protocol import ChannelAccess, Net, NotFoundError, NotSentError, RawItem

# As many as servers show at once.
MOST_WATCHED = 20
_SPOKEN = frozenset({"mention", "quote"})


def with_spoken(watched: Mapping[str, str], page: Page) -> dict[str, str]:
    """The posts to look at again, by when they were last edited: those before and those of a page of notifications, the newest of all."""
    spoken = {key: edited for entry in reversed(page.entries) for key, edited in _spoken(entry)}
    return dict(list({**watched, **spoken}.items())[-MOST_WATCHED:])


async def changes(watched: Mapping[str, str], *, channel: ChannelAccess, net: Net) -> tuple[tuple[RawItem, ...], dict[str, str]]:
    """What became of them, in the words of a stream, and which to look at from now on. A server that shows none changes nothing."""
    try:
        page = await statuses_of(watched, channel=channel, net=net)
        missing = sorted(watched.keys() - {entry.id for entry in page.entries})
        gone = [key for key in missing if await _is_gone(key, channel=channel, net=net)]
    except NotSentError:
        return (), dict(watched)
    edited = {entry.id: entry for entry in page.entries if watched.get(entry.id, "") != _edited(entry.said) and entry.id in watched}
    items = [_item("status.update", payload=msgspec.Raw(entry.raw), said=entry.said) for entry in edited.values()]
    items += [_item("delete", payload=key, said=key) for key in gone]
    now = {key: _edited(edited[key].said) if key in edited else was for key, was in watched.items() if key not in gone}
    return tuple(items), now


async def _is_gone(key: str, *, channel: ChannelAccess, net: Net) -> bool:
    """Not every server takes a list of ids, so each that is missing is asked for by itself."""
    try:
        await ask(status_path(key), channel=channel, net=net)
    except NotFoundError:
        return True
    return False


def _item(event: str, *, payload: object, said: object) -> RawItem:
    body = msgspec.json.encode({"event": event, "payload": payload})
    return RawItem(key=key_of({"event": event, "payload": said}, body=body), body=body)


def _spoken(entry: Entry) -> Iterable[tuple[str, str]]:
    status = entry.said.get("status")
    if isinstance(status, dict) and str(entry.said.get("type")) in _SPOKEN and (key := ident(status.get("id"))):
        yield key, _edited(status)


def _edited(status: Mapping[str, object]) -> str:
    return str(status.get("edited_at") or "")
