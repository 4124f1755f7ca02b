"""Values of a workspace's own attributes: read strictly by type, and written in one canonical text each. Pure; called by `attributes`."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from services.contracts.vocabulary import AttributeType
from services.identity.errors import AttributeValueError

TEXT_LIMIT_CHARS = 1000
URL_LIMIT_CHARS = 2000
DIGITS_LIMIT = 30

Given = str | int | float | bool
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_value(key: str, type_: AttributeType, options: Sequence[str], given: Given) -> str:
    """The canonical text of a value. Raises AttributeValueError, which says what is wanted."""
    if type_ is AttributeType.CHOICE:
        return _choice(key, options, given)
    found, wanted = _READERS[type_](given), _WANTED[type_]
    if found is None:
        raise AttributeValueError(f"`{key}` is {wanted}.", attribute=key, wanted=wanted)
    return found


def _choice(key: str, options: Sequence[str], given: Given) -> str:
    chosen = next((option for option in options if isinstance(given, str) and option.casefold() == given.strip().casefold()), None)
    if chosen is None:
        wanted = f"one of: {', '.join(options)}"
        raise AttributeValueError(f"`{key}` is {wanted}.", attribute=key, wanted=wanted)
    return chosen


def _text(given: Given) -> str | None:
    text = given.strip() if isinstance(given, str) else ""
    return text if 0 < len(text) <= TEXT_LIMIT_CHARS else None


def _number(given: Given) -> str | None:
    if isinstance(given, bool):
        return None
    try:
        number = Decimal(str(given).strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) >= DIGITS_LIMIT or len(number.as_tuple().digits) > DIGITS_LIMIT:
        return None
    if number == 0:
        return "0"
    # Not `normalize`, which rounds to the digits of the context.
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _boolean(given: Given) -> str | None:
    text = str(given).strip().lower()
    return text if text in {"true", "false"} else None


def _date(given: Given) -> str | None:
    if not isinstance(given, str) or not _DATE.fullmatch(given.strip()):
        return None
    try:
        return date.fromisoformat(given.strip()).isoformat()
    except ValueError:
        return None


def _url(given: Given) -> str | None:
    if not isinstance(given, str) or len(given) > URL_LIMIT_CHARS or any(each.isspace() for each in given.strip()):
        return None
    try:
        parts = urlsplit(given.strip())
    except ValueError:
        return None
    return given.strip() if parts.scheme.lower() in {"http", "https"} and parts.hostname else None


_READERS: Mapping[AttributeType, Callable[[Given], str | None]] = {
    AttributeType.TEXT: _text,
    AttributeType.NUMBER: _number,
    AttributeType.BOOLEAN: _boolean,
    AttributeType.DATE: _date,
    AttributeType.URL: _url,
}
_WANTED: Mapping[AttributeType, str] = {
    AttributeType.TEXT: f"text of 1 to {TEXT_LIMIT_CHARS} characters",
    AttributeType.NUMBER: f"a number of at most {DIGITS_LIMIT} digits, such as 12.5",
    AttributeType.BOOLEAN: "true or false",
    AttributeType.DATE: "a day as YYYY-MM-DD",
    AttributeType.URL: f"an http or https address of at most {URL_LIMIT_CHARS} characters",
}
