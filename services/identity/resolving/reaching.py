"""Reads the neighbourhood of some profiles: a few statements a round, and as many rounds as links lead on. Writes nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from uuid import UUID

import msgspec
import structlog

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.identity.matching.blocking import Pair
from services.identity.matching.circles import LIMITS, keys_of
from services.identity.matching.facts import Facts, Key
from services.identity.matching.neighbourhood import Neighbourhood, disturbed
from services.identity.matching.values import key_hash
from services.identity.statements import keys
from services.identity.statements.keys import KnownEdge, Standing, Ties
from services.kit.db import Connection

log = structlog.get_logger()
_decode = msgspec.json.Decoder(Facts).decode


@dataclass(slots=True, kw_only=True)
class Changed:
    """Profiles of which something that can be compared is new, as they are now and as they were (absent: they are new)."""

    now: dict[str, Facts] = field(default_factory=dict)
    before: dict[str, Facts] = field(default_factory=dict)
    born: dict[ProfileId, ContactId] = field(default_factory=dict)
    """Of those that are new in this transaction, the contacts they were born with: nothing else refers to them yet."""


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
    standings = {str(each): Standing(each, home) for each, home in changed.born.items()}
    moved = await _disturbed(connection, workspace, found, changed)
    fresh = {*changed.now, *moved, *(str(each) for each in also)}
    found.begin(fresh)
    while fresh and not found.is_too_large:
        await _learn_company(connection, workspace, found, fresh, standings=standings)
        await _learn_keys(connection, workspace, found)
        fresh = found.compare_reached()
    if found.is_too_large:
        log.warning("neighbourhood_too_large", workspace_id=str(workspace), profiles=len(found.reached))
        found = _only(changed)
    return await _tied(connection, workspace, found, standings=standings)


def _only(changed: Changed) -> Neighbourhood:
    """Those that are new, each for itself: what is known of the others stays as it is."""
    left = Neighbourhood()
    left.facts.update(changed.now)
    left.reached = set(changed.now) - set(changed.before)
    return left


async def _tied(connection: Connection, workspace: WorkspaceId, found: Neighbourhood, *, standings: Mapping[str, Standing]) -> Reached:
    # Between one and nobody there is nothing; most who are new are alone.
    alone = len(found.reached) < 2
    ties = Ties() if alone else await keys.ties_of_profiles(connection, workspace, _ids(found.reached))
    return Reached(
        neighbourhood=found,
        standings={each: standings[each] for each in found.reached if each in standings},
        edges=[each for each in ties.edges if str(each.other_profile_id) in found.reached],
        apart=[(str(one), str(other)) for one, other in ties.apart],
    )


async def _disturbed(connection: Connection, workspace: WorkspaceId, found: Neighbourhood, changed: Changed) -> set[str]:
    touched = Counter(chain.from_iterable(map(found.keys, changed.now)))
    touched.update(chain.from_iterable(map(keys_of, changed.before.values())))
    carriers = await _carriers(connection, workspace, found, sorted(touched), beyond=touched)
    few = {key: held for key, held in carriers.items() if len(held) <= LIMITS[key.kind] + touched[key]}
    found.read_keys(carriers)
    return disturbed(few, facts=found.facts, before=changed.before, changed=changed.now)


async def _learn_company(
    connection: Connection, workspace: WorkspaceId, found: Neighbourhood, fresh: set[str], *, standings: dict[str, Standing]
) -> None:
    """Reach these and whoever is with them; those who were born just now are with nobody."""
    asked = fresh - standings.keys()
    found.reach(fresh)
    if asked:
        company = await keys.company_of_profiles(connection, workspace, _ids(asked), told=_ids(found.facts))
        _learn(found, company.facts)
        standings.update((str(each.profile_id), each) for each in company.standings)
        found.reach(str(each.profile_id) for each in company.standings)


async def _learn_keys(connection: Connection, workspace: WorkspaceId, found: Neighbourhood) -> None:
    unread = found.unread_keys()
    if unread:
        found.read_keys(await _carriers(connection, workspace, found, unread))


async def _carriers(
    connection: Connection,
    workspace: WorkspaceId,
    found: Neighbourhood,
    asked: Sequence[Key],
    *,
    beyond: Mapping[Key, int] = MappingProxyType({}),
) -> Mapping[Key, Sequence[str]]:
    """By key, who carries it: all of them, whose facts are then known, or more than its limit and what is `beyond` that."""
    if not asked:
        return {}
    hashes = [key_hash(key.kind, key.value) for key in asked]
    few = [LIMITS[key.kind] + beyond.get(key, 0) for key in asked]
    told = _ids(found.facts)
    carriers = await keys.carriers_of_keys(connection, workspace, hashes, most=[each + 1 for each in few], few=few, told=told)
    _learn(found, carriers.facts)
    return {key: [str(each) for each in profiles] for key, profiles in zip(asked, carriers.of_keys, strict=True)}


def _learn(found: Neighbourhood, texts: Iterable[str]) -> None:
    for text in texts:
        facts = _decode(text)
        found.facts[facts.id] = facts


def _ids(profiles: Iterable[str]) -> list[ProfileId]:
    return [ProfileId(UUID(each)) for each in sorted(profiles)]
