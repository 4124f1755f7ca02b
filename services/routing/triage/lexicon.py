"""The cues of one language, read from lexicons/<language>.toml and indexed by their first word. Called by cues; read once.

Notation of a cue, separated by commas: words; `!` before it = sure (weight 2, else 1); `stem*` and `*ending` = any word that begins
or ends so; `{a|b c}` = one of these; `~` = up to three words between, within the sentence.
"""

import itertools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from services.routing.triage.folding import fold

LANGUAGES = ("en", "es", "fr", "de", "pt", "it")
GAP = "~"
_FOLDER = Path(__file__).parent / "lexicons"
_PARTS = re.compile(r"\{[^}]*\}|~|[^\s{}~]+")
_WORD = re.compile(r"\*?[^\W_]+\*?")


@dataclass(frozen=True, slots=True)
class Cue:
    """What follows the first word of a cue, and the intent that it speaks for."""

    intent: str
    weight: float
    rest: tuple[str, ...]


@dataclass(slots=True)
class Bucket:
    """The cues that share a beginning: those that a plain second word decides, by that word, and all others."""

    followed: dict[str, list[Cue]] = field(default_factory=dict)
    others: list[Cue] = field(default_factory=list)


@dataclass(slots=True)
class Lexicon:
    """Cues by their first word, by its stem or by its ending."""

    exact: dict[str, Bucket] = field(default_factory=dict)
    stems: dict[str, Bucket] = field(default_factory=dict)
    endings: dict[str, Bucket] = field(default_factory=dict)
    stem_lengths: tuple[int, ...] = ()
    ending_lengths: tuple[int, ...] = ()

    def cues_from(self, word: str, *, following: str) -> Iterator[Cue]:
        """Every cue that may begin with this folded word when `following` is the next one ("" at the end)."""
        for bucket in self.buckets_of(word):
            yield from bucket.others
            yield from bucket.followed.get(following, ())

    def buckets_of(self, word: str) -> list[Bucket]:
        """The buckets of a first word; empty where no cue begins with it."""
        size = len(word)
        found = [self.exact[word]] if word in self.exact else []
        for length in self.stem_lengths:
            if length > size:
                break
            if (stem := word[:length]) in self.stems:
                found.append(self.stems[stem])
        for length in self.ending_lengths:
            if length > size:
                break
            if (ending := word[-length:]) in self.endings:
                found.append(self.endings[ending])
        return found


@cache
def lexicon_of(language: str) -> Lexicon:
    """The lexicon of one of `LANGUAGES`."""
    lists: dict[str, str] = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    lexicon = Lexicon()
    for intent, cues in lists.items():
        for cue in cues.split(","):
            _add(lexicon, intent=intent, cue=cue.strip())
    lexicon.stem_lengths = tuple(sorted({len(stem) for stem in lexicon.stems}))
    lexicon.ending_lengths = tuple(sorted({len(ending) for ending in lexicon.endings}))
    return lexicon


def word_matches(pattern: str, word: str) -> bool:
    """Whether a folded word is what one word of a cue asks for."""
    if pattern[-1] == "*":
        return word.startswith(pattern[:-1])
    return word.endswith(pattern[1:]) if pattern[0] == "*" else word == pattern


def _add(lexicon: Lexicon, *, intent: str, cue: str) -> None:
    weight = 2.0 if cue.startswith("!") else 1.0
    for words in _spellings(fold(cue.lstrip("!"))):
        if not words:
            continue
        first, item = words[0], Cue(intent, weight, words[1:])
        table, key = _place_of(first, lexicon=lexicon)
        bucket = table.setdefault(key, Bucket())
        if item.rest and item.rest[0] != GAP and "*" not in item.rest[0]:
            bucket.followed.setdefault(item.rest[0], []).append(item)
        else:
            bucket.others.append(item)


def _place_of(first: str, *, lexicon: Lexicon) -> tuple[dict[str, Bucket], str]:
    if first.endswith("*"):
        return lexicon.stems, first[:-1]
    return (lexicon.endings, first[1:]) if first.startswith("*") else (lexicon.exact, first)


def _spellings(cue: str) -> set[tuple[str, ...]]:
    """Every sequence of words that a cue stands for; a gap at either end means nothing and is dropped."""
    choices = [_alternatives(part) for part in _PARTS.findall(cue)]
    spelled = set()
    for chosen in itertools.product(*choices):
        words = [word for words in chosen for word in words]
        while words and words[-1] == GAP:
            words.pop()
        while words and words[0] == GAP:
            words.pop(0)
        spelled.add(tuple(words))
    return spelled


def _alternatives(part: str) -> list[tuple[str, ...]]:
    if part == GAP:
        return [(GAP,)]
    options = part[1:-1].split("|") if part.startswith("{") else [part]
    return [tuple(_WORD.findall(option)) for option in options]
