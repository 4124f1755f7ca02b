"""How good a joining is, counted in pairs of profiles against the truth. Pure; called by `measure`, `calibrate` and the tests."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.identity.matching.joining import Joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Shares between 0 and 1. `mixed`: contacts that hold two people; `answered_recall`: with right suggestions accepted."""

    precision: float
    recall: float
    mixed: float
    suggestions: int
    suggestions_right: float
    answered_recall: float

    @property
    def f1(self) -> float:
        """Of automatic pairs."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def measure_quality(joined: Joined, *, person: Mapping[str, str]) -> Quality:
    """Compare with who each profile really is."""
    truth = _pairs(Counter(person.values()))
    made, right = _pairs_made(joined.group_of, person)
    good = [each for each in joined.suggestions if person[each.one] == person[each.other]]
    answered = _accepted(joined.group_of, ((each.one, each.other) for each in good))
    _, right_then = _pairs_made(answered, person)
    groups = joined.members().values()
    mixed = sum(len({person[each] for each in members}) > 1 for members in groups)
    return Quality(
        precision=right / made if made else 1.0,
        recall=right / truth if truth else 1.0,
        mixed=mixed / len(groups) if groups else 0.0,
        suggestions=len(joined.suggestions),
        suggestions_right=len(good) / len(joined.suggestions) if joined.suggestions else 1.0,
        answered_recall=right_then / truth if truth else 1.0,
    )


def _pairs(counts: Mapping[str, int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())


def _pairs_made(group_of: Mapping[str, str], person: Mapping[str, str]) -> tuple[int, int]:
    made = Counter(group_of.values())
    right = Counter(f"{group}\0{person[profile]}" for profile, group in group_of.items())
    return _pairs(made), _pairs(right)


def _accepted(group_of: Mapping[str, str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    above: dict[str, str] = {}

    def top(group: str) -> str:
        while group in above:
            group = above[group]
        return group

    for one, other in pairs:
        mine, yours = sorted((top(group_of[one]), top(group_of[other])))
        if mine != yours:
            above[yours] = mine
    return {profile: top(group) for profile, group in group_of.items()}
