"""Places and dates of birth in comparable form. Pure; nothing is looked up."""

from datetime import date

from services.identity.matching.normalising.folding import fold

_NOWHERE = frozenset(
    {"earth", "everywhere", "global", "here", "home", "internet", "planet earth", "somewhere", "the internet", "world", "worldwide"}
)
_DATE_CHARS = 10


def normalise_place(text: str) -> str:
    """The town: what stands before the first comma, folded, letters only. Empty where it is a joke or nothing."""
    town = " ".join("".join(letter if letter.isalpha() else " " for letter in fold(text).partition(",")[0]).split())
    return "" if town in _NOWHERE else town


def normalise_birth(text: str) -> str:
    """An ISO date (1971-06-24), or empty. The first of January is what forms fill in, and says nothing."""
    try:
        day = date.fromisoformat(text.strip()[:_DATE_CHARS])
    except ValueError:
        return ""
    return "" if (day.month, day.day) == (1, 1) else day.isoformat()
