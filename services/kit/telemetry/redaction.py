"""What may stand in a log line, and what is taken out. Called by the log chain only.

Ids, numbers, times and short plain text pass. Keys that name something personal or secret are masked, and so is what
looks like an address, a phone number or a token inside any text. Objects are named by their type, never shown.
"""

import re
from collections.abc import Mapping, MutableMapping
from datetime import date, timedelta
from enum import Enum
from uuid import UUID

MASK = "***"
_TEXT_LIMIT_CHARS = 1000
_MAX_DEPTH = 4
_LEAST_TELLING_NUMBER = 100_000
_EXACT = frozenset(
    {"name", "first_name", "last_name", "full_name", "display_name", "user_name", "username", "handle", "content", "bio", "q"}
)
_PARTS = frozenset(
    {
        "text",
        "body",
        "password",
        "passwd",
        "secret",
        "secrets",
        "token",
        "tokens",
        "authorization",
        "cookie",
        "email",
        "emails",
        "phone",
        "phones",
        "signature",
        "credential",
        "credentials",
        "plaintext",
        "payload",
        "dsn",
        "jwt",
        "apikey",
    }
)
_INT64 = 2**63
_WORD = re.compile(r"[a-z0-9]+")
_PATTERNS = (
    re.compile(r"(?:(?<=//)|(?<![^\s<>\"'(=:,;]))[^\s@<>\"'(=,;]{1,200}@[^\s@<>\"'),;]{1,255}"),
    re.compile(r"(?i)\b(?:bearer|basic)\s+[\w.~+/=-]{4,}"),
    re.compile(r"\beyJ[\w-]{4,}\.[\w-]+\.[\w-]*"),
    re.compile(r"\b(?:rk|rt|sk|whsec|xoxb)_[\w+/=-]{8,}"),
    re.compile(r"(?<![\w])\+\d[\d\s().-]{6,20}\d"),
)


def redact(logger: object, method: str, fields: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """The structlog processor: the same line, fit to be kept."""
    del logger, method
    return {key: clean_field(key, value) for key, value in fields.items()}


def clean_field(key: str, value: object, *, depth: int = 0) -> object:
    """The value of `key`, masked as a whole where the key says so; small numbers (a count of tokens) stay."""
    harmless = value is None or (isinstance(value, int | float) and abs(value) < _LEAST_TELLING_NUMBER)
    return MASK if is_private(key) and not harmless else _clean(value, depth=depth)


def is_private(key: str) -> bool:
    """Whether a key names something that never enters a log line ("contact_email", "accessToken", "X-Api-Token")."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()
    return spaced in _EXACT or not _PARTS.isdisjoint(_WORD.findall(spaced))


def clean_text(text: str) -> str:
    """Text without addresses, phone numbers and tokens, cut at 1,000 characters."""
    short = text[:_TEXT_LIMIT_CHARS].encode("utf-8", "replace").decode()
    for pattern in _PATTERNS:
        short = pattern.sub(MASK, short)
    return short


def _clean(value: object, *, depth: int) -> object:
    match value:
        case None | bool() | float():
            cleaned: object = value
        case int():
            cleaned = value if -_INT64 <= value < _INT64 else "<huge integer>"
        case Enum():
            cleaned = clean_text(str(value.value))
        case str():
            cleaned = clean_text(value)
        case UUID() | date() | timedelta():
            cleaned = str(value)
        case Mapping() if depth < _MAX_DEPTH:
            cleaned = {clean_text(str(key)): clean_field(str(key), item, depth=depth + 1) for key, item in value.items()}
        case list() | tuple() | set() | frozenset() if depth < _MAX_DEPTH:
            cleaned = [_clean(item, depth=depth + 1) for item in value]
        case _:
            cleaned = f"<{type(value).__name__}>"
    return cleaned
