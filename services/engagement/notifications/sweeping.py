"""Due soon, overdue, channels in trouble: what no event tells, seen by a sweep and told once each. Run by `main`."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import structlog

from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import Discipline, NotificationKind
from services.engagement.notifications.telling import Matter, tell
from services.engagement.registry import ChannelRegistry, Rounds
from services.engagement.statements import notifications as statements
from services.kit.clock import Clock
from services.kit.db import Connection, Database, DatabaseUnavailableError

PAUSE_SECONDS = 2.0
WORKSPACES_A_SWEEP = 25
SOON = timedelta(minutes=15)
# Whoever was not told for a week, because nothing ran, need not be told of it any more.
LONG_AGO = timedelta(days=7)
TOLD_AT_ONCE = 500
KEPT = timedelta(days=90)
FORGET_BATCH = 1000
# Trouble has no due time; a fixed one makes it one reminder per channel.
ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)

log = structlog.get_logger()


class NotificationSweeper:
    """Looks through workspaces in turn. `database` is of the role `app`; `told` wakes the relay and the senders."""

    def __init__(self, registry: ChannelRegistry, database: Database, *, clock: Clock, told: Callable[[WorkspaceId], None]) -> None:
        self._rounds = Rounds(registry, size=WORKSPACES_A_SWEEP)
        self._database = database
        self._clock = clock
        self._told = told

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            for workspace, _ in self._rounds.next():
                try:
                    await self.sweep(workspace)
                except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                    log.info("notifications_not_swept", workspace_id=str(workspace), error=type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS)

    async def sweep(self, workspace: WorkspaceId) -> None:
        """Tell what is due in one workspace, and forget what is old. Raises DatabaseUnavailableError."""
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            matters = [
                *await _due(connection, workspace, kind=NotificationKind.DUE_SOON, after=now, until=now + SOON),
                *await _due(connection, workspace, kind=NotificationKind.OVERDUE, after=now - LONG_AGO, until=now),
                *await _troubles(connection, workspace),
            ]
            count = await tell(connection, workspace, matters, now=now)
            await statements.forget_notifications(connection, workspace, before=now - KEPT, limit=FORGET_BATCH)
            await statements.forget_reminders(connection, workspace, before=now - 2 * LONG_AGO, limit=FORGET_BATCH)
        if count:
            self._told(workspace)


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
