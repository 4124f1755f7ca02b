"""Who shares what: for each key its carriers, and whether they are different people by name. Pure; built from a component or a batch.

Counts depend on the set of profiles only, never on the order in which they came.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from services.identity.matching.facts import Facts, Key, fit_people
from services.identity.matching.values import EMAIL

LIMITS: Mapping[str, int] = {
    "email": 12,
    "phone": 8,
    "site": 10,
    "account": 10,
    "reference": 25,
    "handle": 14,
    "stem": 30,
    "birth": 30,
}
"""Carriers beyond which a value is a mailbox, a switchboard or a fashion, and says nothing about one person."""
MEETING_ONLY = frozenset({"stem", "birth"})
"""Kinds of key under which profiles meet, and which say nothing by themselves."""


EXCLUSIVE_NETWORKS = frozenset({"crm"})
"""Systems that keep one record per person: two of their ids are two people, until somebody says otherwise."""
_BEGINNING_CHARS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """The carriers of one key."""

    degree: int
    contested: bool
    """Two of them have the names of two people: a family's or a company's value."""


@dataclass(slots=True, kw_only=True)
class Circles:
    """Circles by key, and profiles by account and handle."""

    of_key: dict[Key, Circle] = field(default_factory=dict)
    carriers: dict[Key, list[Facts]] = field(default_factory=dict)
    owners: dict[Key, list[Facts]] = field(default_factory=dict)
    """By the account key, the profiles that may be meant by a link."""

    def take(self, key: Key, carriers: Sequence[Facts]) -> None:
        """Note who carries a key: all of them, or more than its limit."""
        self.of_key[key] = circle_of(key, carriers)
        self.carriers[key] = list(carriers)
        if key.kind == "account":
            self.owners[key] = [each for each in carriers if each.own_account == key]

    def says_something(self, key: Key) -> bool:
        """Whether the key is carried by few enough."""
        return self.of_key[key].degree <= LIMITS[key.kind]

    def contested(self, key: Key) -> bool:
        """Whether people of different names carry it."""
        return self.of_key[key].contested


def keys_of(profile: Facts) -> list[Key]:
    """All keys by which this profile can be found, its own account and handle among them."""
    own = [Key("handle", profile.handle)] if profile.handle else []
    if profile.own_account:
        own.append(profile.own_account)
    if profile.network in EXCLUSIVE_NETWORKS:
        own.append(profile.own_reference)
    return list({*profile.claimed, *profile.accounts, *profile.sites, *profile.references, *own, *_meeting_keys(profile)})


def _meeting_keys(profile: Facts) -> Iterator[Key]:
    """A handle's stem and beginning, which its variants share; a date of birth beside a name."""
    if profile.handle:
        stem, digits = profile.stem
        yield Key("stem", stem or profile.handle)
        yield Key("stem", profile.handle[:_BEGINNING_CHARS])
        if digits:
            yield Key("stem", f"{stem}{digits[:2]}")
    for told in birth_keys(profile):
        yield Key("birth", told)


def birth_keys(profile: Facts) -> Iterator[str]:
    """Of records with a date of birth, in which any one field may be badly written: two others bring them together."""
    if not profile.birth:
        return
    yield profile.birth
    for word in profile.name.words if profile.name else ():
        yield f"day:{profile.birth}:{word[:3]}"
        yield f"born:{profile.birth[:4]}:{word[:4]}"
        yield f"month:{profile.birth[:7]}:{word[0]}"
        if profile.place:
            yield f"near:{profile.place}:{word[:5]}"
    for key in profile.claimed:
        if key.kind == EMAIL:
            local, _, domain = key.value.partition("@")
            yield f"local:{local}"
            yield f"domain:{domain}"


def draw_circles(profiles: Iterable[Facts]) -> Circles:
    """Count carriers over the profiles given; call it with all carriers of each key."""
    carriers: dict[Key, list[Facts]] = {}
    for profile in sorted(profiles, key=lambda each: each.id):
        for key in keys_of(profile):
            carriers.setdefault(key, []).append(profile)
    circles = Circles()
    for key, found in carriers.items():
        circles.take(key, found)
    return circles


def circle_of(key: Key, carriers: Sequence[Facts]) -> Circle:
    """What so many carriers, and these, make of a key. All of them, or more than its limit."""
    degree = len(carriers)
    if key.kind in MEETING_ONLY or degree > LIMITS[key.kind]:
        return Circle(degree=degree, contested=degree > LIMITS[key.kind])
    return Circle(degree=degree, contested=any(fit_people(one, other).conflicts for one, other in combinations(carriers, 2)))
