"""Who acts for a member who is away or has left: deputies and successors, followed to whoever is here. Pure.

Used by engagement and routing. `known` may leave members out: of whom nothing is known is taken to be here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether a member works here, is away, and who acts meanwhile or from then on."""

    active: bool
    deputy_id: MemberId | None = None
    absent_from: datetime | None = None
    absent_until: datetime | None = None
    successor_id: MemberId | None = None

    def is_absent(self, now: datetime) -> bool:
        """Away at this moment; without an end until further notice."""
        begun = self.absent_from is not None and self.absent_from <= now
        return begun and (self.absent_until is None or now < self.absent_until)


def stand_in(member: MemberId, known: Mapping[MemberId, Standing], *, now: datetime) -> MemberId | None:
    """Who gets what would be the member's: themselves, a deputy, a successor. None where the member left and nobody took over.

    Where nobody of an absent member's deputies is here, it is the member's all the same.
    """
    heir = _heir(member, known)
    return None if heir is None else (_here(heir, known, now=now, passed=frozenset()) or heir)


def _heir(member: MemberId, known: Mapping[MemberId, Standing]) -> MemberId | None:
    """The first along the successors who still works here."""
    passed: set[MemberId] = set()
    following: MemberId | None = member
    while following is not None and following in known and not known[following].active:
        if following in passed:
            return None
        passed.add(following)
        following = known[following].successor_id
    return following


def _here(member: MemberId, known: Mapping[MemberId, Standing], *, now: datetime, passed: frozenset[MemberId]) -> MemberId | None:
    """The first along the deputies who is not away."""
    heir = _heir(member, known)
    if heir is None or heir in passed:
        return None
    standing = known.get(heir)
    if standing is None or not standing.is_absent(now):
        return heir
    return None if standing.deputy_id is None else _here(standing.deputy_id, known, now=now, passed=passed | {heir})
