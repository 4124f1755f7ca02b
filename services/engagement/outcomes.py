"""What follows from a reply's new state: the history's row, the ledger, the event. Called by sending, receipts and replies.

Runs in the caller's transaction, whoever found out: the sender, an echo, a receipt, a look-up, a person.
"""

from datetime import datetime

import asyncpg

from services.contracts.envelope import Event
from services.contracts.events import (
    InteractionSettled,
    ReplyDelivered,
    ReplyFailed,
    ReplyProposed,
    ReplyQueued,
    ReplyRead,
    ReplyRejected,
    ReplySent,
    ReplyUnknown,
)
from services.contracts.ids import InteractionId, WorkspaceId
from services.contracts.vocabulary import Ledger, ReplyState
from services.engagement.statements import history
from services.engagement.statements import replies as statements
from services.kit.db import Connection

EVENTS = {
    ReplyState.PROPOSED: ReplyProposed,
    ReplyState.REJECTED: ReplyRejected,
    ReplyState.QUEUED: ReplyQueued,
    ReplyState.SENT: ReplySent,
    ReplyState.DELIVERED: ReplyDelivered,
    ReplyState.READ: ReplyRead,
    ReplyState.FAILED: ReplyFailed,
    ReplyState.UNKNOWN: ReplyUnknown,
}
OUT = frozenset({ReplyState.SENT, ReplyState.DELIVERED, ReplyState.READ})


async def conclude(connection: Connection, workspace: WorkspaceId, reply: asyncpg.Record, *, now: datetime) -> list[Event]:
    """Write the consequences of `reply`'s present state and give the events to publish. The caller has locked the conversation."""
    state = ReplyState(reply["state"])
    settled: list[Event] = []
    if state in OUT:
        settled = await _settle_answered(connection, workspace, reply, now=now)
    answers = tuple(each.interaction_id for each in settled if isinstance(each, InteractionSettled))
    return [reply_event(reply, answers=answers, now=now), *settled]


def reply_event(reply: asyncpg.Record, *, answers: tuple[InteractionId, ...], now: datetime) -> Event:
    """The event of a reply's present state."""
    state = ReplyState(reply["state"])
    return EVENTS[state](
        reply_id=reply["id"],
        interaction_id=reply["interaction_id"],
        conversation_id=reply["conversation_id"],
        channel_id=reply["channel_id"],
        profile_id=reply["profile_id"],
        state=state,
        at=now,
        member_id=reply["member_id"],
        attempt=reply["attempt"],
        external_id=reply["external_id"],
        reason=reply["reason"],
        answers=answers,
        decided_by=reply["decided_by"],
    )


async def _settle_answered(connection: Connection, workspace: WorkspaceId, reply: asyncpg.Record, *, now: datetime) -> list[Event]:
    """Name the row as the platform does, and settle what the person was owed; an automatic notice settles nothing."""
    if reply["external_id"]:
        await statements.name_interaction(
            connection,
            workspace,
            reply["interaction_id"],
            external_id=reply["external_id"],
            sent_at=reply["sent_at"] or now,
        )
    if reply["automatic"]:
        return []
    rows = await history.settle_owed(
        connection,
        workspace,
        reply["conversation_id"],
        profile=reply["profile_id"],
        until=reply["queued_at"],
        ledger=Ledger.ANSWERED,
        reason="",
        now=now,
    )
    await history.mark_answered(connection, workspace, reply["conversation_id"], at=now)
    return [
        InteractionSettled(
            interaction_id=row["id"],
            conversation_id=row["conversation_id"],
            profile_id=row["profile_id"],
            ledger=Ledger.ANSWERED,
            by=reply["member_id"],
            reply_id=reply["id"],
        )
        for row in rows
    ]
