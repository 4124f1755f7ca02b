"""The stretch of a text that shows why it was found, with the places of the words in it. Pure; called by finding.

Never writes markup: places are numbers, and whoever shows them decides how.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.engagement.search.folding import TEXT_LIMIT_CHARS, Token, tokens_of
from services.engagement.search.queries import Part, Query

EXCERPT_CHARS = 240
BEFORE_CHARS = 60
PLACES_LIMIT = 20


class Excerpt(NamedTuple):
    """A stretch of a text and the places in it, [start, end) in characters of the stretch."""

    text: str
    places: tuple[tuple[int, int], ...]


def excerpt_of(text: str, query: Query) -> Excerpt:
    """The stretch around the first place where a wanted part stands."""
    tokens = list(tokens_of(text[:TEXT_LIMIT_CHARS]))
    places = _united(sorted(place for part in query.wanted for place in _places(part, tokens)))
    begin = _begin(text, first=places[0][0] if places else 0)
    stretch = text[begin : begin + EXCERPT_CHARS]
    inside = ((max(start - begin, 0), min(end - begin, len(stretch))) for start, end in places)
    return Excerpt(stretch, tuple(place for place in inside if place[0] < place[1])[:PLACES_LIMIT])


def _places(part: Part, tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    length = len(part.words)
    for number in range(len(tokens) - length + 1):
        run = tokens[number : number + length]
        words = [token.word for token in run]
        if words[:-1] == list(part.words[:-1]) and _ends(words[-1], part):
            end = run[-1].start + len(part.words[-1]) if part.open_ended else run[-1].end
            yield run[0].start, max(min(end, run[-1].end), run[-1].start + 1)


def _ends(word: str, part: Part) -> bool:
    return word.startswith(part.words[-1]) if part.open_ended else word == part.words[-1]


def _united(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without overlaps: pairs of characters share their middle."""
    united: list[tuple[int, int]] = []
    for start, end in places:
        if united and start < united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((start, end))
    return united


def _begin(text: str, *, first: int) -> int:
    """Where the stretch begins: a little before the place, at a word where there is one."""
    if first <= BEFORE_CHARS or len(text) <= EXCERPT_CHARS:
        return 0
    begin = first - BEFORE_CHARS
    space = text.find(" ", begin, first)
    return space + 1 if space >= 0 else begin
