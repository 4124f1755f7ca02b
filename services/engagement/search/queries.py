"""Reads what a person types into the search box. Pure; called by finding and excerpts; never fails, whatever is typed.

Words are all to be found; "words in quotes" one after the other; word* also as the beginning of a word; -word not at all.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.engagement.search.folding import SIGILS, Token, tokens_of

# More parts than this narrow nothing down; the rest is left out.
PARTS_LIMIT = 32


@dataclass(frozen=True, slots=True)
class Part:
    """Words that follow one another. The last may be only a word's beginning (`open_ended`)."""

    words: tuple[str, ...]
    open_ended: bool

    def pattern(self) -> str:
        """What LIKE compares with words_of a text."""
        return f"% {_escaped(' '.join(self.words))}{'' if self.open_ended else ' '}%"

    def terms(self) -> tuple[str, ...]:
        """The whole words by which an index finds candidates."""
        whole = self.words[:-1] if self.open_ended else self.words
        return tuple(word for word in whole if word not in SIGILS)

    def beginning(self) -> str | None:
        """The beginning of a word by which an index finds candidates."""
        return self.words[-1] if self.open_ended else None

    def is_findable(self) -> bool:
        """Whether an index can find it: a lone # or @ stands everywhere."""
        return bool(self.terms() or self.beginning())


@dataclass(frozen=True, slots=True)
class Query:
    """What must be there and what must not. Without anything wanted there is nothing to search for."""

    wanted: tuple[Part, ...]
    unwanted: tuple[Part, ...]


def read_query(text: str) -> Query:
    """What was typed, as far as it has words."""
    wanted: dict[Part, None] = {}
    unwanted: dict[Part, None] = {}
    for excluded, element in _elements(text):
        for part in parts_of(element):
            (unwanted if excluded else wanted).setdefault(part)
    return Query(tuple(wanted)[:PARTS_LIMIT], tuple(unwanted)[:PARTS_LIMIT])


def parts_of(element: str) -> Sequence[Part]:
    """The part that a word or a phrase is: none where it has no word."""
    starred = element.rstrip().endswith("*")
    tokens = list(_closed(list(tokens_of(element))))
    if not tokens:
        return ()
    part = Part(tuple(token.word for token in tokens), open_ended=starred or tokens[-1].open_ended)
    return (part,) if part.is_findable() else ()


def _closed(tokens: Sequence[Token]) -> Iterator[Token]:
    """Without the single character that ends the last run: the run may go on in what is found."""
    last = tokens[-1] if tokens else None
    ends_a_run = last is not None and last.open_ended and len(tokens) > 1 and tokens[-2].end == last.end
    yield from tokens[:-1] if ends_a_run else tokens


def _elements(text: str) -> Iterator[tuple[bool, str]]:
    """Words and phrases as typed, each with whether it is excluded."""
    for found in _ELEMENT.finditer(text):
        phrase, word = found["phrase"], found["word"]
        yield bool(found["minus"]), phrase if phrase is not None else word


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


# A minus excludes at the beginning of a word only: e-mail and AB-12 are what they are. A quote that nobody closes reaches to the end.
_ELEMENT = re.compile(
    r'(?:(?<!\S)(?P<minus>[-\u2212]))?(?:["\u201c\u201d\u201e\u00ab\u00bb](?P<phrase>[^"\u201c\u201d\u00ab\u00bb]*)["\u201c\u201d\u00ab\u00bb]?|(?P<word>[^\s"\u201c\u201d\u201e\u00ab\u00bb]+))'
)
