"""Which language a text is in: py3langid among the known languages, led by frequent words and telling letters. Called by reading.

"und" where nothing tells. The model is read on first use, once per process.
"""

import math
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from services.routing.triage.folding import ASK, STOP, Word, fold
from services.routing.triage.lexicon import LANGUAGES, lexicon_of

UNKNOWN = "und"
_TABLE = Path(__file__).parent / "languages.toml"
_LETTER_WEIGHT = 0.35
_CUE_WEIGHT = 0.3
_ENOUGH_WORDS = 40
_FEW_WORDS = 8
_READ_CHARS = 400
_OWN_WEIGHT = 0.8
_RARE = math.log(0.2)
_FLOOR = 1e-3


def detect_language(text: str, *, words: Sequence[Word]) -> tuple[str, float]:
    """ISO 639-1 and how sure, 0 to 1; the first words decide. Links and tags should have been taken out of `text`."""
    sample = [word.text for word in words[:_ENOUGH_WORDS] if word.text not in (STOP, ASK)]
    if not sample:
        return UNKNOWN, 1.0
    own = _own_scores(sample, padded=text[:_READ_CHARS].lower() + " ")
    main = _main()
    scores = {
        language: math.log(share + _FLOOR) + (0.0 if language in main else _RARE) + _OWN_WEIGHT * own.get(language, 0.0)
        for language, share in _identifier().rank(" ".join(text[:_READ_CHARS].split()))
    }
    best = max(scores, key=scores.__getitem__)
    return best, 1.0 / sum(math.exp(max(score - scores[best], -50.0)) for score in scores.values())


def _own_scores(sample: Sequence[str], *, padded: str) -> dict[str, float]:
    scores: dict[str, float] = {}
    known = _word_weights()
    for word in sample:
        for language, weight in known.get(word, ()):
            scores[language] = scores.get(language, 0.0) + weight
    for language, letters in _letters():
        scores[language] = scores.get(language, 0.0) + _LETTER_WEIGHT * sum([group in padded for group in letters])
    if len(sample) < _FEW_WORDS:
        _add_cues(scores, sample=sample)
    return scores


def _add_cues(scores: dict[str, float], *, sample: Sequence[str]) -> None:
    """A text of few words is also known by the words of trade in it: "prix", "Preis", "precio"."""
    for language in LANGUAGES:
        lexicon = lexicon_of(language)
        for word in sample:
            if lexicon.buckets_of(word):
                scores[language] += _CUE_WEIGHT


@cache
def _identifier() -> LanguageIdentifier:
    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    whole.set_languages([language for language in _table()["known"] if language in whole.labels])
    # A second one of the languages alone: the first keeps the columns of all others, tens of megabytes that nobody reads.
    return LanguageIdentifier(
        np.ascontiguousarray(whole.nb_ptc),
        whole.nb_pc,
        whole.nb_classes,
        whole.tk_nextmove,
        whole.tk_output,
        norm_probs=True,
        tk_row=whole.tk_row,
    )


@cache
def _main() -> frozenset[str]:
    return frozenset(_table()["main"])


@cache
def _word_weights() -> dict[str, tuple[tuple[str, float], ...]]:
    owners: dict[str, list[str]] = {}
    for language, words in _table()["words"].items():
        for word in sorted(set(fold(words).split())):
            owners.setdefault(word, []).append(language)
    return {word: tuple((language, 1.0 / len(shared)) for language in shared) for word, shared in owners.items()}


@cache
def _letters() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((language, tuple(groups)) for language, groups in _table()["letters"].items())


@cache
def _table() -> dict[str, Any]:
    """`known` and `main`: lists of languages; `words`: language -> text; `letters`: language -> list."""
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))
