"""Bodies cut into items with their keys, and the line of ours around what a listener hears. Called by connector and listening; pure.

What is heard is stored as {"rapport": {...}, "item": exactly as it came}: who we are there, live or past, whose conversation it is.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import TypeGuard

import msgspec

from services.contracts.vocabulary import Source
from services.engagement.connectors.bluesky.addresses import short_key
from services.engagement.connectors.bluesky.chat import message_key
from services.engagement.connectors.bluesky.dialects import translated
from services.engagement.connectors.bluesky.payloads import Convo, Log, Message
from services.engagement.connectors.bluesky.shapes import is_convo, is_log, is_message, is_notification, is_view, page_in, unwrapped
from services.engagement.connectors.bluesky.stream import is_stream, key_of_stream
from services.engagement.protocol import MalformedDeliveryError, NotJsonError, RawItem, clean_json, read_json, salvage


class Around(msgspec.Struct):
    """What we know of an item besides it: our account's DID, where it came from, and the conversation that it belongs to."""

    account: str = ""
    source: Source = Source.LIVE
    convo: Convo | None = None


class Heard(msgspec.Struct):
    """An item as it is stored."""

    item: object = None
    rapport: Around | None = None


def heard_item(raw: bytes, *, account: str, source: Source, convo: object = None) -> RawItem:
    """One item that was heard, under the key that it has wherever it is found."""
    around: dict[str, object] = {"account": account, "source": source.value, **({"convo": convo} if convo else {})}
    body = b'{"rapport":' + msgspec.json.encode(around) + b',"item":' + raw + b"}"
    return RawItem(key=key_of(read_json(raw), body=raw), body=body)


def read_stored(top: object) -> Heard:
    """An item with what is around it; one that was handed in has nothing around it."""
    if isinstance(top, dict) and top.keys() == {"rapport", "item"} and isinstance(top["rapport"], dict):
        return Heard(item=top["item"], rapport=salvage(top["rapport"], into=Around))
    return Heard(item=top)


def split_body(body: bytes) -> list[RawItem]:
    """The entries of a page or list, or the body as one item. Raises `MalformedDeliveryError` for what is no JSON object or list."""
    body = clean_json(body)
    try:
        top = read_json(body)
    except NotJsonError as error:
        lines = _lines_of(body)
        if lines is None:
            raise MalformedDeliveryError(str(error)) from error
        return [item for line in lines for item in split_body(line)]
    if isinstance(top, str) and top.lstrip().startswith(("{", "[")):
        # JSON in JSON.
        return split_body(top.encode())
    if not isinstance(top, dict | list):
        raise MalformedDeliveryError("the body is neither an object nor a list")
    inner = translated(unwrapped(top), body=body)
    if inner is not top:
        body, top = msgspec.json.encode(inner), inner
    entries = entries_in(top)
    if entries is None:
        return [RawItem(key=key_of(top, body=body), body=body)]
    exact = _exact(body, name=page_in(top))
    return [RawItem(key=key_of(entry, body=raw), body=raw) for entry, raw in zip(entries, exact, strict=True)]


def _lines_of(body: bytes) -> list[bytes] | None:
    """The events of a stream that was written down, one a line; None where it is none."""
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    objects = len(lines) > 1 and all(line.startswith(b"{") and line.endswith(b"}") for line in lines)
    return lines if objects and all(_is_json(line) for line in lines) else None


def _is_json(line: bytes) -> bool:
    try:
        read_json(line)
    except NotJsonError:
        return False
    return True


def entries_in(top: object) -> list[object] | None:
    """What a page or list holds; None where something is one item."""
    if isinstance(top, list):
        flat = [each for part in top for each in part] if _is_nested(top) else top
        # Bare values are nothing apart.
        return None if not flat or not all(isinstance(each, dict) for each in flat) else flat
    name = page_in(top)
    if name is None or not isinstance(top, dict):
        return None
    listed = top[name]
    return listed if isinstance(listed, list) else None


def key_of(item: object, *, body: bytes) -> str:
    """The item's own name: the address of what it shows; a hash of all of it where it has none."""
    name = _name(item) if isinstance(item, dict) else None
    return short_key(name) if name else hashlib.sha256(body).hexdigest()


def _name(item: Mapping[str, object]) -> str | None:
    if is_stream(dict(item)):
        return key_of_stream(dict(item))
    if is_log(item):
        return _name_of_log(salvage(item, into=Log))
    if is_message(item):
        message = salvage(item, into=Message)
        return f"message:{message_key(message.convo_id, message.id)}" if message.id else None
    if is_convo(item):
        convo = salvage(item, into=Convo)
        return f"message:{message_key(convo.id, convo.last_message.id)}" if convo.last_message and convo.last_message.id else None
    uri = item.get("uri")
    shown = is_notification(item) or is_view(item)
    return uri if shown and isinstance(uri, str) and uri else None


def _name_of_log(log: Log) -> str | None:
    kind = (log.type_ or "").rpartition("#")[2]
    made = kind == "logCreateMessage" or (not kind and log.reaction is None)
    if made and log.message and log.message.id:
        return f"message:{message_key(log.convo_id, log.message.id)}"
    return f"{kind}:{log.convo_id}:{log.rev}" if log.rev else None


def _exact(body: bytes, *, name: str | None) -> Iterable[bytes]:
    """Every entry as it was written."""
    listed: bytes | msgspec.Raw = body if name is None else msgspec.json.decode(body, type=dict[str, msgspec.Raw])[name]
    if name is None and _is_nested(read_json(body)):
        return [bytes(raw) for part in msgspec.json.decode(body, type=list[list[msgspec.Raw]]) for raw in part]
    return [bytes(raw) for raw in msgspec.json.decode(listed, type=list[msgspec.Raw])]


def _is_nested(top: object) -> TypeGuard[list[list[object]]]:
    """Several lists of entries in one."""
    return isinstance(top, list) and bool(top) and all(isinstance(part, list) for part in top)
