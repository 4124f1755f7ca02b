"""What keeps two groups of profiles apart, however strong the evidence between two of them. Pure; called by `joining`."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from services.identity.matching.circles import EXCLUSIVE_NETWORKS
from services.identity.matching.facts import Facts, fit_people
from services.identity.matching.normalising.nicknames import is_known

CLUSTER_LIMIT = 100
"""Profiles of one contact; beyond it a shared value is more likely than a busy person."""

PairOfIds = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Veto:
    """Why not: a name for the journal, and a sentence."""

    name: str
    sentence: str


TOO_LARGE = Veto("cluster_limit", f"together they would have more than {CLUSTER_LIMIT} profiles")
KEPT_APART = Veto("never_merge", "somebody said that they are two people")
TWO_RECORDS = Veto("exclusive_ids", "a system that keeps one record per person has two for them")
OTHER_NAMES = Veto("name_conflict", "they have the names of two people")


def find_veto(ours: Sequence[Facts], theirs: Sequence[Facts], *, apart: Collection[PairOfIds]) -> Veto | None:
    """The first reason that keeps two groups apart. `apart` holds pairs of profile ids, the smaller first."""
    return next(find_vetoes(ours, theirs, apart=apart), None)


def find_vetoes(ours: Sequence[Facts], theirs: Sequence[Facts], *, apart: Collection[PairOfIds]) -> Iterator[Veto]:
    """All of them."""
    if len(ours) + len(theirs) > CLUSTER_LIMIT:
        yield TOO_LARGE
    if apart and any(_pair(mine, yours) in apart for mine in ours for yours in theirs):
        yield KEPT_APART
    if _exclusive(ours) & _exclusive(theirs) and not _same_exclusive(ours, theirs):
        yield TWO_RECORDS
    if _two_names(ours, theirs):
        yield OTHER_NAMES


def _two_names(ours: Sequence[Facts], theirs: Sequence[Facts]) -> bool:
    """Whether the usual names of two groups conflict, or the names of two members do whose given names both exist.

    What one of them wrote badly (Imgeen) need not fit every other bad writing (IImogen), only the usual name; and not even that where
    both groups hold the same date of birth.
    """
    mine, yours = usual_name(ours), usual_name(theirs)
    if mine is None or yours is None:
        return False
    born_alike = bool({each.birth for each in ours} & {each.birth for each in theirs} - {""})
    return (fit_people(mine, yours).conflicts and not born_alike) or any(
        fit_people(one, other).conflicts for one in _existing(ours) for other in _existing(theirs)
    )


def _existing(profiles: Sequence[Facts]) -> list[Facts]:
    return [profile for profile in profiles if profile.name and is_known(profile.name.given)]


def usual_name(profiles: Sequence[Facts]) -> Facts | None:
    """The profile whose name most of the group have; of several, one with a full name, then the last in order."""
    counted = Counter(profile.name for profile in profiles if profile.name)
    named = [(profile.name.is_full, counted[profile.name], str(profile.name), profile.id) for profile in profiles if profile.name]
    usual = max(named, default=None)
    return next((profile for profile in profiles if usual and profile.id == usual[3]), None)


def _pair(one: Facts, other: Facts) -> PairOfIds:
    return (one.id, other.id) if one.id < other.id else (other.id, one.id)


def _systems(profiles: Sequence[Facts]) -> dict[str, set[str]]:
    held: dict[str, set[str]] = {}
    for profile in profiles:
        if profile.network in EXCLUSIVE_NETWORKS:
            held.setdefault(f"{profile.network}:{profile.scope}", set()).add(profile.external_id)
        for key in profile.references:
            system, _, value = key.value.rpartition(":")
            held.setdefault(system, set()).add(value)
    return held


def _exclusive(profiles: Sequence[Facts]) -> set[str]:
    return set(_systems(profiles))


def _same_exclusive(ours: Sequence[Facts], theirs: Sequence[Facts]) -> bool:
    mine, yours = _systems(ours), _systems(theirs)
    return all(mine[system] & yours[system] for system in mine.keys() & yours.keys())
