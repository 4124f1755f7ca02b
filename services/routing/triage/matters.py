"""What the words of a text are about, by the list of its language in matters.toml. Called by signals; pure.

A matter has one name in all languages, so that what the heads learned of it in one of them helps in the others. A scene is two groups of
matters that meet: one word of fire is praise of a sauce, fire and many people are not.
"""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from services.routing.triage.folding import fold

_TABLE = Path(__file__).parent / "matters.toml"
_DEFAULT = "en"
_SCENES = "scenes"
_ARTICLE = "ال"
_SHORTEST_STEM_CHARS = 2
_LONGEST_STEM_CHARS = 16


def heard(words: Iterable[str], *, language: str) -> dict[str, int]:
    """How many different words speak of each matter. A language without a list is read as English."""
    known = _languages()
    language = language if language in known else _DEFAULT
    counts: dict[str, int] = {}
    for word in set(words):
        for matter in _of(word, language=language):
            counts[matter] = counts.get(matter, 0) + 1
    return counts


def seen(counts: Mapping[str, int]) -> list[str]:
    """The scenes of which both sides are heard."""
    return [name for name, (first, second) in _scenes().items() if not first.isdisjoint(counts) and not second.isdisjoint(counts)]


@cache
def scenes() -> tuple[str, ...]:
    """The names of all scenes, in the order of the file."""
    return tuple(_scenes())


@cache
def _scenes() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    sides = {name: rule.split(" + ") for name, rule in _table()[_SCENES].items()}
    return {name: (frozenset(first.split()), frozenset(second.split())) for name, (first, second) in sides.items()}


@cache
def matters() -> tuple[str, ...]:
    """The names of all matters, in the order of the file."""
    return tuple(_table()[_DEFAULT])


@lru_cache(maxsize=50_000)
def _of(word: str, *, language: str) -> frozenset[str]:
    exact, stems = _languages()[language]
    word = word.removeprefix(_ARTICLE)
    found = set(exact.get(word, ()))
    for size in range(_SHORTEST_STEM_CHARS, min(len(word), _LONGEST_STEM_CHARS) + 1):
        found |= stems.get(word[:size], frozenset())
    return frozenset(found)


@cache
def _languages() -> dict[str, tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]]:
    """Per language whole words and beginnings of words, each with its matters."""
    found = {}
    for language, listed in _table().items():
        if language == _SCENES:
            continue
        exact: dict[str, frozenset[str]] = {}
        stems: dict[str, frozenset[str]] = {}
        for matter, entries in listed.items():
            for entry in fold(entries).split():
                target, key = (exact, entry[:-1]) if entry.endswith(".") else (stems, entry)
                target[key] = target.get(key, frozenset()) | {matter}
        found[language] = (exact, stems)
    return found


@cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))
