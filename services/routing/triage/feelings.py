"""How strongly the words of a text feel, good and bad, by the list of its language in feelings.toml. Called by signals; pure."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from services.routing.triage.folding import STOP, fold

_TABLE = Path(__file__).parent / "feelings.toml"
_STRENGTHS = {"best": 2.0, "good": 1.0, "bad": -1.0, "worst": -2.0}
_DEFAULT = "en"
_REACH_WORDS = 3
_SHORTEST_STEM_CHARS = 3
_LONGEST_STEM_CHARS = 14


@dataclass(frozen=True, slots=True)
class Feeling:
    """Sums of what was felt: all of it, behind the last "but", the strongest word of either side, and how many were turned by a "not"."""

    good: float = 0.0
    bad: float = 0.0
    last: float = 0.0
    best: float = 0.0
    worst: float = 0.0
    turned: int = 0


def feel(words: Sequence[str], *, language: str) -> Feeling:
    """The feeling of folded words; `STOP` ends the reach of a "not". A language without a list is read as English."""
    language = language if language in _table() else _DEFAULT
    good = bad = last = best = worst = 0.0
    turned = no = more = 0
    for word in words:
        if word == STOP:
            no = more = 0
            continue
        kind, strength = _known(word, language=language)
        if strength:
            if no:
                strength, turned = -0.7 * strength, turned + 1
            strength *= 1.0 + 0.4 * more
            good, bad = (good + strength, bad) if strength > 0 else (good, bad - strength)
            best, worst, last = max(best, strength), max(worst, -strength), last + strength
        no, more = (_REACH_WORDS, more) if kind == "not" else (max(0, no - 1), more)
        more = 1 if kind == "more" else -1 if kind == "less" else 0
        if kind == "but":
            last, no = 0.0, 0
    return Feeling(good, bad, last, best, worst, turned)


@lru_cache(maxsize=50_000)
def _known(word: str, *, language: str) -> tuple[str, float]:
    """What a word does and how it feels, -2 to 2."""
    exact, stems = _words(language)
    if word in exact:
        return exact[word]
    for size in range(min(len(word), _LONGEST_STEM_CHARS), _SHORTEST_STEM_CHARS - 1, -1):
        if (stem := word[:size]) in stems:
            return stems[stem]
    return "", 0.0


@cache
def _words(language: str) -> tuple[dict[str, tuple[str, float]], dict[str, tuple[str, float]]]:
    """Whole words and stems: what each does ("", "not", "but", "more", "less") and how it feels. What turns or weighs may feel as well."""
    exact: dict[str, tuple[str, float]] = {}
    stems: dict[str, tuple[str, float]] = {}
    for kind, listed in _table()[language].items():
        for word in fold(listed).split():
            target, key = (stems, word[:-1]) if word.endswith("*") else (exact, word)
            before = target.get(key, ("", 0.0))
            target[key] = (before[0], _STRENGTHS[kind]) if kind in _STRENGTHS else (kind, before[1])
    return exact, stems


@cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))
