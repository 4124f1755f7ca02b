"""How text becomes the words that are searched for. Pure; called by indexing, by the reading of queries and by excerpts.

A message and a query go through the same folding, so what looks alike is alike: case, accents, vowel points, digits of any
script. Nothing is stemmed and no word is left out. Scripts without spaces are cut into pairs of characters.
"""

import re
import string
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

# A message is searched by this much of its text: no platform's message is longer, and one row never holds up the others.
TEXT_LIMIT_CHARS = 50_000
SIGILS = frozenset("#@")


class Token(NamedTuple):
    """A word as it is searched for, and where it stands: [start, end) in characters of the text.

    `open_ended` marks the single character with which a run without spaces ends: more may follow it elsewhere.
    """

    word: str
    start: int
    end: int
    open_ended: bool = False


def tokens_of(text: str) -> Iterator[Token]:
    """The words of a text, in order."""
    if text.isascii():
        yield from (Token(found.group().lower(), *found.span()) for found in _PLAIN.finditer(text))
        return
    for found in _TOKEN.finditer(text):
        if found.lastgroup == "dense":
            yield from _pairs(found.group(), start=found.start())
        elif word := fold(found.group()):
            yield Token(word, *found.span())


def words_of(text: str) -> str:
    """All words of a text, each with a space before and after it: what is stored and compared. Empty where there is none."""
    searched = text[:TEXT_LIMIT_CHARS]
    plain = _PLAIN.findall(searched.lower()) if searched.isascii() else (token.word for token in tokens_of(searched))
    words = " ".join(plain)
    return f" {words} " if words else ""


def parts_of(text: str | None, *, subject: str | None, names: Iterable[str]) -> Sequence[str]:
    """What a message is searched by, each by itself: its text, its subject unless the text begins with it, its files' names."""
    said = text or ""
    return [part for part in (said, "" if subject and said.startswith(subject) else subject, *names) if part]


def words_of_parts(parts: Iterable[str]) -> str:
    """The words of all parts; two spaces lie between them, so that no phrase reaches from one into the next."""
    return "".join(words_of(part) for part in parts)


def fold(word: str) -> str:
    """One word in the form in which it is compared."""
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.translate(_LETTERS).casefold())
    kept = _DROPPED.sub("", apart.casefold()).translate(_LETTERS)
    return "".join(unicodedata.normalize("NFKC", kept).translate(_digits()).translate(_PUNCTUATION).split())


def _pairs(run: str, *, start: int) -> Iterator[Token]:
    """Each character with its successor, and the last one alone; so every stretch of the run begins some word."""
    folded = fold(run)
    whole = len(folded) != len(run)
    for place in range(len(folded)):
        word = folded[place : place + 2]
        span = (start, start + len(run)) if whole else (start + place, start + place + len(word))
        yield Token(word, *span, open_ended=len(word) == 1)


# What letters in brackets or before a full stop come apart into besides the letter.
_PUNCTUATION = str.maketrans("", "", string.punctuation)
# Scripts that write no spaces between words, and Hangul, which hangs particles on them.
_DENSE = (
    "\u0e00-\u0eff\u0f40-\u0fbc\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u3005-\u3007\u3040-\u30fa\u30fc-\u318f\u31a0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
# Marks that stand within words and that `\w` does not count; joiners and soft hyphens too, which are dropped later.
_MARKS = (
    "\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u0669\u0670"
    "\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0900-\u0963\u0966-\u0df3\u180b-\u180e\u1ab0-\u1aff\u1dc0-\u1dff\u200c\u200d\u20d0-\u20ff"
    "\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f"
)
_SYMBOLS = "\u00a2-\u00a5\u00a9\u00ae\u20a0-\u20cf\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001f3fa\U0001f400-\U0001faff"
_PLAIN = re.compile(r"[A-Za-z0-9]+|[#@](?=[A-Za-z0-9])")
_TOKEN = re.compile(
    rf"(?P<dense>[{_DENSE}]+)|(?P<word>(?:(?![{_DENSE}{_SYMBOLS}])[^\W_]|[{_MARKS}])+)|(?P<sigil>[#@](?=\w))|(?P<symbol>[{_SYMBOLS}])"
)
# Accents, vowel points of Hebrew and Arabic, stretching and joiners make no other word. Marks of other scripts do.
_DROPPED = re.compile(
    "[\u00ad\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u180b-\u180e\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f]"
)
# Letters that do not decompose and yet are typed without their stroke, and letters that keyboards exchange.
_LETTERS = str.maketrans(
    {
        "\u0131": "i",
        "\u00f8": "o",
        "\u00d8": "o",
        "\u0142": "l",
        "\u0141": "l",
        "\u0111": "d",
        "\u0110": "d",
        "\u00f0": "d",
        "\u0127": "h",
        "\u00e6": "ae",
        "\u00c6": "ae",
        "\u0153": "oe",
        "\u0152": "oe",
        "\u00fe": "th",
        "\u0649": "\u064a",
        "\u06cc": "\u064a",
        "\u06a9": "\u0643",
        "\u0629": "\u0647",
    }
)


@lru_cache(maxsize=1)
def _digits() -> dict[int, str]:
    """Digits of every script as ASCII digits; made when first needed."""
    found = (chr(code) for code in range(0x660, 0x1FBFA) if chr(code).isdecimal())
    return {ord(character): str(unicodedata.decimal(character)) for character in found}
