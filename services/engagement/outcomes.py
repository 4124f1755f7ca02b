"""What follows from a reply's new state: the history's row, the ledger, the event. Called by sending, receipts and replies.

Runs in the caller's transaction, whoever found out: the sender, an echo, a receipt, a look-up, a person.
"""

from datetime import datetime
from typing import Any

import asyncpg

from services.contracts.envelope import Event
from services.contracts.events import (
    InteractionSettled,
    ReplyChangeFailed,
    ReplyDeleted,
    ReplyDelivered,
    ReplyEdited,
    ReplyFailed,
    ReplyProposed,
    ReplyQueued,
    ReplyRead,
    ReplyRejected,
    ReplySent,
    ReplyUnknown,
    ReplyUnsettled,
)
from services.contracts.ids import InteractionId, WorkspaceId
from services.contracts.vocabulary import ChangeKind, ChangeState, Ledger, ReplyState
from services.engagement.statements import history, settling
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
    return EVENTS[ReplyState(reply["state"])](**_facts(reply, now=now), answers=answers)


def change_event(reply: asyncpg.Record, *, now: datetime) -> Event:
    """What became of a reply's edit or deletion."""
    facts = {**_facts(reply, now=now), "member_id": reply["change_member_id"], "reason": reply["change_reason"]}
    if reply["change_state"] != ChangeState.DONE:
        return ReplyChangeFailed(**facts, change=reply["change_kind"], in_doubt=reply["change_state"] == ChangeState.UNKNOWN)
    return ReplyEdited(**facts, text=reply["text"]) if reply["change_kind"] == ChangeKind.EDIT else ReplyDeleted(**facts)


def unsettled_event(reply: asyncpg.Record, *, now: datetime) -> Event:
    """A reply in doubt that a person is asked about from now on."""
    return ReplyUnsettled(**_facts(reply, now=now))


def _facts(reply: asyncpg.Record, *, now: datetime) -> dict[str, Any]:
    """What every event of a reply tells."""
    told = ("interaction_id", "conversation_id", "channel_id", "profile_id", "member_id", "attempt", "external_id", "reason", "decided_by")
    return {"reply_id": reply["id"], "state": ReplyState(reply["state"]), "at": now, **{name: reply[name] for name in told}}


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
        member=reply["member_id"],
        answer=reply["interaction_id"],
    )
    await history.mark_answered(connection, workspace, reply["conversation_id"], at=now)
    rows += await _settle_about(connection, workspace, reply, now=now)
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


async def _settle_about(connection: Connection, workspace: WorkspaceId, reply: asyncpg.Record, *, now: datetime) -> list[asyncpg.Record]:
    """What the person said in public, where this is the private answer to it."""
    if reply["about_id"] is None:
        return []
    settled = await settling.settle_by_hand(
        connection,
        workspace,
        reply["about_id"],
        ledger=Ledger.ANSWERED,
        reason="answered in private",
        member=reply["member_id"],
        answer=reply["interaction_id"],
        now=now,
    )
    return [] if settled is None else [settled]
