"""Dated promises ("we call you on Friday"): made, kept, broken, withdrawn, and told before and after they fall due.

Called by REST in its transaction, and by the sweep of `PromiseClock`, which `main` starts.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from services.contracts.envelope import Event
from services.contracts.events import PromiseDue, PromiseOverdue
from services.contracts.ids import ConversationId, MemberId, WorkspaceId
from services.contracts.vocabulary import PromiseState
from services.engagement.composing.errors import PromiseNotFoundError, PromiseSettledError, PromiseTimeError
from services.engagement.errors import ConversationNotFoundError, VersionConflictError
from services.engagement.registry import ChannelRegistry, Rounds
from services.engagement.statements import promises as statements
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Connection, Database, DatabaseUnavailableError
from services.kit.ids import new_id

SWEEP_SECONDS = 5.0
WORKSPACES_A_SWEEP = 50
BATCH = 200
TOLD_BEFORE = timedelta(hours=1)
FARTHEST = timedelta(days=730)

log = structlog.get_logger()


async def make_promise(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    conversation: ConversationId,
    *,
    text: str,
    due_at: datetime,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record:
    """Keep what was promised in a thread. Raises PromiseTimeError, ConversationNotFoundError."""
    if not now < due_at <= now + FARTHEST:
        raise PromiseTimeError("Name a time to come, within two years.")
    row = await statements.insert_promise(
        connection, workspace, new_id(), conversation=conversation, member=member, text=text, due_at=due_at, now=now
    )
    if row is None:
        raise ConversationNotFoundError
    return row


async def settle_promise(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    promise: UUID,
    *,
    state: PromiseState,
    version: int,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record:
    """Say what became of it. Raises PromiseNotFoundError, PromiseSettledError, VersionConflictError."""
    settled = await statements.settle_promise(connection, workspace, promise, state=state, version=version, member=member, now=now)
    if settled is not None:
        return settled
    found = await statements.promises_by_id(connection, workspace, [promise])
    if not found:
        raise PromiseNotFoundError
    if found[0]["state"] != PromiseState.OPEN:
        raise PromiseSettledError(f"It is {found[0]['state']}.")
    raise VersionConflictError("Read it again and repeat.", version=found[0]["version"])


async def tell_due(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> int:
    """Publish what falls due within the hour, and what is overdue; each once. Gives how many."""
    rows = await statements.tell_promises(connection, workspace, now=now, soon=now + TOLD_BEFORE, limit=BATCH)
    await outbox.append(connection, workspace, [_event_of(row) for row in rows], now=now)
    return len(rows)


class PromiseClock:
    """The sweep. `database` is of the role `app`; any number of processes may run it. `published` wakes the relay."""

    def __init__(self, registry: ChannelRegistry, database: Database, *, published: Callable[[], None], clock: Clock) -> None:
        self._database = database
        self._published = published
        self._clock = clock
        self._rounds = Rounds(registry, size=WORKSPACES_A_SWEEP)

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.sweep()
            except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                log.info("promises_interrupted", error=type(error).__name__)
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """One round over some workspaces."""
        for workspace, _ in self._rounds.next():
            async with self._database.transaction(workspace) as connection:
                told = await tell_due(connection, workspace, now=self._clock.now())
            if told:
                self._published()


def _event_of(row: asyncpg.Record) -> Event:
    kind = PromiseOverdue if row["told"] == "overdue" else PromiseDue
    return kind(
        promise_id=row["id"],
        conversation_id=row["conversation_id"],
        profile_id=row["profile_id"],
        member_id=row["member_id"],
        text=row["text"],
        due_at=row["due_at"],
    )
