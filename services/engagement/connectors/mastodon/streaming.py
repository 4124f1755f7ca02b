"""The streaming API, over a WebSocket: where it is, and which of its events are for us. Called by listening; the socket is given.

Why a WebSocket, not server-sent events: Pleroma, Akkoma and GoToSocial speak only that. Vendor's page:
https://docs.joinmastodon.org/methods/streaming/.
"""

import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import msgspec

from services.engagement.connectors.mastodon.asking import Entry
from services.engagement.connectors.mastodon.calls import ask, base_of, read_entity
from services.engagement.connectors.mastodon.payloads import Account, Status
from services.engagement.connectors.mastodon.polling import Poller
from services.engagement.connectors.mastodon.statuses import ident
from services.engagement.connectors.mastodon.streams import key_of, payload_of
from services.engagement.protocol import (
    ChannelAccess,
    InDoubtError,
    Net,
    NotFoundError,
    NotJsonError,
    NotSentError,
    RawItem,
    WebSocket,
    clean_json,
    read_json,
    salvage,
)

_PATH = "/api/v1/streaming"
_LONGEST_MESSAGE = 2_097_152
_MOST_AT_ONCE = 40
# What RFC 9110 lets stand in a header as one word.
_WORD = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_QUIET = frozenset(
    {
        "filters_changed",
        "announcement",
        "announcement.reaction",
        "announcement.delete",
        "encrypted_message",
        "pleroma:chat_update",
        "pleroma:follow_relationships_update",
        "pleroma:respond",
        "pleroma:authenticate",
    }
)


class _Urls(msgspec.Struct):
    """`streaming` since version 2 of the description, `streaming_api` before."""

    streaming: str | None = None
    streaming_api: str | None = None


class _Configuration(msgspec.Struct):
    urls: _Urls | None = None


class _Instance(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Instance/, both versions."""

    configuration: _Configuration | None = None
    urls: _Urls | None = None


@dataclass(frozen=True, slots=True)
class Streamed:
    """What was heard at once. `ask_now`: it is time to poll, for nothing came, or something of which the stream tells nothing more."""

    items: tuple[RawItem, ...] = ()
    ask_now: bool = False


async def streaming_address(channel: ChannelAccess, *, net: Net) -> str | None:
    """Where the server streams; None where it names no such place. Raises the tree of `SendError`."""
    for path in ("/api/v2/instance", "/api/v1/instance"):
        try:
            told = read_entity(await ask(path, channel=channel, net=net), into=_Instance)
        except (NotFoundError, InDoubtError):
            continue
        named = told.configuration.urls if told.configuration else None
        address = (named.streaming if named else None) or (told.urls.streaming_api if told.urls else None)
        if address:
            return _usable(address, base=base_of(channel))
    return None


def open_stream(address: str, *, channel: ChannelAccess, net: Net) -> AbstractAsyncContextManager[WebSocket]:
    """The stream of the account's home and notifications. The token goes along in headers, which no log of a proxy shows."""
    token = channel.credentials.get("access_token", "")
    return net.websocket(
        f"{address}?{urlencode({'stream': 'user'})}",
        headers={"authorization": f"Bearer {token}"},
        # Pleroma looks for it here.
        subprotocol=token if _WORD.fullmatch(token) else None,
        max_bytes=_LONGEST_MESSAGE,
    )


async def next_events(socket: WebSocket, *, poller: Poller, timeout_seconds: float) -> Streamed:
    """What comes within that time, and all that is there with it. Raises `NotSentError` where the stream ended."""
    message = await socket.receive(timeout_seconds=timeout_seconds)
    items: list[RawItem] = []
    ask_now, read = message is None, 0
    while message is not None:
        event = _event(message)
        ask_now = ask_now or event.get("event") == "notifications_merged"
        items += await _kept(event, poller=poller)
        read += 1
        message = await _at_once(socket) if read < _MOST_AT_ONCE else None
    return Streamed(items=tuple(items), ask_now=ask_now)


async def _at_once(socket: WebSocket) -> str | None:
    """What is there already. That it broke is told when it is waited for: what was read before must not be lost with it."""
    try:
        return await socket.receive(timeout_seconds=0)
    except NotSentError:
        return None


def _usable(address: str, *, base: str) -> str | None:
    """The place itself: some servers name their host only. Never in the clear where the server is asked over TLS."""
    parts = urlsplit(address)
    scheme = {"https": "wss", "http": "ws"}.get(parts.scheme, parts.scheme)
    if scheme not in {"ws", "wss"} or not parts.netloc or (scheme == "ws" and base.startswith("https:")):
        return None
    path = parts.path.rstrip("/")
    return f"{scheme}://{parts.netloc}{path if path.endswith(_PATH) else path + _PATH}"


def _event(message: str) -> Mapping[str, object]:
    try:
        said = read_json(clean_json(message.encode("utf-8", "replace")))
    except NotJsonError:
        return {}
    return said if isinstance(said, dict) else {}


async def _kept(event: Mapping[str, object], *, poller: Poller) -> tuple[RawItem, ...]:
    """Of the home timeline only what is ours: what others write there is for readers, and spoke to nobody here."""
    name, payload = event.get("event"), payload_of(event.get("payload"))
    if not isinstance(name, str) or name in _QUIET or name == "notifications_merged":
        # Also what the server says of itself: who is not let in is told when polling.
        return ()
    if name == "delete":
        key = ident(payload)
        return poller.only_new([_item(event)]) if key and poller.knows_post(key) else ()
    if name == "notification" and isinstance(payload, dict):
        return await poller.items([Entry(raw=msgspec.json.encode(payload), said=payload)])
    if name in {"update", "status.update"} and isinstance(payload, dict):
        return await _of_post(name, payload, event=event, poller=poller)
    return poller.only_new([_item(event)])


async def _of_post(name: str, post: Mapping[str, object], *, event: Mapping[str, object], poller: Poller) -> tuple[RawItem, ...]:
    status = salvage(post, into=Status)
    ours = bool(status.account) and ident(salvage(post.get("account"), into=Account).id) == poller.account
    if name == "update":
        return await poller.items([Entry(raw=msgspec.json.encode(post), said=post)]) if ours and status.reblog is None else ()
    key = ident(status.id)
    names_us = any(ident(each.id) == poller.account for each in status.mentions)
    known = key is not None and poller.knows_post(key)
    return poller.only_new([_item(event)]) if ours or names_us or known else ()


def _item(event: Mapping[str, object]) -> RawItem:
    body = msgspec.json.encode({"event": event["event"], "payload": event.get("payload")})
    return RawItem(key=key_of(dict(event), body=body), body=body)
