"""Reads the neighbourhood of some profiles: a few statements a round, and as many rounds as links lead on. Writes nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from uuid import UUID

import msgspec
import structlog

from services.contracts.ids import ProfileId, WorkspaceId
from services.identity.matching.blocking import Pair
from services.identity.matching.circles import LIMITS, keys_of
from services.identity.matching.facts import Facts, Key
from services.identity.matching.neighbourhood import Neighbourhood, disturbed
from services.identity.matching.values import key_hash
from services.identity.statements import keys
from services.identity.statements.keys import KnownEdge, Standing
from services.kit.db import Connection

log = structlog.get_logger()
_decode = msgspec.json.Decoder(Facts).decode


@dataclass(slots=True, kw_only=True)
class Changed:
    """Profiles of which something that can be compared is new, as they are now and as they were (absent: they are new)."""

    now: dict[str, Facts] = field(default_factory=dict)
    before: dict[str, Facts] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Reached:
    """Everything on which the contacts of some profiles depend, and where those profiles stand."""

    neighbourhood: Neighbourhood
    standings: dict[str, Standing]
    edges: list[KnownEdge]
    apart: list[Pair]


async def reach(
    connection: Connection, workspace: WorkspaceId, *, changed: Changed | None = None, also: Iterable[ProfileId] = ()
) -> Reached:
    """The neighbourhood of profiles that changed, of those whom that disturbs, and of `also`."""
    changed = changed or Changed()
    found = Neighbourhood()
    found.facts.update(changed.now)
    moved = await _disturbed(connection, workspace, found, changed)
    fresh = {*changed.now, *moved, *(str(each) for each in also)}
    while fresh and not found.is_too_large:
        company = await keys.company_of_profiles(connection, workspace, _ids(fresh))
        found.reach({*fresh, *(str(each) for each in company)})
        await _learn_facts(connection, workspace, found, found.reached)
        await _learn_keys(connection, workspace, found)
        fresh = found.compare_reached()
    if found.is_too_large:
        log.warning("neighbourhood_too_large", workspace_id=str(workspace), profiles=len(found.reached))
        found = _only(changed)
    return await _standing(connection, workspace, found)


def _only(changed: Changed) -> Neighbourhood:
    """Those that are new, each for itself: what is known of the others stays as it is."""
    left = Neighbourhood()
    left.facts.update(changed.now)
    left.reached = set(changed.now) - set(changed.before)
    return left


async def _standing(connection: Connection, workspace: WorkspaceId, found: Neighbourhood) -> Reached:
    everybody = _ids(found.reached)
    standings = await keys.standings_of_profiles(connection, workspace, everybody)
    # Between one and nobody there is nothing; most who are new are alone.
    alone = len(everybody) < 2
    edges = [] if alone else await keys.edges_of_profiles(connection, workspace, everybody)
    apart = [] if alone else await keys.apart_of_profiles(connection, workspace, everybody)
    return Reached(
        neighbourhood=found,
        standings={str(each.profile_id): each for each in standings},
        edges=[each for each in edges if str(each.other_profile_id) in found.reached],
        apart=[(str(one), str(other)) for one, other in apart],
    )


async def _disturbed(connection: Connection, workspace: WorkspaceId, found: Neighbourhood, changed: Changed) -> set[str]:
    touched = Counter(chain.from_iterable(map(found.keys, changed.now)))
    touched.update(chain.from_iterable(map(keys_of, changed.before.values())))
    carriers = await _carriers(connection, workspace, sorted(touched), beyond=touched)
    few = {key: held for key, held in carriers.items() if len(held) <= LIMITS[key.kind] + touched[key]}
    await _learn_facts(connection, workspace, found, {each for held in few.values() for each in held})
    found.read_keys(carriers)
    return disturbed(few, facts=found.facts, before=changed.before, changed=changed.now)


async def _learn_keys(connection: Connection, workspace: WorkspaceId, found: Neighbourhood) -> None:
    unread = found.unread_keys()
    if unread:
        carriers = await _carriers(connection, workspace, unread)
        few = {each for key, held in carriers.items() if len(held) <= LIMITS[key.kind] for each in held}
        await _learn_facts(connection, workspace, found, few)
        found.read_keys(carriers)


async def _carriers(
    connection: Connection, workspace: WorkspaceId, asked: Sequence[Key], *, beyond: Mapping[Key, int] = MappingProxyType({})
) -> Mapping[Key, Sequence[str]]:
    if not asked:
        return {}
    hashes = [key_hash(key.kind, key.value) for key in asked]
    most = [LIMITS[key.kind] + beyond.get(key, 0) + 1 for key in asked]
    held = await keys.carriers_of_keys(connection, workspace, hashes, most=most)
    return {key: [str(each) for each in profiles] for key, profiles in zip(asked, held, strict=True)}


async def _learn_facts(connection: Connection, workspace: WorkspaceId, found: Neighbourhood, profiles: Iterable[str]) -> None:
    unknown = set(profiles) - found.facts.keys()
    if unknown:
        for text in await keys.facts_of_profiles(connection, workspace, _ids(unknown)):
            facts = _decode(text)
            found.facts[facts.id] = facts


def _ids(profiles: Iterable[str]) -> list[ProfileId]:
    return [ProfileId(UUID(each)) for each in sorted(profiles)]
