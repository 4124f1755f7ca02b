"""Texts as hashed features: one vectorised pass over a whole batch, shared by every head. Called by the engine and by its training.

Words, pairs of words, words under negation and pieces of words become numbers below `WIDTH`. Pure; the same text gives the same numbers
on every machine and in every batch.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from services.routing.triage.folding import LONGEST_TEXT_CHARS, MARKS, fold

Numbers = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Values = NDArray[np.float32]

BITS = 19
PIECES = (3, 4, 5)
_TOKEN = re.compile(rf"https?://\S+|www\.\S+|\{{link\}}|@[\w.]+|[^\W_]+(?:{MARKS}+[^\W_]*)*|[^\w\s]")
_ANYBODY = "@u"
_ANY_LINK = "{link}"
_LONGEST_TOKEN_CHARS = 30
_RUN = re.compile(r"(.)\1{2,}")
_DIGITS = str.maketrans("123456789", "000000000")
_BASE = 0x9E3779B97F4A7C15
_BACK = pow(_BASE, -1, 1 << 64)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_SPACE = 32
_NEGATED_WORDS = 4
_STOPS = ".!?,;:"
_NEGATORS = """no not never none nobody nothing without cannot cant dont doesnt didnt isnt wasnt arent wont wouldnt couldnt shouldnt hasnt
havent hadnt t nor hardly ni nunca jamas sin nada tampoco ne pas jamais sans aucun plus rien nicht kein keine keinen keiner nie ohne nichts
nao sem nem nunca non mai senza nessun nessuno niente لا لم لن ليس ما غير بدون नहीं न मत ना बिना"""


@dataclass(frozen=True, slots=True)
class Block:
    """Features of one kind: `columns[k]` stands in text `rows[k]`, never falling, and at token `places[k]` of the batch."""

    rows: Numbers
    columns: Numbers
    places: Numbers


@dataclass(frozen=True, slots=True)
class Hashed:
    """What texts consist of. `spans[k]` is where token k stands in its text; the scales make every text weigh the same."""

    size: int
    words: Sequence[Block]
    pieces: Sequence[Block]
    word_scale: Values
    piece_scale: Values
    token_rows: Numbers
    spans: Sequence[tuple[int, int]]


def hash_texts(texts: Sequence[str]) -> Hashed:
    """The features of each text; a text without any gets none."""
    spelled = [_spell(text[:LONGEST_TEXT_CHARS]) for text in texts]
    tokens = [token for each, _ in spelled for token in each]
    counts = np.fromiter((len(each) for each, _ in spelled), dtype=np.int64, count=len(spelled))
    rows = np.repeat(np.arange(len(texts)), counts)
    words, pieces = _blocks(tokens, rows=rows) if tokens else ([], [])
    return Hashed(
        size=len(texts),
        words=words,
        pieces=pieces,
        word_scale=_scale(words, size=len(texts)),
        piece_scale=_scale(pieces, size=len(texts)),
        token_rows=rows,
        spans=list(chain.from_iterable(spans for _, spans in spelled)),
    )


def _spell(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """The tokens of a text as they are hashed, and where each stands in it."""
    tokens, spans = [], []
    for found in _TOKEN.finditer(fold(text)):
        token = found.group()
        first = token[0]
        if len(token) > 1:
            if first == "@":
                token = _ANYBODY
            elif token.startswith(("http", "www.", "{")):
                token = _ANY_LINK
            else:
                token = _RUN.sub(r"\1\1", token.translate(_DIGITS))[:_LONGEST_TOKEN_CHARS]
        tokens.append(token)
        spans.append(found.span())
    return tokens, spans


def _blocks(tokens: Sequence[str], *, rows: Numbers) -> tuple[list[Block], list[Block]]:
    codes = np.frombuffer((" " + " ".join(tokens) + " ").encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    lengths = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))
    starts = np.cumsum(lengths + 1) - lengths
    sums = _running(codes)
    whole = _hash_between(sums, starts, starts + lengths)
    owner = np.repeat(np.arange(len(tokens)), lengths + 1)
    return _of_words(whole, rows=rows, tokens=tokens), _of_pieces(codes, sums=sums, owner=owner, rows=rows)


def _of_words(whole: Hashes, *, rows: Numbers, tokens: Sequence[str]) -> list[Block]:
    """Words, pairs and threes that follow one another, and words under negation."""
    places = np.arange(len(whole))
    pairs = np.flatnonzero(rows[1:] == rows[:-1])
    threes = pairs[:-1][pairs[1:] == pairs[:-1] + 1]
    negated = np.flatnonzero(_under_negation(rows, tokens=tokens))
    found = [
        (places, _column(whole, salt=1)),
        (pairs, _column(whole[pairs] * _SECOND + whole[pairs + 1], salt=2)),
        (threes, _column((whole[threes] * _SECOND + whole[threes + 1]) * _MIX + whole[threes + 2], salt=3)),
        (negated, _column(whole[negated], salt=4)),
    ]
    return [Block(rows[at], columns, at) for at, columns in found]


def _under_negation(rows: Numbers, *, tokens: Sequence[str]) -> NDArray[np.bool_]:
    """Whether one of the last words before, in the same sentence, says no."""
    known = _negators()
    says_no = np.fromiter((token in known for token in tokens), dtype=np.bool_, count=len(tokens))
    under = np.zeros(len(tokens), dtype=np.bool_)
    if not says_no.any():
        return under
    sentences = np.cumsum(np.fromiter((token in _STOPS for token in tokens), dtype=np.int64, count=len(tokens))) + rows
    for distance in range(1, min(_NEGATED_WORDS, len(tokens) - 1) + 1):
        under[distance:] |= says_no[:-distance] & (sentences[distance:] == sentences[:-distance]) & (rows[distance:] == rows[:-distance])
    return under


def _of_pieces(codes: Hashes, *, sums: Hashes, owner: Numbers, rows: Numbers) -> list[Block]:
    """Every run of some characters of a word with the space before and behind it."""
    spaces = np.concatenate(([0], np.cumsum(codes == _SPACE)))
    blocks = []
    for size in PIECES:
        at = np.arange(max(0, len(codes) - size + 1))
        kept = at[spaces[at + size - 1] == spaces[at + 1]]
        places = owner[kept]
        blocks.append(Block(rows[places], _column(_hash_between(sums, kept, kept + size), salt=10 + size), places))
    return blocks


def _scale(blocks: Sequence[Block], *, size: int) -> Values:
    """One by the root of how many features of this kind a text has."""
    counts = sum((np.bincount(block.rows, minlength=size) for block in blocks), start=np.zeros(size, dtype=np.int64))
    return (1.0 / np.sqrt(np.maximum(counts, 1))).astype(np.float32)


def _running(codes: Hashes) -> Hashes:
    """Sums of a polynomial of the codes: the hash of any stretch is a difference of two of them."""
    return np.concatenate(
        (np.zeros(1, dtype=np.uint64), np.cumsum((codes + np.uint64(1)) * _powers(len(codes), base=_BASE), dtype=np.uint64))
    )


def _hash_between(sums: Hashes, first: Numbers, last: Numbers) -> Hashes:
    return (sums[last] - sums[first]) * _powers(len(sums), base=_BACK)[first]


def _column(hashes: Hashes, *, salt: int) -> Numbers:
    mixed = (hashes ^ np.uint64(salt * 0x632BE59BD9B4E019 & 0xFFFFFFFFFFFFFFFF)) * _MIX
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _SECOND
    return (mixed >> np.uint64(64 - BITS)).astype(np.int64)


def _powers(length: int, *, base: int) -> Hashes:
    """At least so many powers, from the zeroth; asked for in steps so that few tables are kept."""
    return _table_of_powers(1 << max(12, (length + 1).bit_length()), base=base)[:length]


@cache
def _table_of_powers(length: int, *, base: int) -> Hashes:
    factors = np.full(length, base, dtype=np.uint64)
    factors[0] = 1
    return np.cumprod(factors, dtype=np.uint64)


@cache
def _negators() -> frozenset[str]:
    return frozenset(fold(_NEGATORS).split())
