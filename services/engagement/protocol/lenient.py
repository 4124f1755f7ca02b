"""Reading other people's JSON into typed payloads without ever giving up on a field. Called by connectors; pure.

Well-formed payloads take msgspec's fast path. What it refuses is read again field by field: a field of the wrong type falls
back to its default, and the rest of the payload survives.
"""

import math
import re
from datetime import UTC, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

Payload = TypeVar("Payload", bound=msgspec.Struct)

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_ESCAPES = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u(?:[dD][89a-fA-F][0-9a-fA-F]{2}|0000))|\\[^u]")
_LATEST_SECONDS = 253_402_300_799.0


class NotJsonError(Exception):
    """The bytes are no JSON that can be kept: broken, too deep, not UTF-8."""


def clean_json(body: bytes) -> bytes:
    """The body in UTF-8 without byte-order mark, NUL characters and lone surrogates, which no database and no text can hold."""
    if body.startswith(_UTF_16_MARKS):
        body = body.decode("utf-16", "replace").encode("utf-8", "replace")
    body = body.removeprefix(_BYTE_ORDER_MARK)
    # Not `in`, which takes what it looks for to be a number first: a TypeError made and thrown away, 2,000 instructions of each delivery.
    if body.find(b"\\u") < 0:
        return body
    return _ESCAPES.sub(lambda match: rb"\ufffd" if match.group(1) else match.group(0), body)


def read_json(body: bytes) -> object:
    """Plain JSON values. Raises `NotJsonError`."""
    return read_clean_json(clean_json(body))


def read_clean_json(body: bytes) -> object:
    """As `read_json`, of what `clean_json` gave."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJsonError(str(error)) from error


def read_payload(body: bytes, *, into: type[Payload]) -> Payload:
    """The body as `into`, field by field where it has to be. Raises `NotJsonError`; anything but an object gives an empty payload."""
    try:
        return msgspec.json.decode(clean_json(body), type=into, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return salvage(read_json(body), into=into)


def salvage(raw: object, *, into: type[Payload]) -> Payload:
    """The payload with every field that can be read; the others keep their defaults."""
    fields = {}
    if isinstance(raw, dict):
        for name, (encoded, kind) in _fields_of(into).items():
            value = _value(raw.get(encoded), kind)
            if value is not None:
                fields[name] = value
    return into(**fields)


def read_time(told: object, *, otherwise: datetime) -> datetime:
    """Seconds since 1970, or a time in ISO 8601 (UTC where it names no zone), as an aware UTC time; `otherwise` where it is none."""
    if isinstance(told, str):
        return _written_time(told.strip()) or otherwise
    if isinstance(told, int | float) and not isinstance(told, bool) and 0 < told <= _LATEST_SECONDS:
        return datetime.fromtimestamp(told, tz=UTC)
    return otherwise


def _written_time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@cache
def _fields_of(into: type[msgspec.Struct]) -> dict[str, tuple[str, object]]:
    hints = get_type_hints(into)
    return {field.name: (field.encode_name, hints[field.name]) for field in msgspec.structs.fields(into)}


def _value(raw: object, kind: Any) -> object:  # noqa: ANN401 - a type expression has no better type
    """`raw` as `kind`, or None where it cannot be."""
    if raw is None:
        return None
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        choices = (_value(raw, choice) for choice in get_args(kind) if choice is not NoneType)
        return next((value for value in choices if value is not None), None)
    if origin in (list, tuple):
        return _list(raw, get_args(kind)[0])
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return salvage(raw, into=kind) if isinstance(raw, dict) else None
    if kind in (object, Any):
        return raw
    return _scalar(raw, kind)


def _list(raw: object, kind: object) -> list[object] | None:
    if not isinstance(raw, list):
        return None
    return [value for value in (_value(item, kind) for item in raw) if value is not None]


def _scalar(raw: object, kind: Any) -> object:  # noqa: ANN401 - as above
    if kind is str and isinstance(raw, int | float) and not isinstance(raw, bool):
        return str(raw)
    if isinstance(raw, float) and not math.isfinite(raw):
        return None
    try:
        return msgspec.convert(raw, kind, strict=False)
    except (msgspec.ValidationError, ValueError, OverflowError):
        return None
