"""Bodies as separate entities: server-sent events, lists, recorded exchanges, examples with comments; and their keys. Pure.

Called by the connector's split. Vendor's page: https://docs.joinmastodon.org/methods/streaming/; source: HTML, server-sent events.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping

import msgspec

from services.engagement.connectors.mastodon.statuses import ident
from services.engagement.connectors.mastodon.wrapping import unwrapped
from services.engagement.protocol import NotJsonError, RawItem, clean_json, read_json

_LONGEST_KEY_CHARS = 300
_DEEPEST_TEXT = 3
_LINES = re.compile(r"\r\n|\r|\n")
# A string without an end is taken up to the end of its line: nothing is read twice, however long it is.
_STRING = r'("(?:[^"\\\n]++|\\.)*+"?)'
_STRING_OR_COMMENT = re.compile(_STRING + r"|//[^\n]*")
_ELLIPSIS = re.compile(_STRING + r"|(?:,\s{0,200})?(?:\.{3}|\u2026)")
_TRAILING = re.compile(_STRING + r"|,(?=\s{0,2000}[}\]])")


def items_of(body: bytes) -> list[RawItem]:
    """Each entity of a body with its key. Raises `NotJsonError` for what is neither JSON nor a stream of events."""
    body = clean_json(body)
    try:
        top = read_json(body)
    except NotJsonError as error:
        return _of_text(body, error=error)
    inner = unwrapped(top)
    if inner is not top:
        body, top = msgspec.json.encode(inner), inner
    if isinstance(top, list) and top and all(isinstance(each, dict) for each in top):
        exact = [bytes(raw) for raw in msgspec.json.decode(body, type=list[msgspec.Raw])]
        return [RawItem(key=key_of(each, body=raw), body=raw) for each, raw in zip(top, exact, strict=True)]
    if isinstance(top, dict | list):
        return [RawItem(key=key_of(top, body=body), body=body)]
    raise NotJsonError("neither an object nor a list")


def key_of(entity: object, *, body: bytes) -> str:
    """The same for the same thing, whether it was streamed, polled or listed; a hash of what has no id."""
    named = _name(entity) if isinstance(entity, dict) else None
    return named if named and len(named) <= _LONGEST_KEY_CHARS else hashlib.sha256(body).hexdigest()


def payload_of(payload: object) -> object:
    """What a stream's event carries: JSON as text, mostly; an id stays what it is."""
    for _ in range(_DEEPEST_TEXT):
        if not isinstance(payload, str) or not payload.lstrip().startswith(("{", "[", '"')):
            break
        payload = _read_payload(payload)
    return payload


def _read_payload(text: str) -> object:
    """The JSON of a text, with what an example left out left out; None where it is none."""
    for each in (text, _without_comments(text)):
        try:
            return read_json(each.encode("utf-8", "replace"))
        except NotJsonError:
            continue
    return None


def _name(entity: Mapping[str, object]) -> str | None:
    if "event" in entity and "payload" in entity:
        return _name_of_event(str(entity["event"]), payload_of(entity["payload"]))
    inner = entity.get("item")
    if "rapport_thread" in entity and isinstance(inner, dict):
        return _name(inner) if "rapport_thread" not in inner else None
    if pushed := ident(entity.get("notification_id")):
        return f"push:{pushed}"
    number = ident(entity.get("id"))
    return _name_of_entity(number, entity) if number else None


def _name_of_entity(number: str, entity: Mapping[str, object]) -> str | None:
    if "last_status" in entity:
        last = entity["last_status"]
        status = ident(last.get("id")) if isinstance(last, dict) else None
        return f"conversation:{number}:{status}" if status else None
    if "type" in entity and "created_at" in entity:
        return f"notification:{number}"
    edited = entity.get("edited_at")
    is_status = "visibility" in entity and "content" in entity
    return f"status:{number}{f':{edited}' if edited else ''}" if is_status else None


def _name_of_event(event: str, payload: object) -> str | None:
    if event == "delete":
        number = ident(payload)
        return f"delete:{number}" if number else None
    return _name(payload) if isinstance(payload, dict) else None


def _of_text(body: bytes, *, error: NotJsonError) -> list[RawItem]:
    """A stream as it was heard, a JSON text with comments, or one text a line."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise error from None
    events = list(_server_sent(text))
    if events or _only_comments(text):
        return [RawItem(key=key_of(event, body=raw), body=raw) for event in events for raw in [msgspec.json.encode(event)]]
    plain = _without_comments(text)
    if plain != text:
        return items_of_json(plain.encode(), error=error)
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
        raise error
    return [item for line in lines for item in items_of_json(line.encode(), error=error)]


def items_of_json(body: bytes, *, error: NotJsonError) -> list[RawItem]:
    """As items_of, of what must be JSON. Raises the first error where it is not."""
    try:
        read_json(body)
    except NotJsonError:
        raise error from None
    return items_of(body)


def _server_sent(text: str) -> Iterator[dict[str, str]]:
    """The events of a stream. The last may lack its end, as long as what it carries is whole."""
    *ended, last = re.split(r"\n\n+", "\n".join(_LINES.split(text)))
    for block in [*ended, last]:
        name, data = _fields_of(block)
        if not name and isinstance(_read_payload(data), dict):
            name = "update"
        if not name or (not data and name not in {"filters_changed", "notifications_merged"}):
            continue
        if block is last and data[:1] == "{" and _read_payload(data) is None:
            return
        yield {"event": name, "payload": data}


def _fields_of(block: str) -> tuple[str, str]:
    """The name of an event and its data, line by line; lines that begin with a colon say nothing."""
    pairs = [line.partition(":") for line in block.split("\n")]
    values = [(field, value.removeprefix(" ")) for field, _, value in pairs]
    name = next((value for field, value in reversed(values) if field == "event"), "")
    return name, "\n".join(value for field, value in values if field == "data")


def _only_comments(text: str) -> bool:
    lines = [line for line in _LINES.split(text) if line]
    return bool(lines) and all(line.startswith(":") for line in lines)


def _without_comments(text: str) -> str:
    """An example of a page of documentation, with what was left out by `// ...` or `...` left out."""
    for pattern in (_STRING_OR_COMMENT, _ELLIPSIS, _TRAILING):
        text = pattern.sub(lambda match: match.group(1) or "", text)
    return text
