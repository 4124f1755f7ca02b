"""Which of the six languages a text is in, by frequent words and telling letters. Called by analysis; "und" where nothing tells."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from services.routing.triage.folding import ASK, STOP, Word, fold
from services.routing.triage.lexicon import LANGUAGES, lexicon_of

UNKNOWN = "und"
_TABLE = Path(__file__).parent / "languages.toml"
_LETTER_WEIGHT = 0.35
_CUE_WEIGHT = 0.3
_ENOUGH_WORDS = 40


def detect_language(text: str, *, words: Sequence[Word]) -> str:
    """ISO 639-1 of the likeliest of `LANGUAGES`, or "und"; the first forty words decide."""
    scores = dict.fromkeys(LANGUAGES, 0.0)
    known = _word_weights()
    sample = [word.text for word in words[:_ENOUGH_WORDS] if word.text not in (STOP, ASK)]
    for word in sample:
        for language, weight in known.get(word, ()):
            scores[language] += weight
    _add_letters(scores, padded=text[:400].lower() + " ")
    if len(sample) < 8:
        _add_cues(scores, sample=sample)
    best = max(LANGUAGES, key=scores.__getitem__)
    return best if scores[best] > 0.0 else UNKNOWN


def _add_letters(scores: dict[str, float], *, padded: str) -> None:
    for language, letters in _letters().items():
        scores[language] += _LETTER_WEIGHT * sum(group in padded for group in letters)


def _add_cues(scores: dict[str, float], *, sample: Sequence[str]) -> None:
    """A text of few words is also known by the words of trade in it: "prix", "Preis", "precio"."""
    for language in LANGUAGES:
        lexicon = lexicon_of(language)
        for word in sample:
            if lexicon.buckets_of(word):
                scores[language] += _CUE_WEIGHT


@cache
def _word_weights() -> dict[str, tuple[tuple[str, float], ...]]:
    owners: dict[str, list[str]] = {}
    for language, words in _table()["words"].items():
        for word in sorted(set(fold(words).split())):
            owners.setdefault(word, []).append(language)
    return {word: tuple((language, 1.0 / len(shared)) for language in shared) for word, shared in owners.items()}


@cache
def _letters() -> dict[str, list[str]]:
    return dict(_table()["letters"])


@cache
def _table() -> dict[str, Any]:
    """`words`: language -> text; `letters`: language -> list."""
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))
