"""Gets a feed over the network: conditionally, through redirects that are followed by hand, with its refusals in the house's words.

Called by listening and the connector. Every hop goes through `Net`, which refuses inside addresses. Sources: RFC 9110, RFC 9111.
"""

import asyncio
import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from services.engagement.connectors.feeds.documents import read_document
from services.engagement.connectors.feeds.entries import Document, NotAFeedError, resolved
from services.engagement.protocol import (
    ChannelAccess,
    CredentialsExpiredError,
    InDoubtError,
    Net,
    NetAnswer,
    NotSentError,
    RateLimitedError,
    RejectedError,
    retry_after_seconds,
)
from services.kit.clock import SystemClock

TIMEOUT_SECONDS = 20.0
MOST_BYTES = 8 * 1024 * 1024
MOST_HOPS = 5
BUSY_SECONDS = 900.0
_ACCEPTED = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
_LASTING = frozenset({301, 308})
_ELSEWHERE = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 503})
_LINK = re.compile(r"<([^<>]{1,2000})>((?:\s*;\s*[\w*!-]+\s*=\s*(?:\"[^\"]*\"|[^\s,;\"]+))*)")
_RELATION = re.compile(r";\s*rel\s*=\s*\"?([^\";,]+)", re.IGNORECASE)
_MOST_LINK_CHARS = 8_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came. `url` is where to ask from now on: it moves with redirects that are meant to last. No document: nothing is new.

    `links` are the `hub` and `self` of the answer's own headers, which go before those within the feed.
    """

    url: str
    document: Document | None = None
    etag: str = ""
    modified: str = ""
    links: Mapping[str, str] = field(default_factory=dict)


def feed_address(channel: ChannelAccess) -> str:
    """The address in the channel's settings. Raises `RejectedError`."""
    address = channel.config.get("url", "").strip()
    if not address:
        raise RejectedError("`url` is missing: the address of the feed")
    return address


async def fetch(channel: ChannelAccess, *, url: str, net: Net, etag: str = "", modified: str = "") -> Fetched:
    """The feed at `url`, or that it has not changed since. Raises the tree of `SendError`."""
    place, lasting, seen = url, url, {url}
    headers = {"accept": _ACCEPTED, **({"if-none-match": etag} if etag else {}), **({"if-modified-since": modified} if modified else {})}
    for _ in range(MOST_HOPS + 1):
        signed = _signed(channel) if _origin(place) == _origin(feed_address(channel)) else {}
        answer = await _asked(place, headers={**headers, **signed}, net=net)
        if answer.status not in _ELSEWHERE:
            return await _read(answer, place=place, lasting=lasting)
        target = _target(place, answer)
        lasting = target if answer.status in _LASTING and lasting == place else lasting
        if target in seen:
            raise RejectedError("the address leads round in a circle")
        place = target
        seen.add(place)
    raise RejectedError(f"the address leads elsewhere more than {MOST_HOPS} times")


async def _asked(place: str, *, headers: Mapping[str, str], net: Net) -> NetAnswer:
    try:
        return await net.request("GET", place, headers=headers, timeout_seconds=TIMEOUT_SECONDS, max_bytes=MOST_BYTES)
    except InDoubtError as error:
        if error.reason == "too large":
            raise RejectedError(f"the feed is larger than {MOST_BYTES // 1_048_576} MiB") from error
        raise NotSentError(f"the feed did not come: {error.reason}") from error


async def _read(answer: NetAnswer, *, place: str, lasting: str) -> Fetched:
    _refuse(answer)
    etag, modified = answer.headers.get("etag", "")[:500], answer.headers.get("last-modified", "")[:100]
    if answer.status == 304:
        return Fetched(url=lasting, etag=etag, modified=modified)
    try:
        # A large feed takes a second to read: other channels go on meanwhile.
        document = await asyncio.to_thread(read_document, answer.body, url=place, content_type=answer.headers.get("content-type", ""))
    except NotAFeedError as error:
        advice = f"; that page names its feed: {error.feed_url}" if error.feed_url else ""
        raise RejectedError(f"there is no feed at this address: {error}{advice}") from error
    return Fetched(url=lasting, document=document, etag=etag, modified=modified, links=_links(answer, place=place))


def _links(answer: NetAnswer, *, place: str) -> dict[str, str]:
    """What the header Link (RFC 8288) says of pushes; the first of each relation."""
    found: dict[str, str] = {}
    for address, parameters in _LINK.findall(answer.headers.get("link", "")[:_MOST_LINK_CHARS]):
        for relation in _RELATION.findall(parameters):
            for name in relation.lower().split():
                if name in {"hub", "self"} and resolved(place, address):
                    found.setdefault(name, resolved(place, address))
    return found


def _refuse(answer: NetAnswer) -> None:
    status = answer.status
    if status in {200, 203, 304}:
        return
    if status == 410:
        raise RejectedError("the feed is gone for good (410): give the channel another address, or disconnect it")
    if status in {401, 403, 407}:
        raise CredentialsExpiredError(f"the site does not let us read the feed ({status}): look at user name and password")
    if status in _BUSY:
        wait = retry_after_seconds(answer.headers, now=SystemClock().now(), otherwise=BUSY_SECONDS)
        raise RateLimitedError(f"the site is busy ({status})", retry_after_seconds=wait)
    if status in {404, 451} or 400 <= status < 408 or 411 <= status < 429:
        raise RejectedError(f"there is no feed at this address ({status})")
    raise NotSentError(f"the site answered {status}")


def _target(place: str, answer: NetAnswer) -> str:
    try:
        target = urljoin(place, answer.headers.get("location", ""))
        scheme = urlsplit(target).scheme
    except ValueError:
        target, scheme = "", ""
    if not answer.headers.get("location") or scheme not in {"http", "https"}:
        raise RejectedError(f"the address leads nowhere ({answer.status} without a web address)")
    return target.partition("#")[0]


def _signed(channel: ChannelAccess) -> dict[str, str]:
    """The header that opens a feed which is not for everybody."""
    name, password, token = (channel.credentials.get(each, "") for each in ("username", "password", "token"))
    if token:
        return {"authorization": f"Bearer {token}"}
    if name or password:
        return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}
    return {}


def _origin(address: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port
