"""Every shape in which Instagram's JSON comes, taken apart into its single events, each exactly as it was written.

`entry[].messaging[]`, `entry[].changes[]`, entries that are a change themselves, bare entries, changes, values and API objects, pages of
a list, and top-level arrays of any of these. Called by the connector; pure. What an event means is said elsewhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import msgspec

from services.engagement.protocol import NotJsonError, clean_json, read_json

# What queues, relays and the dashboard put around a delivery; never a field in which a person's words stand.
_WRAPPERS = ("sample", "body", "body_params", "payload", "webhook", "event", "request", "Records", "Message", "detail", "data")
_WRAPPED_DEPTH = 6
_MESSAGING_PARTS = frozenset({"message", "message_edit", "reaction", "postback", "read", "delivery", "referral", "optin"})
_OF_PEOPLE = frozenset({"postback", "referral", "optin"})
# A conversation's message has `from` and `to`, an event `sender` and `recipient`.
_OBJECT_PARTS = frozenset({"from", "to", "created_time"})

Fields = Mapping[str, msgspec.Raw]


class Sort(StrEnum):
    """What a piece of JSON is before it is understood; the values name the lists of an entry."""

    MESSAGING = "messaging"
    STANDBY = "standby"
    CHANGE = "changes"
    OBJECT = "objects"
    NOTHING = "nothing"
    STRANGE = "strange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One event with what its envelope said. `reason` is set where there is none: NOTHING is Instagram's, STRANGE is not."""

    sort: Sort
    raw: bytes = b"null"
    account: str = ""
    time: int | float | str | None = None
    backfill: bool = False
    reason: str = ""

    @property
    def body(self) -> bytes:
        """The unit as a delivery of its own."""
        if self.sort in {Sort.NOTHING, Sort.STRANGE} or (self.sort is Sort.OBJECT and not self.backfill):
            return self.raw
        head = msgspec.json.encode({"object": "instagram", **({"source": "backfill"} if self.backfill else {})})[:-1]
        entry = msgspec.json.encode({name: value for name, value in (("id", self.account), ("time", self.time)) if value})[:-1]
        comma = b"," if len(entry) > 1 else b""
        return head + b',"entry":[' + entry + comma + b'"' + self.sort.value.encode() + b'":[' + self.raw + b"]}]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What is known above a piece of JSON."""

    account: str = ""
    time: int | float | str | None = None
    backfill: bool = False
    depth: int = 0

    def unit(self, sort: Sort, raw: bytes, *, reason: str = "") -> Unit:
        return Unit(sort=sort, raw=raw, account=self.account, time=self.time, backfill=self.backfill, reason=reason)


def units_in(body: bytes) -> list[Unit]:
    """The events of a body, at least one. Raises `NotJsonError`."""
    body = clean_json(body)
    read_json(body)
    return list(_any(body, around=_Around())) or [Unit(sort=Sort.NOTHING, raw=body, reason="an empty list")]


def _any(raw: bytes, *, around: _Around) -> Iterator[Unit]:
    """An object, a list of such, or a text that holds one of these."""
    first, around = raw.lstrip()[:1], replace(around, depth=around.depth + 1)
    if around.depth > _WRAPPED_DEPTH:
        yield around.unit(Sort.STRANGE, raw, reason="nested too deep")
    elif first == b"[":
        for each in _list(raw):
            yield from _any(each, around=around)
    elif first == b"{":
        yield from _object(raw, around=around)
    elif first == b'"':
        yield from _text(raw, around=around)
    elif raw.strip() in {b"null", b"true", b"false"}:
        yield around.unit(Sort.NOTHING, raw, reason="an answer without content")
    else:
        yield around.unit(Sort.STRANGE, raw, reason="no object")


def _text(raw: bytes, *, around: _Around) -> Iterator[Unit]:
    """JSON inside JSON."""
    inner = clean_json(msgspec.json.decode(raw, type=str).encode("utf-8", "replace"))
    try:
        read_json(inner)
    except NotJsonError:
        yield around.unit(Sort.STRANGE, raw, reason="no object")
        return
    yield from _any(inner, around=around)


def _object(raw: bytes, *, around: _Around) -> Iterator[Unit]:
    fields = _fields(raw)
    if "entry" in fields:
        yield from _envelope(raw, fields, around=around)
    elif fields.keys() & {"messaging", "standby", "changes", "objects"} or _is_change(fields):
        yield from _entry(raw, fields, around=around)
    elif _is_messaging(fields):
        yield around.unit(Sort.MESSAGING, raw)
    elif bytes(fields.get("data", b"")).lstrip()[:1] == b"[":
        yield from _page(raw, fields, around=around)
    elif wrapped := _wrapped(fields, around=around):
        yield from wrapped
    elif _is_by_id(fields):
        for each in fields.values():
            yield around.unit(Sort.OBJECT, bytes(each))
    else:
        yield around.unit(Sort.OBJECT, raw)


def _wrapped(fields: Fields, *, around: _Around) -> list[Unit]:
    """The delivery inside something else; empty where there is none."""
    for name in _WRAPPERS:
        inner = bytes(fields.get(name, b"null"))
        units = list(_any(inner, around=around)) if inner.lstrip()[:1] in {b"{", b"[", b'"'} else []
        if any(
            unit.sort in {Sort.MESSAGING, Sort.STANDBY, Sort.CHANGE}
            or (unit.sort is Sort.OBJECT and (len(fields) == 1 or {"code", "body"} <= fields.keys()))
            for unit in units
        ):
            return units
    return []


def _envelope(raw: bytes, fields: Fields, *, around: _Around) -> Iterator[Unit]:
    about = _plain(fields.get("object"))
    if isinstance(about, str) and about.lower() not in {"", "instagram"}:
        yield around.unit(Sort.NOTHING, raw, reason=f"a delivery about {about[:50]}, not about instagram")
        return
    around = replace(around, backfill=_plain(fields.get("source")) == "backfill")
    entries = [each for each in _elements(bytes(fields["entry"])) if each.lstrip()[:1] == b"{"]
    for entry in entries:
        yield from _entry(entry, _fields(entry), around=around)
    if not entries:
        yield around.unit(Sort.NOTHING, raw, reason="a delivery without entries")


def _entry(raw: bytes, fields: Fields, *, around: _Around) -> Iterator[Unit]:
    around = replace(around, account=_account(fields) or around.account, time=_time(fields.get("time")) or around.time)
    found = False
    for sort in (Sort.MESSAGING, Sort.STANDBY, Sort.CHANGE, Sort.OBJECT):
        for each in _elements(bytes(fields.get(sort.value, b"null"))):
            found = True
            if each.lstrip()[:1] != b"{":
                yield around.unit(Sort.STRANGE, each, reason=f"odd {sort.value}")
            else:
                yield _for(each, around=around).unit(sort, each)
    if "field" in fields or _is_change(fields):
        found = True
        name, value = bytes(fields.get("field", b"null")), bytes(fields.get("value", b"null"))
        yield around.unit(Sort.CHANGE, b'{"field":' + name + b',"value":' + value + b"}")
    if not found:
        yield around.unit(Sort.NOTHING, b'{"entry":[' + raw + b"]}", reason="an entry without events")


def _for(raw: bytes, *, around: _Around) -> _Around:
    """Whose event it is: examples name the person as the account of an entry, where a button was pressed."""
    fields = _fields(raw)
    if not around.account or not fields.keys() & _OF_PEOPLE or fields.keys() & {"message", "is_self"}:
        return around
    sender, recipient = (_side(fields.get(name)) for name in ("sender", "recipient"))
    return replace(around, account=recipient) if sender == around.account and recipient else around


def _side(raw: msgspec.Raw | None) -> str:
    """The id of a sender or recipient."""
    return _ident(_fields(bytes(raw)).get("id")) if raw is not None and bytes(raw).lstrip()[:1] == b"{" else ""


def _page(raw: bytes, fields: Fields, *, around: _Around) -> Iterator[Unit]:
    """A page of a list of the API; its elements are objects, or anything else that can come."""
    elements = [each for each in _elements(bytes(fields["data"])) if each.lstrip()[:1] == b"{"]
    for each in elements:
        yield from _any(each, around=around)
    if not elements:
        yield around.unit(Sort.NOTHING, raw, reason="a page with nothing on it")


def _is_change(fields: Fields) -> bool:
    """A field with its value, or a value alone."""
    return (
        {"field", "value"} <= fields.keys()
        or fields.keys() == {"field"}
        or (fields.keys() == {"value"} and bytes(fields["value"]).lstrip()[:1] == b"{")
    )


def _is_messaging(fields: Fields) -> bool:
    if fields.keys() & _OBJECT_PARTS or "comment_id" in fields:
        return False
    if {"sender", "recipient"} <= fields.keys():
        return True
    framed = "sender" in fields or fields.keys() <= _MESSAGING_PARTS | {"timestamp"}
    return framed and any(bytes(fields[name]).lstrip()[:1] == b"{" for name in fields.keys() & _MESSAGING_PARTS)


def _is_by_id(fields: Fields) -> bool:
    """An answer that names its objects by their ids."""
    inner = {name: _fields(bytes(raw)) if bytes(raw)[:1] == b"{" else {} for name, raw in fields.items()}
    return bool(inner) and all(name.isdigit() and _ident(each.get("id")) == name for name, each in inner.items())


def _account(fields: Fields) -> str:
    """Whose entry it is; the dashboard's trials name account 0."""
    account = _ident(fields.get("id"))
    return "" if account == "0" else account


def _elements(raw: bytes) -> list[bytes]:
    """The elements of a list; an object in place of one is its only element."""
    first = raw.lstrip()[:1]
    return _list(raw) if first == b"[" else [raw] if first == b"{" else []


def _list(raw: bytes) -> list[bytes]:
    return [bytes(each) for each in msgspec.json.decode(raw, type=list[msgspec.Raw])]


def _fields(raw: bytes) -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(raw, type=dict[str, msgspec.Raw])


def _plain(raw: msgspec.Raw | None) -> object:
    return None if raw is None else msgspec.json.decode(raw)


def _ident(raw: msgspec.Raw | None) -> str:
    value = _plain(raw)
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""


def _time(raw: msgspec.Raw | None) -> int | float | str | None:
    value = _plain(raw)
    return value if isinstance(value, int | float | str) and not isinstance(value, bool) else None
