"""The sweep of what is old, a batch a transaction, and its dry run. Run by each service's `compose`; several processes may.

A step's place is written in the transaction that removes: killed at any moment it goes on there, and removes nothing twice.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import asyncpg
import orjson
import structlog

from services.contracts.envelope import Event
from services.contracts.ids import WorkspaceId
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.errors import UnavailableError
from services.kit.ids import FIRST_ID, first_id_at, new_id
from services.kit.retaining.policy import KeptRule, Policy, find_policy, step_key
from services.kit.retaining.steps import Found, Pass, Report, Step

LOOK_SECONDS = 5.0
STEPS_A_ROUND = 20
# So many batches of a step, then others have their turn.
BATCHES_A_ROUND = 10
AGAIN = timedelta(hours=1)
AGAIN_FROM_START = timedelta(days=1)
WHEN_FULL = timedelta(seconds=30)
PREVIEWED_BATCHES = 40
PREVIEWED_PEOPLE = 100
PREVIEWED_PROFILES = 1000

_DUE = "SELECT workspace_id, step FROM retention_step WHERE due_at <= $1 ORDER BY due_at LIMIT $2"
_CLAIM = """
SELECT told, run_id, after, skipped, counts, begun_at FROM retention_step
WHERE workspace_id = $1 AND step = $2 AND due_at <= $3 FOR UPDATE SKIP LOCKED
"""
_ADVANCE = """
UPDATE retention_step SET run_id = $3, after = $4, skipped = $5, counts = $6, begun_at = $7, due_at = $8
WHERE workspace_id = $1 AND step = $2
"""
# Whose profiles a contact has is `membership` in identity, and its projection `profile_contact` elsewhere.
_MEMBERSHIPS = ("membership", "profile_contact")
_PEOPLE = {
    table: f"""
    SELECT h.profile_id FROM unnest($2::uuid[]) AS h (profile_id)
    UNION SELECT peer.profile_id FROM {table} own JOIN {table} peer ON peer.workspace_id = $1 AND peer.contact_id = own.contact_id
    WHERE own.workspace_id = $1 AND own.profile_id = ANY($2::uuid[])
    """
    for table in _MEMBERSHIPS
}
_CONTACTS = {
    table: f"SELECT DISTINCT contact_id FROM {table} WHERE workspace_id = $1 AND profile_id = ANY($2::uuid[]) ORDER BY contact_id LIMIT $3"
    for table in _MEMBERSHIPS
}

Ending = Callable[[Connection, WorkspaceId, Report], Awaitable[Sequence[Event]]]
log = structlog.get_logger()


class Sweeps(Protocol):
    """What a service sweeps: its steps, and the table that says whose profile each is."""

    @property
    def steps(self) -> Sequence[Step]:
        """All of them."""

    @property
    def memberships(self) -> str:
        """`membership`, or its projection."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What is swept, for whoever only tries rules."""

    steps: Sequence[Step]
    memberships: str


class Retainer:
    """The sweep of one service. `app` is the role under row-level security, `worker` sees where something is due.

    `memberships` is the table that says whose profile each is; `ending` writes a run down and gives its events.
    """

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        *,
        app: Database,
        worker: Database,
        clock: Clock,
        published: Callable[[], None],
        steps: Sequence[Step],
        memberships: str,
        ending: Ending,
    ) -> None:
        self._app = app
        self._worker = worker
        self._clock = clock
        self._published = published
        self.steps = steps
        self.memberships = memberships
        self._ending = ending

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.round()
            except (UnavailableError, asyncpg.PostgresError) as error:
                log.info("retention_interrupted", error=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def round(self) -> None:
        """Some batches of every step that is due."""
        async with self._worker.transaction() as connection:
            due = await connection.fetch(_DUE, self._clock.now(), STEPS_A_ROUND)
        for workspace, step in due:
            try:
                for _ in range(BATCHES_A_ROUND):
                    if not await self._batch(WorkspaceId(workspace), step):
                        break
            except (UnavailableError, asyncpg.PostgresError) as error:
                log.warning("retention_not_done", step=step, workspace_id=str(workspace), error=type(error).__name__)

    async def _batch(self, workspace: WorkspaceId, key: str) -> bool:
        """One batch; whether there is more to do at once."""
        now = self._clock.now()
        async with self._app.transaction(workspace) as connection:
            policy = await find_policy(connection, workspace)
            row = await connection.fetchrow(_CLAIM, workspace, key, now)
            # Rules and places change together, so a place of other rules is left to a later round.
            if policy is None or row is None or row["told"] != policy.told:
                return False
            step, rule = _named(self.steps, policy, key)
            held = await people_of(connection, workspace, policy.held, memberships=self.memberships)
            going = Pass(run=row["run_id"], cutoff=_cutoff(rule, now), now=now, after=row["after"], held=held, narrowed=rule.narrowed)
            found = await step.find(connection, workspace, going)
            removed = await step.remove(connection, workspace, going, found.rows) if found.rows else Counter()
            counts = Counter[str](orjson.loads(row["counts"])) + removed
            place = _next(step, going, found, skipped=row["skipped"], counts=counts, begun_at=row["begun_at"])
            if found.after is None and counts:
                await self._tell(connection, workspace, _report(going, step, policy, counts=counts, began_at=row["begun_at"]))
            await _advance(connection, workspace, key, place)
        self._published()
        return found.after is not None and not found.full

    async def _tell(self, connection: Connection, workspace: WorkspaceId, report: Report) -> None:
        await outbox.append(connection, workspace, await self._ending(connection, workspace, report), now=report.at)
        log.info("retained", kind=report.kind, workspace_id=str(workspace), run_id=str(report.run), removed=sum(report.removed.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    run: UUID
    after: UUID
    skipped: bool
    counts: Counter[str]
    begun_at: datetime
    due_at: datetime


def _next(step: Step, going: Pass, found: Found, *, skipped: bool, counts: Counter[str], begun_at: datetime) -> _Place:
    """Where the step goes on: in this run, or in the next one, which begins behind what can hold nothing old any more."""
    skipped |= found.skipped
    if found.after is not None:
        due_at = going.now + WHEN_FULL if found.full else going.now
        return _Place(run=going.run, after=found.after, skipped=skipped, counts=counts, begun_at=begun_at, due_at=due_at)
    goes_on = step.ordered and not skipped
    after = UUID(int=first_id_at(going.cutoff).int - 1) if goes_on else FIRST_ID
    again = going.now + (AGAIN if goes_on else AGAIN_FROM_START)
    return _Place(run=new_id(), after=after, skipped=False, counts=Counter(), begun_at=again, due_at=again)


def _report(going: Pass, step: Step, policy: Policy, *, counts: Counter[str], began_at: datetime) -> Report:
    removed = {kind: count for kind, count in sorted(counts.items()) if count}
    return Report(run=going.run, kind=step.kind, version=policy.version, began_at=began_at, at=going.now, removed=removed)


def _cutoff(rule: KeptRule, now: datetime) -> datetime:
    return now - timedelta(days=rule.days)


def _named(steps: Sequence[Step], policy: Policy, key: str) -> tuple[Step, KeptRule]:
    """The step and rule of a key. Raises LookupError: steps that no rule calls for are never due."""
    for step in steps:
        for rule in policy.rules:
            if step.kind == rule.kind and step_key(step.name, rule) == key:
                return step, rule
    raise LookupError(key)


async def _advance(connection: Connection, workspace: WorkspaceId, key: str, place: _Place) -> None:
    counts = orjson.dumps(place.counts).decode()
    await connection.execute(_ADVANCE, workspace, key, place.run, place.after, place.skipped, counts, place.begun_at, place.due_at)


async def people_of(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID], *, memberships: str) -> list[UUID]:
    """All profiles of whoever has one of these."""
    if not profiles:
        return []
    return [row["profile_id"] for row in await connection.fetch(_PEOPLE[memberships], workspace, list(profiles))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What one step of a rule would remove now; with `more` at least so much. `people` are some of those behind it."""

    rule: KeptRule
    step: str
    count: int
    more: bool
    people: tuple[UUID, ...]


async def preview_rules(
    connection: Connection, workspace: WorkspaceId, sweeps: Sweeps, rules: Sequence[KeptRule], *, held: Sequence[UUID], now: datetime
) -> list[Due]:
    """A dry run of rules, saved or not: what would go, and of whom."""
    kept = await people_of(connection, workspace, held, memberships=sweeps.memberships)
    found = []
    for rule in rules:
        for step in (each for each in sweeps.steps if each.kind == rule.kind):
            going = Pass(run=new_id(), cutoff=_cutoff(rule, now), now=now, after=FIRST_ID, held=kept, narrowed=rule.narrowed, dry=True)
            count, more, profiles = await _counted(connection, workspace, step, going)
            rows = await connection.fetch(_CONTACTS[sweeps.memberships], workspace, sorted(profiles), PREVIEWED_PEOPLE)
            people = tuple(row["contact_id"] for row in rows)
            found.append(Due(rule=rule, step=step.name, count=count, more=more, people=people))
    return found


async def _counted(connection: Connection, workspace: WorkspaceId, step: Step, going: Pass) -> tuple[int, bool, set[UUID]]:
    """How much a step finds in so many batches, whether there is more, and of which profiles (of some, where they are many)."""
    count, profiles = 0, set[UUID]()
    for _ in range(PREVIEWED_BATCHES):
        found = await step.find(connection, workspace, going)
        count += len(found.rows)
        profiles.update(row["profile_id"] for row in found.rows if row["profile_id"] is not None and len(profiles) < PREVIEWED_PROFILES)
        if found.after is None:
            return count, False, profiles
        going = replace(going, after=found.after)
    return count, True, profiles
