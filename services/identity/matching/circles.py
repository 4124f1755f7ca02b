"""Who shares what: for each key its carriers, and whether they are different people by name. Pure; built from a component or a batch.

Counts depend on the set of profiles only, never on the order in which they came.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from services.identity.matching.facts import Facts, Key, fit_people

LIMITS: Mapping[str, int] = {"email": 12, "phone": 8, "site": 10, "account": 10, "reference": 25, "handle": 14}
"""Carriers beyond which a value is a mailbox, a switchboard or a fashion, and says nothing about one person."""


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

    def says_something(self, key: Key) -> bool:
        """Whether the key is carried by few enough."""
        return self.of_key[key].degree <= LIMITS[key.kind]

    def contested(self, key: Key) -> bool:
        """Whether people of different names carry it."""
        return self.of_key[key].contested


def keys_of(profile: Facts) -> list[Key]:
    """All keys by which this profile can be found, its own account and handle among them."""
    own = [Key("handle", profile.handle)] if profile.handle else []
    account = profile.own_account
    return [*profile.claimed, *profile.accounts, *profile.sites, *profile.references, *own, *([account] if account else [])]


def draw_circles(profiles: Iterable[Facts]) -> Circles:
    """Count carriers over the profiles given; call it with all carriers of each key."""
    circles = Circles()
    for profile in sorted(profiles, key=lambda each: each.id):
        for key in keys_of(profile):
            circles.carriers.setdefault(key, []).append(profile)
        if account := profile.own_account:
            circles.owners.setdefault(account, []).append(profile)
    circles.of_key = {key: Circle(degree=len(carriers), contested=_contested(key, carriers)) for key, carriers in circles.carriers.items()}
    return circles


def _contested(key: Key, carriers: Sequence[Facts]) -> bool:
    if len(carriers) > LIMITS[key.kind]:
        return True
    return any(fit_people(one, other).conflicts for one, other in combinations(carriers, 2))
