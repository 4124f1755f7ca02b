"""Dated promises ("we call you on Friday"): made, kept, broken, withdrawn, and told before and after they fall due.

Called by REST in its transaction, and by the sweep of `PromiseClock`, which `main` starts.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.contracts.envelope import Event
from services.contracts.events import PromiseDue, PromiseOverdue
from services.contracts.ids import ConversationId, MemberId, WorkspaceId
from services.contracts.vocabulary import PromiseState
from services.engagement.composing.errors import PromiseNotFoundError, PromiseSettledError, PromiseTimeError
from services.engagement.errors import ConversationNotFoundError, VersionConflictError
from services.engagement.statements import due
from services.engagement.statements import promises as statements
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.ids import new_id
from services.kit.rounds import Rounds, Turn

SWEEP_SECONDS = 5.0
BATCH = 200
TOLD_BEFORE = timedelta(hours=1)
FARTHEST = timedelta(days=730)


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
    """The sweep. `database` is of the role `app`, `worker` sees where something is due; any number may run. `published` wakes the relay."""

    def __init__(self, database: Database, *, worker: Database, published: Callable[[], None], clock: Clock) -> None:
        self._database = database
        self._published = published
        self._clock = clock
        self._rounds = Rounds("promises", worker, self._due)

    async def run(self) -> None:
        """Sweep until cancelled."""
        await self._rounds.keep_going(self._tell, every_seconds=SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Tell what is due, a batch in each workspace."""
        await self._rounds.go(self._tell)

    async def _tell(self, workspace: WorkspaceId) -> None:
        async with self._database.transaction(workspace) as connection:
            await tell_due(connection, workspace, now=self._clock.now())
        self._published()

    async def _due(self, connection: Connection, after: UUID) -> Turn:
        now = self._clock.now()
        return await due.workspaces_with_due_promises(connection, after=after, now=now, soon=now + TOLD_BEFORE)


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
