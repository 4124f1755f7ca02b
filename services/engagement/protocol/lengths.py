"""How platforms count text. Called before anything is queued or sent; pure."""

import re
import unicodedata
from enum import StrEnum

_ADDRESS = re.compile(r"https?://\S+")
_ADDRESS_WEIGHT = 23
_FAR_NAME = re.compile(r"(?<![\w/])(@\w[\w.-]{0,100})@\w[\w.-]{0,250}")
_ZERO_WIDTH_JOINER = "\u200d"
_LIGHT_RANGES = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


class TextUnit(StrEnum):
    """The unit of a text limit."""

    CHARACTERS = "characters"
    UTF16 = "UTF-16 units"
    BYTES = "bytes"
    GRAPHEMES = "graphemes"
    WEIGHTED = "weighted characters"
    SHORTENED = "characters with shortened addresses"
    """An address has 23 whatever it is, and a name with its host has those of the name (Mastodon)."""


def text_length(text: str, *, unit: TextUnit) -> int:
    """The length of `text` as a platform counts it; graphemes are counted a little too high rather than too low."""
    match unit:
        case TextUnit.CHARACTERS:
            return len(text)
        case TextUnit.UTF16:
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case TextUnit.BYTES:
            return len(text.encode("utf-8", "surrogatepass"))
        case TextUnit.GRAPHEMES:
            return _graphemes(text)
        case TextUnit.WEIGHTED:
            return _weighted(text)
        case TextUnit.SHORTENED:
            return len(_FAR_NAME.sub(r"\1", _ADDRESS.sub("x" * _ADDRESS_WEIGHT, text)))


def _graphemes(text: str) -> int:
    count, joined, flag_open = 0, False, False
    for character in text:
        if joined or character == _ZERO_WIDTH_JOINER or _extends(character):
            joined = character == _ZERO_WIDTH_JOINER
            continue
        regional = "\U0001f1e6" <= character <= "\U0001f1ff"
        if regional and flag_open:
            flag_open = False
            continue
        flag_open = regional
        count += 1
    return count


def _extends(character: str) -> bool:
    """Combining marks, variation selectors and skin tones belong to the character before them."""
    return unicodedata.category(character) in {"Mn", "Me", "Mc"} or "\U0001f3fb" <= character <= "\U0001f3ff"


def _weighted(text: str) -> int:
    """X's counting: an address weighs 23, Latin and its neighbours 1, everything else 2."""
    addresses = len(_ADDRESS.findall(text))
    rest = unicodedata.normalize("NFC", _ADDRESS.sub("", text))
    light = sum(any(low <= ord(character) <= high for low, high in _LIGHT_RANGES) for character in rest)
    return addresses * _ADDRESS_WEIGHT + light + 2 * (len(rest) - light)
