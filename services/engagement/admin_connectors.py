"""What the command line may ask of the connectors: the quality table, and what payload files mean. Pure but for reading files.

Called by rapport's `connectors list` and `connectors parse`; touches neither database nor network.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

import msgspec

from services.contracts.interaction import NeutralEvent
from services.engagement.connectors import connectors, find_connector
from services.engagement.protocol import (
    Authorizes,
    Backfills,
    ChannelFacts,
    Checks,
    Connector,
    Deletes,
    Delivery,
    Edits,
    Hides,
    Likes,
    Listens,
    LooksUp,
    MalformedDeliveryError,
    NotJsonError,
    OffersTemplates,
    Parsed,
    RawItem,
    Refreshes,
    ReplyWindow,
    Request,
    Secrets,
    SignatureRefusedError,
    Subscribes,
    read_json,
)

HOURS_SHOWN = 48
# A challenge as it stands in a log: a request's first line, an address, or only the question in it.
_CHALLENGE = re.compile(rb"(?:GET )?[\x21-\x7e]{0,1000}?(hub[._][\x21-\x7e]{1,2000})(?: HTTP/[0-9.]+)?$")

_ASKED = ("hub.", "hub_")


class UnknownPlatformError(Exception):
    """No connector has this name; the message lists those that exist."""


# The quality table, as the command line and docs/connectors.md show it.
COLUMNS = (
    "platform",
    "received",
    "sent",
    "verified",
    "backfill",
    "lookup",
    "windows",
    "limits",
    "connecting",
    "capabilities",
    "last_checked",
    "live",
)
_ABLE: Mapping[str, type] = {
    "listen": Listens,
    "subscribe": Subscribes,
    "check": Checks,
    "refresh": Refreshes,
    "edit": Edits,
    "delete": Deletes,
    "hide": Hides,
    "like": Likes,
    "backfill": Backfills,
    "lookup": LooksUp,
    "templates": OffersTemplates,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorRow:
    """One line of the quality table, in words for people. `live` says whether anybody tried it against the platform itself."""

    platform: str
    title: str
    received: str
    sent: str
    verified: str
    backfill: str
    lookup: str
    windows: str
    limits: str
    connecting: str
    last_checked: str
    live: bool
    capabilities: tuple[str, ...]


def list_connectors() -> list[ConnectorRow]:
    """The quality table, by name."""
    return [_row(connector) for connector in connectors().values()]


def parse_file(platform: str, *, path: Path, received_at: datetime) -> list[dict[str, object]]:
    """What a payload file means: one JSON-ready line per neutral event, or one with kind handshake, ignored or unknown.

    A file is the raw body, or `{"headers": ..., "body": ...}` (also with method, url and query), or a challenge as a
    log shows it. Raises OSError where it cannot be read, `UnknownPlatformError` for a platform without connector.
    """
    connector = find_connector(platform)
    if connector is None:
        raise UnknownPlatformError(f"no connector is called {platform}; there are {', '.join(connectors())}")
    request = _request_in(path.read_bytes())
    lines = [{"file": str(path), **line} for line in _lines(connector, request=request, received_at=received_at)]
    return lines or [{"file": str(path), "kind": "ignored", "reason": "a delivery of nothing"}]


def describe_event(event: NeutralEvent) -> dict[str, object]:
    """A neutral event as JSON values; empty fields are left out."""
    plain = _plain(event)
    return plain if isinstance(plain, dict) else {}


def _row(connector: Connector) -> ConnectorRow:
    declaration = connector.declaration
    windows = (_window(each) for each in declaration.windows)
    limits = (f"{kind.value} {limit.limit} {limit.unit.value}" for kind, limit in declaration.text_limits.items())
    return ConnectorRow(
        platform=declaration.platform,
        title=declaration.title,
        received=declaration.quality.received,
        sent=declaration.quality.sent,
        verified=declaration.quality.verified,
        backfill=declaration.quality.backfill,
        lookup=declaration.quality.lookup,
        windows=", ".join(windows) or "none",
        limits=", ".join(limits) or "none",
        connecting="signing in, or by hand" if isinstance(connector, Authorizes) else "by hand",
        last_checked=declaration.quality.last_checked,
        live=declaration.quality.live,
        capabilities=tuple(name for name, capability in _ABLE.items() if isinstance(connector, capability)),
    )


def _window(window: ReplyWindow) -> str:
    """`direct 24 hours, then a template`."""
    hours = window.length / timedelta(hours=1)
    length = f"{window.length.days} days" if hours > HOURS_SHOWN else f"{hours:g} hours"
    return f"{window.kind.value} {length}" + (f", then {' or '.join(window.afterwards)}" if window.afterwards else "")


def _lines(connector: Connector, *, request: Request, received_at: datetime) -> Iterator[dict[str, object]]:
    secrets = Secrets(current="")
    try:
        if connector.handshake(request, secrets=secrets, now=received_at):
            yield {"kind": "handshake", "reason": "a challenge of the platform, answered at once"}
            return
    except SignatureRefusedError as refused:
        yield {"kind": "handshake", "reason": f"a challenge that needs the channel's secret: {refused.reason}"}
        return
    try:
        items = connector.split(request, secrets=secrets)
    except MalformedDeliveryError as error:
        yield {"kind": "unknown", "reason": str(error)}
        return
    for item in items:
        yield from _described(connector.parse(_delivery(connector, item=item, request=request, received_at=received_at)))


def _delivery(connector: Connector, *, item: RawItem, request: Request, received_at: datetime) -> Delivery:
    return Delivery(
        channel=ChannelFacts(platform=connector.declaration.platform, account=item.account or ""),
        key=item.key,
        body=item.body,
        headers={name: ", ".join(values) for name, values in request.headers.items()},
        received_at=received_at,
    )


def _described(parsed: Parsed) -> Iterator[dict[str, object]]:
    if parsed.events:
        yield from (describe_event(event) for event in parsed.events)
    elif parsed.ignored is not None:
        yield {"kind": "ignored", "reason": parsed.ignored}
    else:
        yield {"kind": "unknown", "reason": parsed.unknown or "nothing was understood"}


def _request_in(content: bytes) -> Request:
    """The request that a file stands for."""
    try:
        top = read_json(content)
    except NotJsonError:
        asked = _CHALLENGE.match(content.strip())
        return Request(method="GET", url=f"?{asked[1].decode()}") if asked else Request(body=content)
    if isinstance(top, dict) and any(name.startswith(_ASKED) for name in top):
        return Request(method="GET", query=_multi(top))
    told = {"body", "headers"} <= top.keys() or {"method", "query"} <= top.keys() if isinstance(top, dict) else False
    if not (isinstance(top, dict) and told and isinstance(top.get("headers", {}), dict)):
        return Request(body=content)
    return Request(
        method=str(top.get("method", "POST")),
        url=str(top.get("url", "")),
        headers=_multi(top.get("headers")),
        query=_multi(top.get("query")),
        body=_body(top.get("body", "")),
    )


def _body(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def _multi(values: object) -> Mapping[str, list[str]]:
    if not isinstance(values, dict):
        return {}
    return {str(name).lower(): [str(item) for item in (value if isinstance(value, list) else [value])] for name, value in values.items()}


def _plain(value: object) -> object:
    """Dataclasses as objects without their empty fields, enums by value, times in RFC 3339 with Z."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {name: part for name, part in parts.items() if part is not None and part not in ("", [], {})}
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
