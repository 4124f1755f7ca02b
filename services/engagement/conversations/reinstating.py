"""What is owed again: its thread is open again, and all are told. Called by `blocking` and composing's `settling`, in their transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from services.contracts.envelope import Event
from services.contracts.events import InteractionReopened
from services.contracts.ids import MemberId, WorkspaceId
from services.contracts.vocabulary import ConversationStatus
from services.engagement.statements import conversations as statements
from services.engagement.statements import history
from services.engagement.statements.conversations import Change
from services.engagement.threads import changed_event
from services.kit import outbox
from services.kit.db import Connection

# What comes back without a due time gets one: nothing that is owed may wait for ever.
DUE_AFTER = timedelta(days=1)


async def reinstate(
    connection: Connection,
    workspace: WorkspaceId,
    rows: Sequence[asyncpg.Record],
    *,
    reason: str,
    member: MemberId | None,
    now: datetime,
) -> None:
    """Tell that these rows are owed again, and open the threads in which they are where those are closed, snoozed or pending."""
    leads = {row["id"] for row in await statements.survivors(connection, workspace, [row["conversation_id"] for row in rows])}
    await history.lock_conversations(connection, workspace, leads)
    idle = [
        row["id"] for row in await statements.states_of(connection, workspace, sorted(leads)) if row["status"] != ConversationStatus.OPEN
    ]
    change = Change(status=ConversationStatus.OPEN.value)
    opened = await statements.changed_conversations(connection, workspace, idle, change=change, version=None, member=member)
    events: list[Event] = [changed_event(row, changes=["status"], by=member) for row in opened]
    events += [
        InteractionReopened(
            interaction_id=row["id"], conversation_id=row["conversation_id"], profile_id=row["profile_id"], by=member, reason=reason
        )
        for row in rows
    ]
    await outbox.append(connection, workspace, events, now=now)
