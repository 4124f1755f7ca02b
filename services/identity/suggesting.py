"""The sweep that proposes pairs of contacts (W5): by the same scorer, over keys of names and handles, a few profiles at a time.

Run by `main`. What is due is a row per profile, taken with the proposals in one transaction: stopped at any moment it goes on where it
was, and several processes take different ones. It moves nobody, and events wait for nothing here.
While a workspace brings people in by a file it waits, for each row makes its neighbours due again.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import asyncpg
import structlog

from services.contracts.ids import ProfileId, WorkspaceId
from services.identity.matching.blocking import BLOCK_LIMIT, blocking_keys
from services.identity.matching.facts import Facts
from services.identity.matching.joining import join_compared
from services.identity.matching.scoring import Comparison, Verdict
from services.identity.matching.values import key_hash
from services.identity.matching.weights import shipped_weights
from services.identity.resolving import Reached, decoded, reach, reason_of
from services.identity.statements import imports, keys, suggesting, suggestions
from services.identity.statements.linking import EvidenceEdge
from services.kit.clock import Clock
from services.kit.db import Connection, Database, DatabaseUnavailableError
from services.kit.ids import FIRST_ID

BATCH = 50
PAUSE_SECONDS = 5.0
_KIND = "meeting"
log = structlog.get_logger()


async def suggest_for_ever(app: Database, worker: Database, *, clock: Clock) -> None:
    """Look at what is due, then again after a while, until cancelled."""
    while True:
        try:
            await suggest_everywhere(app, worker, clock=clock)
        except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
            log.info("sweep_interrupted", sweep="suggesting", error=type(error).__name__)
        await asyncio.sleep(PAUSE_SECONDS)


async def suggest_everywhere(app: Database, worker: Database, *, clock: Clock) -> int:
    """One batch of each workspace in turn, until nothing is due anywhere; gives how many profiles were looked at."""
    looked_at = 0
    while True:
        here, after = 0, FIRST_ID
        while (workspace := await _next(worker, after)) is not None:
            async with app.transaction(workspace) as connection:
                here += await suggest(connection, workspace, clock=clock)
            after = workspace
        looked_at += here
        if not here:
            return looked_at


async def _next(worker: Database, after: UUID) -> WorkspaceId | None:
    async with worker.transaction() as connection:
        return await suggesting.next_workspace_due(connection, after=after)


async def suggest(connection: Connection, workspace: WorkspaceId, *, clock: Clock) -> int:
    """Propose what there is about some profiles that are due; gives how many. None while an import of the workspace has not ended."""
    if await imports.unfinished_imports(connection, workspace):
        return 0
    due = await suggesting.claimed_profiles(connection, workspace, limit=BATCH)
    if not due:
        return 0
    reached = await reach(connection, workspace, also=due)
    found = reached.neighbourhood
    subjects = [found.facts[each] for each in sorted(found.reached) if each in found.facts]
    population = await _keep_keys(connection, workspace, subjects)
    candidates = await _candidates(connection, workspace, reached, subjects)
    compared = _compared(reached, candidates, population=population)
    pairs = await _proposals(connection, workspace, reached, compared)
    among = [ProfileId(UUID(each.id)) for each in subjects]
    await suggestions.proposed_pairs(connection, workspace, pairs, among=among, now=clock.now())
    return len(due)


async def _keep_keys(connection: Connection, workspace: WorkspaceId, subjects: Sequence[Facts]) -> int:
    held = [(key_hash(_KIND, key), ProfileId(UUID(each.id))) for each in subjects for key in sorted(blocking_keys(each))]
    fresh = await suggesting.replaced_keys(connection, workspace, [ProfileId(UUID(each.id)) for each in subjects], held=held)
    return await suggesting.counted_profiles(connection, workspace, more=fresh)


async def _candidates(connection: Connection, workspace: WorkspaceId, reached: Reached, subjects: Sequence[Facts]) -> set[tuple[str, str]]:
    """Pairs of a subject and somebody whom it meets; a key of many brings nobody together."""
    holders: dict[str, list[str]] = {}
    for each in subjects:
        for key in blocking_keys(each):
            holders.setdefault(key, []).append(each.id)
    asked = sorted(holders)
    meeting = await suggesting.profiles_meeting(connection, workspace, [key_hash(_KIND, key) for key in asked], most=BLOCK_LIMIT + 1)
    pairs = {
        (one, str(other)) if one < str(other) else (str(other), one)
        for key, profiles in zip(asked, meeting, strict=True)
        if len(profiles) <= BLOCK_LIMIT
        for one in holders[key]
        for other in profiles
        if one != str(other)
    }
    await _learn(connection, workspace, reached, {each for pair in pairs for each in pair})
    return pairs


async def _learn(connection: Connection, workspace: WorkspaceId, reached: Reached, profiles: Iterable[str]) -> None:
    known = reached.neighbourhood.facts
    unknown = [ProfileId(UUID(each)) for each in sorted(set(profiles) - known.keys())]
    if unknown:
        _keep(reached, await keys.facts_of_profiles(connection, workspace, unknown))


def _keep(reached: Reached, texts: Iterable[str]) -> None:
    for text in texts:
        facts = decoded(text)
        reached.neighbourhood.facts[facts.id] = facts


def _compared(reached: Reached, pairs: Iterable[tuple[str, str]], *, population: int) -> list[Comparison]:
    """What is enough for a question; what would link, and did not, is one too."""
    found = reached.neighbourhood
    weights = shipped_weights().among(population)
    fresh = (found.compare(one, other, weights=weights) for one, other in sorted(pairs) if one in found.facts and other in found.facts)
    told = [*found.links.values(), *(each for each in fresh if each.verdict is not Verdict.NOTHING)]
    return [replace(each, verdict=Verdict.SUGGEST) for each in told]


async def _proposals(
    connection: Connection, workspace: WorkspaceId, reached: Reached, compared: Sequence[Comparison]
) -> list[EvidenceEdge]:
    """The best pair of any two contacts, where those may be one person."""
    ends = {ProfileId(UUID(each)) for pair in compared for each in (pair.one, pair.other)}
    facts = reached.neighbourhood.facts
    company = await keys.company_of_profiles(connection, workspace, sorted(ends), told=[ProfileId(UUID(each)) for each in facts])
    _keep(reached, company.facts)
    among = [each.profile_id for each in company.standings]
    ties = await keys.ties_of_profiles(connection, workspace, among)
    contacts: dict[UUID | None, list[str]] = {}
    for each in company.standings:
        contacts.setdefault(each.contact_id, []).append(str(each.profile_id))
    joined = join_compared(
        [facts[str(each)] for each in among if str(each) in facts],
        compared,
        apart={(str(one), str(other)) for one, other in ties.apart},
        forced=[(first, other) for first, *others in contacts.values() for other in others],
    )
    return [
        EvidenceEdge(profile_id=ProfileId(UUID(each.one)), other_profile_id=ProfileId(UUID(each.other)), reason=reason_of(each))
        for each in joined.suggestions
    ]
