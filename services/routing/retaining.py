"""What of routing's grows old: the sentences of verdicts and ended tasks, with the messages. Composed by `main`; the sweep is kit's."""

from collections import Counter
from collections.abc import Sequence

import asyncpg

from services.contracts.envelope import Event
from services.contracts.events import RetentionChanged, WorkSwept
from services.contracts.ids import RetentionRunId, WorkspaceId
from services.contracts.retention import RetentionKind
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.foundation import Foundation
from services.kit.retaining import KeptRule, Pass, Policy, Report, Retainer, Step, Swept, keep_policy, letters_step, walking
from services.kit.subscriptions import Subscription
from services.routing.statements import erasing, retaining, tasks


class RetentionHeard:
    """The subscription that hears of rules and holds. `database` is of the role `app`."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._named = {step.name: step.kind for step in STEPS}

    def subscription(self) -> Subscription:
        """Durable `routing-retention`."""
        return Subscription(durable="routing-retention", service="identity", events=(RetentionChanged,), handler=self.keep)

    async def keep(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Keep the newest rules and holds."""
        async with self._database.transaction(workspace) as connection:
            for received in batch:
                if isinstance(event := received.event, RetentionChanged):
                    rules = tuple(KeptRule(kind=each.kind, days=each.days, narrowed=each.stakeholder or "") for each in event.rules)
                    policy = Policy(told=event.told, version=event.version, rules=rules, held=event.held)
                    await keep_policy(connection, workspace, policy, steps=self._named, now=self._clock.now())


def retainer_of(foundation: Foundation) -> Retainer:
    """The sweep, with the parts of a running service."""
    return Retainer(
        app=foundation.app,
        worker=foundation.worker,
        clock=foundation.clock,
        published=foundation.published,
        steps=STEPS,
        memberships="profile_contact",
        ending=swept_event,
    )


async def swept_event(_: Connection, __: WorkspaceId, report: Report) -> Sequence[Event]:
    """What a run removed, as identity hears it."""
    kind, run = RetentionKind(report.kind), RetentionRunId(report.run)
    return [WorkSwept(run_id=run, kind=kind, version=report.version, began_at=report.began_at, at=report.at, removed=report.removed)]


async def _remove_verdicts(connection: Connection, workspace: WorkspaceId, going: Pass, rows: Sequence[asyncpg.Record]) -> Counter[str]:
    await erasing.emptied_verdicts(connection, workspace, [row["id"] for row in rows], erasure=going.run)
    return Counter(verdicts=len(rows))


async def _remove_tasks(connection: Connection, workspace: WorkspaceId, going: Pass, rows: Sequence[asyncpg.Record]) -> Counter[str]:
    await tasks.emptied_tasks(connection, workspace, [row["id"] for row in rows], erasure=going.run, now=going.now)
    return Counter(tasks=len(rows))


STEPS = (
    letters_step(RetentionKind.MESSAGES),
    Step(
        name="verdicts", kind=RetentionKind.MESSAGES, find=walking(retaining.old_verdicts, batch=retaining.BATCH), remove=_remove_verdicts
    ),
    Step(name="tasks", kind=RetentionKind.MESSAGES, find=walking(retaining.old_tasks, batch=retaining.BATCH), remove=_remove_tasks),
)
SWEPT = Swept(STEPS, memberships="profile_contact")
