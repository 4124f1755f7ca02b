"""Profiles into contacts: pairs are taken strongest first, vetoes are asked of whole groups. Pure, and the same in any order of profiles.

What a group becomes depends on the set of profiles alone: circles are counted over all of them, pairs are ranked with ties by id.
Called by `resolving` for a neighbourhood and by measurements for everything.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from services.identity.matching.blocking import Pair, linking_pairs, suggesting_pairs
from services.identity.matching.circles import Circles, draw_circles
from services.identity.matching.facts import Facts
from services.identity.matching.scoring import Comparison, Verdict, compare
from services.identity.matching.vetoes import KEPT_APART, Veto, find_veto
from services.identity.matching.weights import Weights, shipped_weights

SUGGESTIONS_LIMIT = 5
"""Suggestions of one group that are shown; the best ones."""

RIVAL_BITS = 2.0
"""Two candidates are about as good where their evidence differs by no more than this."""
RIVALS_LIMIT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A pair whose evidence would have linked, and why it did not."""

    comparison: Comparison
    veto: Veto


@dataclass(slots=True, kw_only=True)
class Joined:
    """The outcome: a group per person, the pairs that made them, and what a person should look at."""

    group_of: dict[str, str]
    """By profile, the group's name: its smallest profile id."""
    forced: list[Pair] = field(default_factory=list)
    """Pairs that a member joined, as far as nothing keeps their groups apart."""
    links: list[Comparison] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    suggestions: list[Comparison] = field(default_factory=list)

    def members(self) -> dict[str, list[str]]:
        """Profiles by group, both sorted."""
        groups: dict[str, list[str]] = {}
        for profile in sorted(self.group_of):
            groups.setdefault(self.group_of[profile], []).append(profile)
        return groups


def join_profiles(
    profiles: Iterable[Facts],
    *,
    apart: Collection[Pair] = frozenset(),
    forced: Collection[Pair] = frozenset(),
    weights: Weights | None = None,
    population: int | None = None,
    suggesting: Collection[Pair] | None = None,
) -> Joined:
    """Put profiles into groups and propose more. `apart` are pairs that somebody rejected, `forced` pairs that somebody joined.

    `suggesting` are pairs to look at besides those that share a key.

    `population` is the number of profiles of the workspace, where it is known: among more people more is needed to be asked.
    """
    used = weights or shipped_weights()
    if population is not None:
        used = used.among(population)
    by_id = {profile.id: profile for profile in profiles}
    everybody = [by_id[key] for key in sorted(by_id)]
    circles = draw_circles(everybody)
    first = linking_pairs(circles)
    more = suggesting_pairs(everybody) if suggesting is None else set(suggesting)
    return join_compared(everybody, _compared(first | more, by_id, circles=circles, weights=used), apart=apart, forced=forced)


def join_compared(
    profiles: Iterable[Facts],
    compared: Iterable[Comparison],
    *,
    apart: Collection[Pair] = frozenset(),
    forced: Collection[Pair] = frozenset(),
) -> Joined:
    """The same, of pairs that were compared already. What a member joined comes first, and only what somebody keeps apart undoes it."""
    joining = _Joining({profile.id: profile for profile in profiles}, apart=apart)
    for one, other in sorted(set(forced)):
        joining.force(one, other)
    ranked = sorted(compared, key=lambda each: each.rank)
    for comparison in ranked:
        if comparison.verdict is Verdict.LINK:
            joining.take(comparison)
    joining.propose(ranked)
    return joining.joined


def _compared(pairs: Iterable[Pair], by_id: Mapping[str, Facts], *, circles: Circles, weights: Weights) -> list[Comparison]:
    found = (compare(by_id[one], by_id[other], circles=circles, weights=weights) for one, other in pairs)
    return [each for each in found if each.verdict is not Verdict.NOTHING]


class _Groups:
    """Profiles in groups, each called after its smallest id."""

    def __init__(self, by_id: Mapping[str, Facts]) -> None:
        self.of: dict[str, str] = {key: key for key in by_id}
        self.members: dict[str, list[Facts]] = {key: [profile] for key, profile in by_id.items()}

    def pair(self, one: str, other: str) -> Pair:
        """The groups of two profiles, in order."""
        mine, yours = self.of[one], self.of[other]
        return (mine, yours) if mine < yours else (yours, mine)

    def unite(self, one: str, other: str) -> None:
        """Make the groups of two profiles one, where they are not."""
        mine, yours = self.pair(one, other)
        if mine != yours:
            moved = self.members.pop(yours)
            self.members[mine] += moved
            for profile in moved:
                self.of[profile.id] = mine


class _Joining:
    """What evidence joins is asked of the groups that evidence made: what members joined neither helps it nor stands in its way.

    What somebody keeps apart is asked of the whole.
    """

    def __init__(self, by_id: Mapping[str, Facts], *, apart: Collection[Pair]) -> None:
        self._whole = _Groups(by_id)
        self._evident = _Groups(by_id)
        self._groups = self._whole.members
        self._apart = apart
        self.joined = Joined(group_of=self._whole.of)

    def force(self, one: str, other: str) -> None:
        """Unite the groups of two that a member joined, whatever else speaks against it."""
        mine, yours = self._whole.pair(one, other)
        if mine != yours and not self._rejected(mine, yours):
            self._whole.unite(one, other)
            self.joined.forced.append((one, other))

    def take(self, comparison: Comparison) -> None:
        """Unite the groups of two whom evidence links, unless a veto stands against it."""
        one, other = self._evident.pair(comparison.one, comparison.other)
        if one == other:
            return
        veto = find_veto(self._evident.members[one], self._evident.members[other], apart=frozenset())
        mine, yours = self._whole.pair(comparison.one, comparison.other)
        if mine != yours and self._rejected(mine, yours):
            veto = KEPT_APART
        if veto:
            self.joined.refusals.append(Refusal(comparison=comparison, veto=veto))
            return
        self._evident.unite(comparison.one, comparison.other)
        self._whole.unite(comparison.one, comparison.other)
        self.joined.links.append(comparison)

    def propose(self, compared: Iterable[Comparison]) -> None:
        """The best pair of any two groups, a few for each group; what somebody rejected is not proposed again.

        Where a group fits several others about as well, and those cannot be one person, nobody is asked: it would be a guess.
        """
        shown: dict[str, int] = {}
        best = self._best_pairs(compared)
        partners: dict[str, list[tuple[str, float]]] = {}
        for (one, other), comparison in best.items():
            partners.setdefault(one, []).append((other, comparison.bits))
            partners.setdefault(other, []).append((one, comparison.bits))
        for (one, other), comparison in best.items():
            if max(shown.get(one, 0), shown.get(other, 0)) >= SUGGESTIONS_LIMIT:
                continue
            if self._is_guess(one, other, comparison.bits, partners) or self._is_guess(other, one, comparison.bits, partners):
                continue
            self.joined.suggestions.append(comparison)
            shown[one], shown[other] = shown.get(one, 0) + 1, shown.get(other, 0) + 1

    def _best_pairs(self, compared: Iterable[Comparison]) -> dict[Pair, Comparison]:
        """By two groups that may be one person, their weightiest pair; the weightiest first."""
        best: dict[Pair, Comparison] = {}
        hopeless: set[Pair] = set()
        for comparison in sorted(compared, key=lambda each: (-each.bits, each.one, each.other)):
            one, other = sorted((self.joined.group_of[comparison.one], self.joined.group_of[comparison.other]))
            if one == other or (one, other) in best or (one, other) in hopeless:
                continue
            if self._rejected(one, other) or self._hopeless(one, other):
                hopeless.add((one, other))
            else:
                best[one, other] = comparison
        return best

    def _is_guess(self, group: str, partner: str, bits: float, partners: Mapping[str, list[tuple[str, float]]]) -> bool:
        return any(
            rival != partner and rival_bits >= bits - RIVAL_BITS and self._hopeless(*sorted((partner, rival)))
            for rival, rival_bits in partners[group][:RIVALS_LIMIT]
        )

    def _rejected(self, one: str, other: str) -> bool:
        return bool(self._apart) and any(
            (min(mine.id, yours.id), max(mine.id, yours.id)) in self._apart for mine in self._groups[one] for yours in self._groups[other]
        )

    def _hopeless(self, one: str, other: str) -> bool:
        return find_veto(self._groups[one], self._groups[other], apart=frozenset()) is not None
