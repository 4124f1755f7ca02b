"""Status, snoozing, owner, priority and labels of threads, changed by members one at a time or by jobs many at a time.

Called by REST and by `bulk`, in their transaction. One at a time is guarded by the version that the member saw.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ConversationId, LabelId, MemberId, WorkspaceId
from services.contracts.vocabulary import ConversationStatus, Priority
from services.engagement.conversations.colleagues import refuse_strangers
from services.engagement.errors import (
    ConversationNotFoundError,
    LabelNotFoundError,
    NothingToChangeError,
    SnoozeTimeError,
    VersionConflictError,
)
from services.engagement.standing import stand_ins
from services.engagement.statements import conversations as statements
from services.engagement.statements import history, labels, reading
from services.engagement.statements.conversations import Change
from services.engagement.threads import changed_event
from services.kit import outbox
from services.kit.db import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a member wants of a thread; None leaves a thing as it is. `owner` counts where `sets_owner`, and None is then nobody.

    `snoozed_until` snoozes; a status of snoozed without it lasts until the person writes.
    """

    status: ConversationStatus | None = None
    snoozed_until: datetime | None = None
    sets_owner: bool = False
    owner: MemberId | None = None
    priority: Priority | None = None
    add_labels: tuple[LabelId, ...] = ()
    remove_labels: tuple[LabelId, ...] = ()

    def changes(self) -> tuple[str, ...]:
        """The names of what changes, as events carry them."""
        asked = {
            "status": self.status is not None or self.snoozed_until is not None,
            "owner": self.sets_owner,
            "priority": self.priority is not None,
            "labels": bool(self.add_labels or self.remove_labels),
        }
        return tuple(name for name, is_asked in asked.items() if is_asked)

    def read(self, *, now: datetime) -> Change:
        """The wish as the statement takes it. Raises NothingToChangeError, SnoozeTimeError."""
        if not self.changes():
            raise NothingToChangeError
        status = self.status
        if self.snoozed_until is not None:
            if status not in {None, ConversationStatus.SNOOZED}:
                raise SnoozeTimeError("A time to wake goes with the status snoozed only.")
            if self.snoozed_until <= now:
                raise SnoozeTimeError("The time to wake has passed; give one that is to come.")
            status = ConversationStatus.SNOOZED
        return Change(
            status=status.value if status else None,
            snoozed_until=self.snoozed_until,
            sets_owner=self.sets_owner,
            owner=self.owner,
            priority=self.priority.value if self.priority else None,
        )


async def change_conversation(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    conversation: ConversationId,
    wish: Wish,
    *,
    version: int,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record:
    """Change one thread at the version that the member saw. Raises ConversationNotFoundError, VersionConflictError, and as Wish.read."""
    survivor = await resolve(connection, workspace, conversation)
    changed = await change_conversations(connection, workspace, [survivor], wish, version=version, member=member, now=now)
    found = await reading.conversations_by_id(connection, workspace, [survivor])
    if not found:
        raise ConversationNotFoundError
    if not changed:
        raise VersionConflictError("Read the conversation again and repeat.", version=found[0]["version"])
    return found[0]


async def change_conversations(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    conversations: Sequence[ConversationId],
    wish: Wish,
    *,
    version: int | None,
    member: MemberId | None,
    now: datetime,
) -> list[asyncpg.Record]:
    """Change threads and tell so; gives those that changed. What is given to a colleague who is away goes to whoever acts for them.

    Raises LabelNotFoundError, MemberNotFoundError, and as Wish.read; then nothing is written.
    """
    await refuse_strangers(connection, workspace, [wish.owner] if wish.owner else [])
    if wish.owner is not None and wish.owner != member:
        wish = replace(wish, owner=(await stand_ins(connection, workspace, [wish.owner], now=now))[wish.owner])
    change = wish.read(now=now)
    await _refuse_unknown_labels(connection, workspace, wish)
    await history.lock_conversations(connection, workspace, conversations)
    rows = await statements.changed_conversations(connection, workspace, conversations, change=change, version=version, member=member)
    ids = [row["id"] for row in rows]
    if wish.add_labels:
        await labels.put_labels(connection, workspace, ids, labels=wish.add_labels)
    if wish.remove_labels:
        await labels.take_labels(connection, workspace, ids, labels=wish.remove_labels)
    events = [changed_event(row, changes=wish.changes(), by=member) for row in rows]
    await outbox.append(connection, workspace, events, now=now)
    return rows


async def resolve(connection: Connection, workspace: WorkspaceId, conversation: ConversationId) -> ConversationId:
    """The thread that speaks for this one: itself, unless it was merged away. Raises ConversationNotFoundError."""
    rows = await statements.survivors(connection, workspace, [conversation])
    if not rows:
        raise ConversationNotFoundError
    return ConversationId(rows[0]["id"])


async def wake_due(connection: Connection, workspace: WorkspaceId, *, now: datetime, limit: int) -> int:
    """Open the threads whose snooze is over; gives how many."""
    rows = await statements.woken_conversations(connection, workspace, now=now, limit=limit)
    await outbox.append(connection, workspace, [changed_event(row, changes=["status"], cause="time") for row in rows], now=now)
    return len(rows)


async def _refuse_unknown_labels(connection: Connection, workspace: WorkspaceId, wish: Wish) -> None:
    wanted: set[UUID] = {*wish.add_labels}
    if wanted and len(await labels.labels_by_id(connection, workspace, sorted(wanted))) < len(wanted):
        raise LabelNotFoundError
