"""Text in a form that ignores case, accents, width and look-alike letters. Called by the neighbours; never for display."""

import re
import unicodedata

# Letters of other scripts that are drawn like Latin ones, as far as handles have them. Below, Latin ones that stay whole.
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u03b1\u03bf\u03c1\u03c5\u03bd\u03ba\u03b9\u03c4",
    "aeopcyxijshdqwaopuvkit",
)
_LEFT_WHOLE = {
    "\u00df": "ss",
    "\u00e6": "ae",
    "\u0153": "oe",
    "\u00fe": "th",
    "\u00f8": "o",
    "\u0142": "l",
    "\u0111": "d",
    "\u00f0": "d",
    "\u0127": "h",
    "\u0131": "i",
}
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")


def fold(text: str) -> str:
    """Case, accents, full width and zero-width characters are gone; other scripts stay as they are."""
    if text.isascii():
        return text.lower()
    wide = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", wide) if not unicodedata.combining(letter))
    for letter, letters in _LEFT_WHOLE.items():
        bare = bare.replace(letter, letters)
    return unicodedata.normalize("NFC", bare)


def skeleton(text: str) -> str:
    """Folded, with look-alikes of Latin letters made Latin where any Latin letter, or nothing but look-alikes, stands beside them."""
    folded = fold(text)
    if folded.isascii():
        return folded
    alike = folded.translate(_LOOK_ALIKES)
    return alike if any("a" <= letter <= "z" for letter in folded) or alike.isascii() else folded
