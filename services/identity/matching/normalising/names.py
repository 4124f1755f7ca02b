"""Names of people: their words, and whether two can be one person's. Pure; called by `facts` and `evidence`."""

import enum
import re
from dataclasses import dataclass
from functools import lru_cache

from services.identity.matching.normalising.folding import fold
from services.identity.matching.normalising.handles import normalise_handle
from services.identity.matching.normalising.nicknames import are_forms_of_one, differ_by_gender, is_known
from services.identity.matching.normalising.slips import is_garbled, is_slip

_TITLES = frozenset(
    [
        "dr",
        "dra",
        "mr",
        "mrs",
        "ms",
        "miss",
        "prof",
        "professor",
        "sir",
        "don",
        "dona",
        "sr",
        "sra",
        "herr",
        "frau",
        "dipl",
        "ing",
        "jr",
        "junior",
        "snr",
        "ii",
        "iii",
        "phd",
        "md",
        "mba",
        "official",
    ]
)
_PARTICLES = frozenset(
    [
        "de",
        "del",
        "de",
        "la",
        "las",
        "los",
        "da",
        "das",
        "do",
        "dos",
        "di",
        "van",
        "von",
        "der",
        "den",
        "el",
        "al",
        "bin",
        "ibn",
        "y",
        "e",
        "la",
        "le",
    ]
)
_WORDS_LIMIT = 8
# Names of carriers of one value are compared for the value, and again for each pair that it brings together.
_REMEMBERED = 8192


@dataclass(frozen=True, slots=True)
class PersonName:
    """Folded words: the given name (or its first letter), and the others. `families` is empty for a single word."""

    given: str
    families: tuple[str, ...] = ()

    @property
    def is_full(self) -> bool:
        """Given and family name, both more than a letter."""
        return len(self.given) > 1 and any(len(each) > 1 for each in self.families)

    @property
    def words(self) -> frozenset[str]:
        """All of its words."""
        return frozenset((self.given, *self.families))


class NameFit(enum.StrEnum):
    """How two names go together, from one person's name to two people's."""

    FULL = "full"
    FORM = "form"
    """The same family name and a short form of the given name, or one slip of the keyboard."""
    INITIAL = "initial"
    FIRST = "first"
    """The same given name, and one of them tells no other."""
    GARBLED = "garbled"
    """So badly written that it may be one name: speaks neither for two people nor, alone, for one."""
    UNKNOWN = "unknown"
    OTHER_FAMILY = "other_family"
    HOUSEHOLD = "household"
    """The same family name, different given names."""
    CONFLICT = "conflict"

    @property
    def agrees(self) -> bool:
        """Whether both can be one person's, told by more than a given name."""
        return self in {NameFit.FULL, NameFit.FORM, NameFit.INITIAL}

    @property
    def conflicts(self) -> bool:
        """Whether these are the names of two people."""
        return self in {NameFit.HOUSEHOLD, NameFit.CONFLICT}


def read_name(text: str, *, handle: str = "") -> PersonName | None:
    """A display name's words, without titles, emoji and digits; None where it is the handle again, or has no letters.

    "Humphrey, Christian" and "Christian Humphrey" are the same; a particle belongs to the family name behind it.
    """
    folded = fold(text)
    if not folded or (handle and normalise_handle(text) == normalise_handle(handle) and " " not in folded.strip()):
        return None
    family, comma, given = folded.partition(",")
    words = _words(f"{given} {family}" if comma and _words(given) else folded)
    kept = [word for word in words if word not in _TITLES and word not in _PARTICLES] or words
    if not kept or len(kept) > _WORDS_LIMIT or (len(kept) == 1 and len(kept[0]) < 2):
        return None
    return PersonName(given=kept[0], families=tuple(kept[1:]))


def _words(text: str) -> list[str]:
    text = re.sub(r"[\u2019'`\u00b4]", "", text)
    return re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text)


@lru_cache(maxsize=_REMEMBERED)
def fit_names(one: PersonName | None, other: PersonName | None) -> NameFit:
    """How two names go together; the same whichever comes first."""
    if one is None or other is None:
        return NameFit.UNKNOWN
    straight = _fit(one, other)
    if straight.agrees or len(one.families) != 1 or len(other.families) != 1:
        return straight
    turned = _fit(PersonName(one.families[0], (one.given,)), other)
    better = turned in {NameFit.FULL, NameFit.FORM} or (turned is NameFit.GARBLED and straight.conflicts)
    return turned if better else straight


def _fit(one: PersonName, other: PersonName) -> NameFit:
    given = _fit_given(one.given, other.given)
    if not one.families or not other.families:
        return NameFit.FIRST if given in {NameFit.FULL, NameFit.FORM} else _single(one, other)
    family = _fit_families(one.families, other.families)
    if NameFit.GARBLED in {given, family}:
        return NameFit.CONFLICT if NameFit.CONFLICT in {given, family} else NameFit.GARBLED
    if family is NameFit.CONFLICT:
        return NameFit.OTHER_FAMILY if given in {NameFit.FULL, NameFit.FORM} else NameFit.CONFLICT
    if given is NameFit.CONFLICT:
        return NameFit.CONFLICT if family is NameFit.INITIAL else NameFit.HOUSEHOLD
    if NameFit.INITIAL in {given, family}:
        return NameFit.INITIAL
    return NameFit.FULL if given is family is NameFit.FULL else NameFit.FORM


def _single(one: PersonName, other: PersonName) -> NameFit:
    """A single word may be a family name too: only where it is a word of the other do they go together."""
    if not one.families and not other.families and not (is_known(one.given) and is_known(other.given)):
        return NameFit.GARBLED if is_garbled(one.given, other.given) else NameFit.UNKNOWN
    single, whole = (one, other) if not one.families else (other, one)
    if single.given in whole.words:
        return NameFit.FIRST
    return (
        NameFit.GARBLED if any(is_slip(single.given, word) or is_garbled(single.given, word) for word in whole.words) else NameFit.CONFLICT
    )


def _fit_given(one: str, other: str) -> NameFit:
    if one == other:
        return NameFit.FULL
    if min(len(one), len(other)) == 1:
        return NameFit.INITIAL if one[0] == other[0] else NameFit.CONFLICT
    if are_forms_of_one(one, other):
        return NameFit.FORM
    if differ_by_gender(one, other) or (is_known(one) and is_known(other)):
        return NameFit.CONFLICT
    if is_slip(one, other):
        return NameFit.FORM
    return NameFit.GARBLED if is_garbled(one, other) else NameFit.CONFLICT


def _fit_families(ours: tuple[str, ...], theirs: tuple[str, ...]) -> NameFit:
    mine, yours = _parts(ours), _parts(theirs)
    if any(len(word) > 1 for word in mine & yours):
        return NameFit.FULL
    if any(is_slip(one, other) for one in mine for other in yours):
        return NameFit.FORM
    if any(is_garbled(one, other) for one in mine for other in yours):
        return NameFit.GARBLED
    return NameFit.INITIAL if _abbreviates(mine, yours) or _abbreviates(yours, mine) else NameFit.CONFLICT


def _abbreviates(short: frozenset[str], long: frozenset[str]) -> bool:
    """Whether a single letter of the one begins a word of the other."""
    return any(len(letter) == 1 and word[0] == letter for letter in short for word in long)


def _parts(families: tuple[str, ...]) -> frozenset[str]:
    return frozenset(part for family in families for part in (family, *family.split("-")) if part)
