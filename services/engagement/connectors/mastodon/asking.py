"""Pages of the API, newest first, and what stands above an answer. Called by listening and connecting; I/O by the injected network.

Vendor's pages: https://docs.joinmastodon.org/api/guidelines/#pagination, /methods/notifications/#get, /methods/accounts/#statuses,
/methods/statuses/#context.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import msgspec

from services.engagement.connectors.mastodon.calls import ask
from services.engagement.connectors.mastodon.statuses import ident
from services.engagement.connectors.mastodon.streams import key_of
from services.engagement.protocol import (
    ChannelAccess,
    Net,
    NetAnswer,
    NotJsonError,
    NotSentError,
    RateLimitedError,
    RawItem,
    clean_json,
    read_json,
)

PAGE_LIMIT = 40
_NEXT = re.compile(r'<([^<>]+)>\s*;[^<]*\brel="?next"?', re.IGNORECASE)
_MOST_ABOVE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entity of a page, exactly as it came, and what it says."""

    raw: bytes
    said: Mapping[str, object]

    @property
    def id(self) -> str:
        """Its id; "" where it has none."""
        return ident(self.said.get("id")) or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The newest first. `next` is the max_id of the page after it (older), "" on the last."""

    entries: tuple[Entry, ...]
    next: str = ""


async def notifications(*, channel: ChannelAccess, net: Net, place: Mapping[str, str]) -> Page:
    """Those that the server filters away are asked for as well: it hides by itself what strangers write in private."""
    query = {"limit": str(PAGE_LIMIT), "include_filtered": "true", **place}
    return _page(await ask("/api/v1/notifications", channel=channel, net=net, query=query))


async def own_statuses(account: str, *, channel: ChannelAccess, net: Net, place: Mapping[str, str]) -> Page:
    """What we wrote, direct posts too: an account's owner is shown everything."""
    query = {"limit": str(PAGE_LIMIT), "exclude_reblogs": "true", **place}
    return _page(await ask(f"/api/v1/accounts/{quote(account, safe='')}/statuses", channel=channel, net=net, query=query))


async def statuses_of(keys: Iterable[str], *, channel: ChannelAccess, net: Net) -> Page:
    """Those of these that there are, in no order. At most 20 may be asked for at once."""
    query = urlencode([("id[]", key) for key in keys])
    return _page(await ask(f"/api/v1/statuses?{query}", channel=channel, net=net))


async def items_with_threads(entries: Sequence[Entry], *, channel: ChannelAccess, net: Net) -> tuple[RawItem, ...]:
    """The entries as items, the oldest first; beside an answer stands what is above it, as far as the server tells.

    One request for each public answer. Where the server asks for patience the others go without: they have an id all the same.
    """
    items: list[RawItem] = []
    patient = True
    for entry in reversed(entries):
        body = entry.raw
        answer = _answer_in(entry.said) if patient else None
        if answer:
            try:
                above = await _above(answer, channel=channel, net=net)
                body = b'{"rapport_thread":' + msgspec.json.encode(above) + b',"item":' + entry.raw + b"}" if above else entry.raw
            except RateLimitedError:
                patient = False
            except NotSentError:
                # A thread that the server cannot show must not hold back what comes after it.
                body = entry.raw
        items.append(RawItem(key=key_of(entry.said, body=entry.raw), body=body))
    return tuple(items)


def _answer_in(said: Mapping[str, object]) -> str | None:
    """The id of a public answer in a notification or status; favourites of an answer need no thread."""
    status = said.get("status") if "type" in said else said
    if not isinstance(status, dict) or said.get("type", "mention") not in ("mention", "status", "quote", "update"):
        return None
    is_answer = ident(status.get("in_reply_to_id")) and status.get("visibility") != "direct"
    return ident(status.get("id")) if is_answer else None


async def _above(status: str, *, channel: ChannelAccess, net: Net) -> list[dict[str, object]]:
    answer = await ask(f"/api/v1/statuses/{quote(status, safe='')}/context", channel=channel, net=net)
    said = _json(answer)
    ancestors = said.get("ancestors") if isinstance(said, dict) else None
    known = [each for each in ancestors if isinstance(each, dict)] if isinstance(ancestors, list) else []
    return [{"id": each.get("id"), "account": _account(each.get("account"))} for each in known[:_MOST_ABOVE]]


def _account(said: object) -> dict[str, object]:
    """What names an account, without what it says of itself."""
    names = ("id", "username", "acct", "url")
    return {name: said[name] for name in names if said.get(name) is not None} if isinstance(said, dict) else {}


def _page(answer: NetAnswer) -> Page:
    body = clean_json(answer.body)
    said = _json(answer)
    if not isinstance(said, list):
        raise NotSentError("what answered is not Mastodon's API")
    exact = msgspec.json.decode(body, type=list[msgspec.Raw])
    entries = tuple(Entry(raw=bytes(raw), said=each) for raw, each in zip(exact, said, strict=True) if isinstance(each, dict))
    return Page(entries=entries, next=_next(answer) or (entries[-1].id if len(entries) >= PAGE_LIMIT else ""))


def _json(answer: NetAnswer) -> object:
    try:
        return read_json(answer.body)
    except NotJsonError as error:
        raise NotSentError("what answered is not Mastodon's API") from error


def _next(answer: NetAnswer) -> str:
    """The max_id that Link names: only the number is taken, never the address, for the token goes along."""
    found = _NEXT.search(answer.headers.get("link", ""))
    return next(iter(parse_qs(urlsplit(found.group(1)).query).get("max_id", [])), "") if found else ""
