"""Handles: the form in which two are compared, what is left without decoration, and how much one says. Pure."""

import re

from services.identity.matching.normalising.folding import fold, skeleton

_BEFORE = ("official", "therealest", "thereal", "iamthe", "real", "its", "iam", "mr", "mrs", "the")
_SHORTEST_STEM = 5
_LETTER_BITS, _DIGIT_BITS, _MOST_LETTER_BITS = 1.1, 2.6, 11.0


def normalise_handle(value: str) -> str:
    """Folded, without @, a Fediverse server, separators and look-alikes: what a reader would call the same handle. May be empty."""
    bare = fold(value.strip()).removeprefix("@").partition("@")[0]
    return skeleton("".join(letter for letter in bare if letter.isalnum()))


def stem_of(value: str) -> tuple[str, str]:
    """A handle without the decoration that people add when theirs is taken (real..., ..._x), and the digits that end it.

    The first is empty below five characters: then it says nothing.
    """
    bare = skeleton(value.strip()).removeprefix("@").partition("@")[0]
    bare = re.sub(r"[._-]+(x|xx|tv|hq|yt)?[._-]*$", "", bare)
    text = "".join(letter for letter in bare if letter.isalnum())
    letters = re.sub(r"[0-9]+$", "", text)
    digits = text[len(letters) :]
    for prefix in _BEFORE:
        if letters.startswith(prefix) and len(letters) - len(prefix) >= _SHORTEST_STEM:
            letters = letters.removeprefix(prefix)
            break
    return (letters, digits) if len(letters) >= _SHORTEST_STEM else ("", digits)


def bits_of(handle: str, *, known: frozenset[str] = frozenset()) -> float:
    """How surprising it is that two strangers carry this normalised handle, in bits. `known` are words already counted: the name."""
    rest = handle
    for word in sorted(known, key=lambda each: (-len(each), each)):
        if len(word) > 2 and word in rest:
            rest = rest.replace(word, "", 1)
    cut = next((length for length in range(min(len(rest), 12), 2, -1) for word in known if word.startswith(rest[-length:])), 0)
    rest = rest[: len(rest) - cut]
    digits = sum(letter.isdigit() for letter in rest)
    pattern = 4.5 if len(rest) < len(handle) else 2.0
    return pattern + min(_MOST_LETTER_BITS, _LETTER_BITS * (len(rest) - digits)) + _DIGIT_BITS * min(digits, 5)
