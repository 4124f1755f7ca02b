"""Keyset pagination: opaque cursors that carry the last row's sort key, and the page a list answers.

Called by list endpoints and batch routes. A cursor is not a secret and grants nothing: it only says where to go on.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar, overload
from uuid import UUID

import msgspec
import orjson
from fastapi import Query

from services.kit.errors import BadRequestError

MAX_LIMIT = 100
_CURSOR_LIMIT_CHARS = 1024
_INT64 = 2**63

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at most, 1 to 100.")]
After = Annotated[
    str | None,
    Query(max_length=_CURSOR_LIMIT_CHARS, description="`next_cursor` of the page before; absent for the first page."),
]

Key = str | int | float | bool | datetime | UUID | None
T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some of a list. `next_cursor` is None on the last page."""

    items: Sequence[T]
    next_cursor: str | None = None


def cut_page(rows: Sequence[T], *, limit: int, key: Callable[[T], tuple[Key, ...]]) -> Page[T]:
    """The page from `limit + 1` fetched rows: the one too many only says that there is more."""
    if len(rows) <= limit:
        return Page(items=rows)
    items = rows[:limit]
    return Page(items=items, next_cursor=encode_cursor(*key(items[-1])))


def encode_cursor(*values: Key) -> str:
    """The sort key of a row as opaque base64url text without padding."""
    return base64.urlsafe_b64encode(orjson.dumps(values, default=str)).rstrip(b"=").decode()


@overload
def decode_cursor(text: str, types: tuple[type[A]]) -> tuple[A]: ...
@overload
def decode_cursor(text: str, types: tuple[type[A], type[B]]) -> tuple[A, B]: ...
@overload
def decode_cursor(text: str, types: tuple[type[A], type[B], type[C]]) -> tuple[A, B, C]: ...
def decode_cursor(text: str, types: tuple[type[object], ...]) -> tuple[object, ...]:
    """The sort key back, one value per type of `types`; anything else raises BadRequestError.

    Times are aware, integers fit bigint, text holds no NUL: what comes out can be given to PostgreSQL.
    """
    try:
        values: tuple[object, ...] = msgspec.convert(_raw(text), tuple[types], strict=True)  # type: ignore[valid-type] # built from the caller's types
    except (msgspec.ValidationError, orjson.JSONDecodeError, binascii.Error, UnicodeError) as error:
        raise BadRequestError(_ADVICE) from error
    if not all(_storable(value) for value in values):
        raise BadRequestError(_ADVICE)
    return values


_ADVICE = "This cursor was not made by this list; begin without one."


def _raw(text: str) -> object:
    if len(text) > _CURSOR_LIMIT_CHARS:
        raise BadRequestError(_ADVICE)
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    return orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))


def _storable(value: object) -> bool:
    match value:
        case str():
            return "\x00" not in value
        case int():
            return -_INT64 <= value < _INT64
        case datetime():
            return value.tzinfo is not None and _has_utc(value)
        case _:
            return True


def _has_utc(value: datetime) -> bool:
    try:
        value.astimezone(UTC)
    except OverflowError:
        return False
    return True
