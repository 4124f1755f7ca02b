"""Which pairs are worth comparing: those that share a key that few share. Never all with all. Pure; called by `joining` and batches."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from services.identity.matching.circles import LIMITS, Circles, birth_keys
from services.identity.matching.evidence import local_part
from services.identity.matching.facts import Facts
from services.identity.matching.normalising.handles import stem_of
from services.identity.matching.values import EMAIL

BLOCK_LIMIT = 30
"""Profiles of one blocking key; a fuller block is parted by place, and left where that does not help."""

Pair = tuple[str, str]


def linking_pairs(circles: Circles) -> set[Pair]:
    """Pairs that share a key of few: a value, a link to one another, a handle's stem, a date of birth beside a name."""
    return {pair for key, carriers in circles.carriers.items() if len(carriers) <= LIMITS[key.kind] for pair in _pairs_of(carriers)}


def suggesting_pairs(profiles: Sequence[Facts]) -> set[Pair]:
    """Pairs that share a blocking key: a name, a handle's stem, what a handle or an address would be made of."""
    blocks: dict[str, list[Facts]] = {}
    for profile in profiles:
        for key in blocking_keys(profile):
            blocks.setdefault(key, []).append(profile)
    return {pair for block in _capped(blocks) for pair in _pairs_of(block)}


def blocking_keys(profile: Facts) -> frozenset[str]:
    """Keys under which a profile meets those that may be the same person."""
    return frozenset([*_name_keys(profile), *_handle_keys(profile), *(f"birth:{told}" for told in birth_keys(profile))])


def _name_keys(profile: Facts) -> Iterator[str]:
    name = profile.name
    if name is None:
        return
    for family in name.families:
        yield f"name:{min(name.given, family)}:{max(name.given, family)}"
        yield f"initial:{name.given}:{family[0]}"
        yield f"family:{name.given[0]}:{family}"


def _handle_keys(profile: Facts) -> Iterator[str]:
    stem = profile.stem[0] or profile.handle
    if stem:
        yield f"handle:{stem}"
        yield f"handle:{stem[:8]}" if len(stem) > 8 else f"handle:{stem}"
    for key in profile.claimed:
        if key.kind == EMAIL:
            yield f"handle:{stem_of(local_part(key))[0]}"
    name = profile.name
    if name and name.is_full:
        family = name.families[-1].replace("-", "")
        for made in (f"{name.given}{family}", f"{family}{name.given}", f"{name.given[0]}{family}", f"{name.given}{family[0]}"):
            yield f"handle:{made}"


def _capped(blocks: Mapping[str, list[Facts]]) -> Iterator[list[Facts]]:
    for key in sorted(blocks):
        block = blocks[key]
        if len(block) <= BLOCK_LIMIT:
            yield block
            continue
        by_place: dict[str, list[Facts]] = {}
        for profile in block:
            if profile.place:
                by_place.setdefault(profile.place, []).append(profile)
        yield from (part for part in by_place.values() if len(part) <= BLOCK_LIMIT)


def _pairs_of(block: Iterable[Facts]) -> Iterator[Pair]:
    return combinations(sorted({profile.id for profile in block}), 2)
