"""What of engagement's grows old, and how it goes: messages, files, raw deliveries. Composed by `main`; the sweep itself is kit's.

Messages are emptied as those of somebody who is erased: the row stays for the sums, and hangs on the run instead of the profile.
"""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.contracts.envelope import Event
from services.contracts.events import HistorySwept, InteractionDeleted, RetentionChanged
from services.contracts.ids import ConversationId, InteractionId, ProfileId, RetentionRunId, WorkspaceId
from services.contracts.retention import RetentionKind
from services.engagement.statements import erasing, retaining
from services.engagement.statements.history import lock_conversations
from services.kit import outbox
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.foundation import Foundation
from services.kit.retaining import KeptRule, Pass, Policy, Report, Retainer, Step, Swept, keep_policy, letters_step, walking
from services.kit.subscriptions import Subscription


class RetentionHeard:
    """The subscription that hears of rules and holds. `database` is of the role `app`."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._named = {step.name: step.kind for step in STEPS}

    def subscription(self) -> Subscription:
        """Durable `engagement-retention`."""
        return Subscription(durable="engagement-retention", service="identity", events=(RetentionChanged,), handler=self.keep)

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
    swept = HistorySwept(run_id=run, kind=kind, version=report.version, began_at=report.began_at, at=report.at, removed=report.removed)
    return [swept]


async def _remove_messages(connection: Connection, workspace: WorkspaceId, going: Pass, rows: Sequence[asyncpg.Record]) -> Counter[str]:
    threads = sorted({row["conversation_id"] for row in rows})
    await lock_conversations(connection, workspace, threads)
    ids = [row["id"] for row in rows]
    counts = Counter(dict(await erasing.emptied_rows(connection, workspace, ids, erasure=going.run, now=going.now)))
    counts += await _end_threads(connection, workspace, going, threads)
    await erasing.files_left(connection, workspace, going.run)
    gone = [_deleted(row, going) for row in rows if row["present"]]
    await outbox.append(connection, workspace, gone, now=going.now)
    return counts


async def _end_threads(connection: Connection, workspace: WorkspaceId, going: Pass, threads: Sequence[UUID]) -> Counter[str]:
    """Threads of which nothing is left go with their drafts, promises and the words of ratings."""
    ended = await retaining.ended_threads(connection, workspace, threads, until=going.cutoff, held=going.held)
    ids, profiles = [row["id"] for row in ended], sorted({ProfileId(row["profile_id"]) for row in ended})
    if not ids:
        return Counter()
    counts = Counter(drafts=await erasing.removed_drafts(connection, workspace, ids, rows=[]), conversations=len(ids))
    counts["ratings"] = await erasing.emptied_ratings(connection, workspace, ids, profiles=profiles, erasure=going.run)
    for kind, count in await erasing.removed_of_threads(connection, workspace, ids, profiles=profiles):
        counts[kind] += count
    await retaining.emptied_threads(connection, workspace, ids, run=going.run)
    return counts


def _deleted(row: asyncpg.Record, going: Pass) -> InteractionDeleted:
    return InteractionDeleted(
        interaction_id=InteractionId(row["id"]),
        conversation_id=ConversationId(row["conversation_id"]),
        profile_id=ProfileId(going.run),
        deleted_at=going.now,
    )


async def _remove_files(connection: Connection, workspace: WorkspaceId, going: Pass, rows: Sequence[asyncpg.Record]) -> Counter[str]:
    ids = [row["id"] for row in rows]
    return Counter(files=await retaining.removed_files(connection, workspace, ids, run=going.run, now=going.now))


async def _remove_bodies(connection: Connection, workspace: WorkspaceId, _: Pass, rows: Sequence[asyncpg.Record]) -> Counter[str]:
    return Counter(deliveries=await erasing.removed_bodies(connection, workspace, [row["id"] for row in rows]))


STEPS = (
    letters_step(RetentionKind.MESSAGES),
    Step(
        name="messages", kind=RetentionKind.MESSAGES, find=walking(retaining.old_messages, batch=retaining.BATCH), remove=_remove_messages
    ),
    Step(name="files", kind=RetentionKind.MEDIA, find=walking(retaining.old_files, batch=retaining.BATCH), remove=_remove_files),
    Step(
        name="deliveries", kind=RetentionKind.DELIVERIES, find=walking(retaining.old_bodies, batch=retaining.BATCH), remove=_remove_bodies
    ),
)
SWEPT = Swept(STEPS, memberships="profile_contact")
