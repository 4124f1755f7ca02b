"""Text as the rules see it: lower case, without accents, cut into words that remember their place. Called by every rule.

Folding keeps the length, character by character, so that a span of the folded text is a span of the text.
"""

import re
import unicodedata
from functools import cache
from typing import NamedTuple

STOP = "."
ASK = "?"
LONGEST_TEXT_CHARS = 4_000
MARKS = "[\u0300-\u036f\u0610-\u065f\u0900-\u0963\u200d]"  # stand inside words of Arabic and Hindi
_WORDS = re.compile(rf"[^\W_]+(?:{MARKS}+[^\W_]*)*|[.!\n;:…]+(?=\s|$)|[?\u00bf\uff1f\u061f]|\n")


class Word(NamedTuple):
    """One folded word, `STOP` between sentences or `ASK` for a question mark, at [start, end) of the text."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """Lower case without accents, of the same length."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(character.lower() if len(character.lower()) == 1 else character for character in text)
    return lowered.translate(_accents())


def split_words(folded: str) -> list[Word]:
    """The words, sentence ends and question marks in order."""
    return [_word(found) for found in _WORDS.finditer(folded)]


def _word(found: re.Match[str]) -> Word:
    text = found.group()
    first = text[0]
    if first.isalnum():
        return Word(text, found.start(), found.end())
    return Word(ASK if first in "?\u00bf\uff1f\u061f" else STOP, found.start(), found.end())


@cache
def _accents() -> dict[int, str]:
    table = {code: unicodedata.normalize("NFD", chr(code))[0] for code in range(0xC0, 0x250)}
    return table | {ord("ß"): "s", ord("ø"): "o", ord("æ"): "a", ord("œ"): "o", ord("ł"): "l", 0x2019: "'"}
