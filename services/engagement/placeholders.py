"""Places in a prepared text that are filled per conversation: {{contact.first_name}}, {{contact.name|there}}. Pure.

Called by canned replies, notices and, to refuse what nobody filled, by replies. A place without a value is told, never sent.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

KNOWN = (
    "contact.name",
    "contact.first_name",
    "contact.handle",
    "contact.preference_link",
    "member.name",
    "member.first_name",
    "conversation.channel",
    "conversation.platform",
    "conversation.title",
)
# A gap takes the space before it along, so that "Hello {{contact.first_name}}," becomes "Hello,".
_PLACE = re.compile(r"(?P<space> ?)\{\{\s*(?P<name>[a-z_]+(?:\.[a-z_]+)+)\s*(?:\|(?P<otherwise>[^{}]*))?\}\}")


_BRACES = re.compile(r"\{\{(?P<inside>.*?)\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Filled:
    """A text ready to be read over, and the places for which there was nothing."""

    text: str
    unfilled: tuple[str, ...]


def unknown_places(text: str, *, known: Sequence[str] = KNOWN) -> list[str]:
    """Whatever stands in double braces and nothing will ever fill, each once: it would be sent as it is."""
    inside = {match["inside"].partition("|")[0].strip() for match in _BRACES.finditer(text)}
    return sorted(inside - set(known))


def open_places(text: str) -> list[str]:
    """The known places that still stand in a text, each once."""
    return sorted({match["name"] for match in _PLACE.finditer(text)} & set(KNOWN))


def fill(text: str, values: Mapping[str, str | None]) -> Filled:
    """Put values into their places; what comes after `|` stands where there is none."""
    unfilled: dict[str, None] = {}

    def value_of(match: re.Match[str]) -> str:
        value = (values.get(match["name"]) or "").strip() or (match["otherwise"] or "").strip()
        if not value:
            unfilled[match["name"]] = None
            return ""
        return match["space"] + value

    return Filled(_PLACE.sub(value_of, text), tuple(unfilled))


def first_word(name: str | None) -> str | None:
    """What a person is called by, as far as a full name tells."""
    words = (name or "").split()
    return words[0] if words else None
