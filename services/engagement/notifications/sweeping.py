"""Due soon, overdue, channels in trouble: what no event tells, seen by a sweep and told once each. Run by `main`."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import Discipline, NotificationKind
from services.engagement.notifications.telling import Matter, tell
from services.engagement.statements import due
from services.engagement.statements import notifications as statements
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.rounds import Rounds, Turn

PAUSE_SECONDS = 2.0
FORGET_SECONDS = 10.0
SOON = timedelta(minutes=15)
# Whoever was not told for a week, because nothing ran, need not be told of it any more.
LONG_AGO = timedelta(days=7)
TOLD_AT_ONCE = 500
KEPT = timedelta(days=90)
FORGET_BATCH = 1000
# Trouble has no due time; a fixed one makes it one reminder per channel.
ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)


class NotificationSweeper:
    """Tells what is due. `database` is of the role `app`, `worker` sees where something is; `told` wakes the relay and the senders."""

    def __init__(self, database: Database, *, worker: Database, clock: Clock, told: Callable[[WorkspaceId], None]) -> None:
        self._rounds = Rounds("reminders", worker, self._workspaces_due)
        self._old = Rounds("old-notifications", worker, self._workspaces_with_old)
        self._database = database
        self._clock = clock
        self._told = told

    async def run(self) -> None:
        """Sweep until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._rounds.keep_going(self.tell_due, every_seconds=PAUSE_SECONDS))
            group.create_task(self._old.keep_going(self.forget_old, every_seconds=FORGET_SECONDS))

    async def sweep(self) -> None:
        """One round of each."""
        await self._rounds.go(self.tell_due)
        await self._old.go(self.forget_old)

    async def tell_due(self, workspace: WorkspaceId) -> None:
        """Tell what is due in one workspace. Raises DatabaseUnavailableError."""
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            matters = [
                *await _due(connection, workspace, kind=NotificationKind.DUE_SOON, after=now, until=now + SOON),
                *await _due(connection, workspace, kind=NotificationKind.OVERDUE, after=now - LONG_AGO, until=now),
                *await _troubles(connection, workspace),
            ]
            count = await tell(connection, workspace, matters, now=now)
        if count:
            self._told(workspace)

    async def forget_old(self, workspace: WorkspaceId) -> None:
        """Forget what is old in one workspace, so much at a time. Raises DatabaseUnavailableError."""
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            await statements.forget_notifications(connection, workspace, before=now - KEPT, limit=FORGET_BATCH)
            await statements.forget_reminders(connection, workspace, before=now - 2 * LONG_AGO, limit=FORGET_BATCH)

    async def _workspaces_due(self, connection: Connection, after: UUID) -> Turn:
        now = self._clock.now()
        return await due.workspaces_with_due_reminders(connection, after=after, now=now, soon=now + SOON, long_ago=now - LONG_AGO)

    async def _workspaces_with_old(self, connection: Connection, after: UUID) -> Turn:
        now = self._clock.now()
        return await due.workspaces_with_old_notifications(
            connection, after=after, notified_before=now - KEPT, reminded_before=now - 2 * LONG_AGO
        )


async def _due(connection: Connection, workspace: WorkspaceId, *, kind: NotificationKind, after: datetime, until: datetime) -> list[Matter]:
    found = await statements.owed_and_due(connection, workspace, kind=kind.value, after=after, until=until, limit=TOLD_AT_ONCE)
    if not found:
        return []
    rows = sorted((row["id"], row["due_at"]) for row in found)
    news = await statements.remember_reminders(connection, workspace, kind=kind.value, rows=rows)
    return [_matter(kind, row) for row in found if row["id"] in news]


def _matter(kind: NotificationKind, row: asyncpg.Record) -> Matter:
    """The conversation is the matter: whoever wrote five messages that are due is one matter, not five."""
    return Matter(
        kind=kind,
        id=row["conversation_id"],
        conversation=row["conversation_id"],
        channel=row["channel_id"],
        to=frozenset() if row["owner_id"] is None else frozenset({row["owner_id"]}),
        discipline=None if row["discipline"] is None else Discipline(row["discipline"]),
    )


async def _troubles(connection: Connection, workspace: WorkspaceId) -> Sequence[Matter]:
    kind = NotificationKind.CHANNEL_TROUBLE
    found = await statements.channels_in_trouble(connection, workspace)
    await statements.forget_troubles(connection, workspace, kind=kind.value, due_at=ALWAYS, still=[row["id"] for row in found])
    if not found:
        return []
    rows = sorted((row["id"], ALWAYS) for row in found)
    news = await statements.remember_reminders(connection, workspace, kind=kind.value, rows=rows)
    return [Matter(kind=kind, id=row["id"], channel=row["id"], reason=row["trouble"]) for row in found if row["id"] in news]
