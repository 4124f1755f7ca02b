"""The part of a workspace on which some profiles' contacts depend, found key by key. Pure; `resolving` reads for it what it asks for.

Only pairs whose evidence links are followed, so that a value of many leads nowhere. Whatever lies outside has no link into it: joining
the neighbourhood gives the same contacts as joining everybody.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice, product

from services.identity.matching.blocking import Pair
from services.identity.matching.circles import LIMITS, Circle, Circles, circle_of, keys_of
from services.identity.matching.facts import Facts, Key
from services.identity.matching.scoring import Comparison, Verdict, cannot_link, compare
from services.identity.matching.weights import Weights, shipped_weights

REACH_LIMIT = 1000
"""Profiles of one neighbourhood, beside REACH_EACH for each that it begins with; what would reach further is left as it is."""
REACH_EACH = 20
"""More than most people have accounts: many who come at once reach many others, and not one of them far."""

_PAIRS_TOLD = 400


class Neighbourhood:
    """Profiles reached so far, who shares keys with them, and the pairs that link."""

    def __init__(self, weights: Weights | None = None) -> None:
        self.facts: dict[str, Facts] = {}
        """Of everybody reached, and of those who share a key with them."""
        self.reached: set[str] = set()
        self.links: dict[Pair, Comparison] = {}
        self._keys: dict[str, list[Key]] = {}
        self._circles = Circles()
        self._waiting: set[str] = set()
        self._limit = REACH_LIMIT
        self._weights = weights or shipped_weights()

    @property
    def is_too_large(self) -> bool:
        """Whether it reaches further than anybody's accounts do."""
        return len(self.reached) > self._limit

    def begin(self, profiles: Iterable[str]) -> None:
        """Reach these first; how far it may reach follows from how many they are."""
        self.reach(profiles)
        self._limit = REACH_LIMIT + REACH_EACH * len(self.reached)

    def reach(self, profiles: Iterable[str]) -> None:
        """These belong to it. Their facts must be told before `compare_reached`."""
        fresh = set(profiles) - self.reached
        self.reached |= fresh
        self._waiting |= fresh

    def keys(self, profile: str) -> list[Key]:
        """Of somebody whose facts are known."""
        found = self._keys.get(profile)
        if found is None:
            found = self._keys[profile] = keys_of(self.facts[profile])
        return found

    def unread_keys(self) -> list[Key]:
        """Keys of those reached whose carriers are not known yet."""
        found = {key for profile in self._waiting for key in self.keys(profile)}
        return sorted(found - self._circles.of_key.keys())

    def read_keys(self, carriers: Mapping[Key, Sequence[str]]) -> None:
        """Who carries these keys: all of them, or more than the key's limit. Their facts must be known."""
        for key, profiles in carriers.items():
            if len(profiles) > LIMITS[key.kind]:
                self._circles.of_key[key] = Circle(degree=len(profiles), contested=True)
                self._circles.carriers[key] = []
            else:
                self._circles.take(key, [self.facts[each] for each in profiles])

    def compare(self, one: str, other: str, *, weights: Weights) -> Comparison:
        """Weigh a pair of which one was reached; the facts of both are known."""
        return compare(self.facts[one], self.facts[other], circles=self._circles, weights=weights)

    def strongest(self, ours: Iterable[str], theirs: Iterable[str]) -> Comparison | None:
        """What speaks most for two of those reached being one person, one of each side; None where nothing was compared."""
        pairs = islice(product(sorted(ours), sorted(theirs)), _PAIRS_TOLD)
        found = (compare(self.facts[one], self.facts[other], circles=self._circles, weights=self._weights) for one, other in pairs)
        return min(found, key=lambda each: each.rank, default=None)

    def compare_reached(self) -> set[str]:
        """Compare those newly reached with everybody who shares a key with them; gives whom they are linked to, and reaches them."""
        found: set[str] = set()
        for profile in sorted(self._waiting):
            own = self.facts[profile]
            others = {other.id for key in self.keys(profile) for other in self._circles.carriers[key]} - {profile}
            for other in others:
                if self._was_compared(profile, other) or cannot_link(own, self.facts[other]):
                    continue
                pair = (profile, other) if profile < other else (other, profile)
                comparison = compare(own, self.facts[other], circles=self._circles, weights=self._weights)
                if comparison.verdict is Verdict.LINK:
                    self.links[pair] = comparison
                    found.add(other)
        self._waiting = set()
        fresh = found - self.reached
        self.reach(fresh)
        return fresh

    def _was_compared(self, profile: str, other: str) -> bool:
        """Whoever was reached before was compared with all that share a key then; of those newly reached, the smaller one was."""
        return other in self.reached and (other not in self._waiting or other < profile)


def disturbed(
    carriers: Mapping[Key, Sequence[str]], *, facts: Mapping[str, Facts], before: Mapping[str, Facts], changed: Iterable[str]
) -> set[str]:
    """Whoever's links may change because a key says something else than before some profiles came or changed.

    `carriers`: of every key that a changed profile has or had, all of them; a key is left out where it has more than its limit and the
    number of changed ones that have or had it.
    """
    found: set[str] = set()
    held_before = {profile: set(keys_of(before[profile])) for profile in changed if profile in before}
    fresh = set(changed)
    for key, now in carriers.items():
        stayed = [before.get(each, facts[each]) for each in now if each not in fresh or key in held_before.get(each, ())]
        left = [before[each] for each, keys in held_before.items() if key in keys and each not in now]
        if _meaning(key, [*stayed, *left]) != _meaning(key, [facts[each] for each in now]):
            found.update(chain(now, (each.id for each in left)))
    return found


def _meaning(key: Key, carriers: Sequence[Facts]) -> tuple[bool, bool, bool]:
    """What about a key other pairs depend on: whether it says something, is contested, and leads to one account alone."""
    if len(carriers) > LIMITS[key.kind]:
        return False, True, False
    circle = circle_of(key, carriers)
    return True, circle.contested, sum(each.own_account == key for each in carriers) > 1
