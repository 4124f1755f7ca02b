"""One line of a Chatwoot file as an object, and which of Chatwoot's it is. Called by the readers beside it; pure.

The shapes are those of Chatwoot's Application API. Source: https://developers.chatwoot.com/api-reference/introduction
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from services.identity.transfer.encodings import text_of
from services.identity.transfer.records import Record
from services.identity.transfer.rows import Reading, RowRefusedError

SYSTEM = "chatwoot"
TEXT_LIMIT_CHARS = 100_000
NAME_LIMIT_CHARS = 300
COLOUR = "#808080"
_LARGEST_SECONDS = 253_402_300_799
_COLOUR_CHARS = 7
_HINT = "Write one object a line, as Chatwoot's API gives them: jq -c '.payload[]'."


class Form(StrEnum):
    """Which of Chatwoot's objects a line is."""

    INBOX = "inbox"
    AGENT = "agent"
    LABEL = "label"
    CONTACT = "contact"
    CONVERSATION = "conversation"
    MESSAGE = "message"


# The first whose fields are all there; a message has those of a conversation beside its own.
_FORMS: Sequence[tuple[Form, frozenset[str]]] = (
    (Form.MESSAGE, frozenset({"message_type", "conversation_id"})),
    (Form.CONVERSATION, frozenset({"inbox_id", "status"})),
    (Form.INBOX, frozenset({"channel_type", "name"})),
    (Form.LABEL, frozenset({"title", "color"})),
    (Form.AGENT, frozenset({"role", "email"})),
    (Form.CONTACT, frozenset({"phone_number"})),
    (Form.CONTACT, frozenset({"contact_inboxes"})),
    (Form.CONTACT, frozenset({"identifier", "email"})),
)


@dataclass(frozen=True, slots=True)
class Object:
    """One of Chatwoot's objects."""

    form: Form
    given: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Which one it is, for the report."""
        return f"{self.form}:{id_of(self.given)}"


def read_objects(records: Sequence[Record], *, reading: Reading) -> tuple[list[tuple[int, Object]], list[tuple[int, str, str, bool]]]:
    """The objects of records by their lines, and what was refused, as rows of the report."""
    objects: list[tuple[int, Object]] = []
    refusals: list[tuple[int, str, str, bool]] = []
    for record in records:
        try:
            objects.append((record.line, _read(record, reading=reading)))
        except RowRefusedError as refused:
            refusals.append((record.line, refused.key, refused.reason, False))
    return objects, refusals


def _read(record: Record, *, reading: Reading) -> Object:
    if record.refused:
        raise RowRefusedError(record.refused)
    try:
        given = orjson.loads(text_of(record.body, encoding=reading.encoding))
    except orjson.JSONDecodeError as error:
        raise RowRefusedError(f"This is not JSON: {error.msg}.") from error
    if not isinstance(given, dict):
        raise RowRefusedError(f"This is JSON, but no object. {_HINT}")
    if "payload" in given or "data" in given:
        raise RowRefusedError(f"This is a whole answer of the API. {_HINT}")
    for form, fields in _FORMS:
        if fields <= given.keys():
            return Object(form, given)
    raise RowRefusedError(f"This is none of Chatwoot's objects: {', '.join(Form)}.")


def id_of(given: Mapping[str, Any], name: str = "id") -> str:
    """An id as text; empty where there is none."""
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    return str(value).replace("\x00", "").strip()[:100]


def part(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object inside another; empty where it is none."""
    value = given.get(name)
    return value if isinstance(value, dict) else {}


def words(given: Mapping[str, Any], name: str, *, most: int = NAME_LIMIT_CHARS) -> str | None:
    """A text; None where nothing is left of it."""
    value = given.get(name)
    return value.replace("\x00", "").strip()[:most] or None if isinstance(value, str) else None


def listed(given: Mapping[str, Any], name: str) -> list[Any]:
    """A list; empty where it is none."""
    value = given.get(name)
    return value if isinstance(value, list) else []


def names(given: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts, each once."""
    told = [each.replace("\x00", "").strip()[:100] for each in listed(given, name) if isinstance(each, str)]
    return list(dict.fromkeys(each for each in told if each))


def colour_of(given: Mapping[str, Any]) -> str:
    """#rrggbb; grey where it is none."""
    told = (words(given, "color") or "").lower()
    sound = len(told) == _COLOUR_CHARS and told[0] == "#" and all(sign in "0123456789abcdef" for sign in told[1:])
    return told if sound else COLOUR


def moment(value: object) -> datetime | None:
    """A time in UTC: seconds since 1970, as the API writes most, or ISO 8601."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _LARGEST_SECONDS:
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str) and value:
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None
