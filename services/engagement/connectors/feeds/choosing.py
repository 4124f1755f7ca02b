"""Which entries a channel wants, by the words in its settings: saved searches over feeds. Called by events and listening; pure."""

import re
from collections.abc import Mapping
from functools import lru_cache

from services.engagement.connectors.feeds.entries import Entry

_MOST_WORDS = 200


def searches(config: Mapping[str, str]) -> bool:
    """Whether the channel looks for words at all."""
    return bool(_listed(config.get("words", "")))


def is_wanted(entry: Entry, *, config: Mapping[str, str]) -> bool:
    """Whether the entry holds one of the words that are looked for, and none of those that are not wanted."""
    looked, unwanted = config.get("words", ""), config.get("without", "")
    if not looked.strip() and not unwanted.strip():
        return True
    text = "\n".join((entry.title, entry.text, *entry.categories)).casefold()
    found = not _listed(looked) or any(pattern.search(text) for pattern in _patterns(looked))
    return found and not any(pattern.search(text) for pattern in _patterns(unwanted))


def names_in(given: str) -> frozenset[str]:
    """Names, separated by commas, for comparing."""
    return frozenset(_listed(given))


def _listed(given: str) -> list[str]:
    return [words for part in re.split(r"[,;\n]", given) if (words := " ".join(part.split()).casefold())][:_MOST_WORDS]


@lru_cache(maxsize=256)
def _patterns(given: str) -> tuple[re.Pattern[str], ...]:
    return tuple(_pattern(words) for words in _listed(given))


def _pattern(words: str) -> re.Pattern[str]:
    """Whole words; where a script has no blanks between words (or a word has an ending), any place."""
    inner = r"\s+".join(re.escape(word) for word in words.split())
    return re.compile(rf"(?<![^\W_]){inner}(?![^\W_])" if words.isascii() else inner)
