"""Approval before a public reply: the rules of a channel, and the decision of another member. Called by REST, in the edge's transaction.

What was true when the reply was proposed is looked at again when it is approved: staleness, limits, the reply window.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from services.contracts.ids import ChannelId, ConversationId, InteractionId, MemberId, ReplyId, WorkspaceId
from services.contracts.vocabulary import Direction, Discipline, ReplyState
from services.engagement import outcomes
from services.engagement.composing.errors import OwnReplyError
from services.engagement.errors import ReplyNotFoundError, ReplySettledError, StaleReplyError
from services.engagement.outbound import answering, words_of
from services.engagement.registry import ConnectedChannel
from services.engagement.replies import Posted, refuse_unseen, refuse_unsendable_reply
from services.engagement.statements import approvals as statements
from services.engagement.statements import reading, replies
from services.kit import outbox
from services.kit.db import Connection

ANY = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What another member says to a proposed reply. `text` replaces the proposed one; `version` is the conversation's as seen."""

    reply: ReplyId
    member: MemberId
    text: str | None = None
    version: int | None = None


async def get_proposed(connection: Connection, workspace: WorkspaceId, reply: ReplyId) -> tuple[asyncpg.Record, asyncpg.Record]:
    """The reply and its conversation, which is locked. Raises ReplyNotFoundError, ReplySettledError."""
    found = await replies.replies_by_id(connection, workspace, [reply])
    if not found:
        raise ReplyNotFoundError
    thread = await replies.locked_conversation(connection, workspace, ConversationId(found[0]["conversation_id"]))
    (row,) = await replies.replies_by_id(connection, workspace, [reply])
    if thread is None or row["state"] != ReplyState.PROPOSED:
        raise ReplySettledError(f"It does not wait for approval: it is {row['state']}.")
    return row, thread


async def approve(
    connection: Connection,
    channel: ConnectedChannel,
    reply: asyncpg.Record,
    thread: asyncpg.Record,
    approval: Approval,
    *,
    now: datetime,
) -> Posted:
    """Let a proposed reply go the normal way. Raises OwnReplyError, UnseenVersionError, StaleReplyError and the refusals of a reply."""
    _refuse_own(reply, approval.member)
    workspace = channel.workspace_id
    refuse_unseen(thread, approval.version)
    rows = {
        row["id"]: row for row in await reading.whole_interactions(connection, workspace, [reply["interaction_id"], reply["answers_id"]])
    }
    target = rows[reply["answers_id"]]
    seen = max(rows[reply["interaction_id"]]["conversation_version"], approval.version or 0)
    newer = await _refuse_stale(connection, workspace, reply, thread, target, seen=seen, member=approval.member)
    words = words_of(reply)
    words = words if approval.text is None else replace(words, text=approval.text)
    last = await replies.last_inbound_at(connection, workspace, thread["id"], profile=target["profile_id"])
    refuse_unsendable_reply(answering(approval.reply, words, target=target, at=now), channel, last_inbound_at=last)
    approved = await _decide(connection, workspace, approval, state=ReplyState.QUEUED, reason="", now=now)
    if approval.text is not None:
        await statements.rewrite_interaction(connection, workspace, InteractionId(reply["interaction_id"]), text=approval.text)
    return Posted(approved, newer)


async def reject(
    connection: Connection, workspace: WorkspaceId, reply: asyncpg.Record, *, member: MemberId, reason: str, now: datetime
) -> asyncpg.Record:
    """Refuse a proposed reply, with the reason for its author. Raises OwnReplyError."""
    _refuse_own(reply, member)
    approval = Approval(reply=ReplyId(reply["id"]), member=member)
    return await _decide(connection, workspace, approval, state=ReplyState.REJECTED, reason=reason, now=now)


async def set_rules(
    connection: Connection,
    workspace: WorkspaceId,
    channel: ChannelId,
    *,
    disciplines: Sequence[Discipline] | None,
    member: MemberId | None,
    now: datetime,
) -> list[asyncpg.Record]:
    """Replace a channel's rules: public replies about these disciplines wait (None: about anything; empty: none waits)."""
    names = [ANY] if disciplines is None else [each.value for each in disciplines]
    await statements.delete_rules(connection, workspace, channel)
    await statements.insert_rules(connection, workspace, channel, disciplines=names, member=member, now=now)
    return await statements.rules_of(connection, workspace, [channel])


async def _decide(
    connection: Connection,
    workspace: WorkspaceId,
    approval: Approval,
    *,
    state: ReplyState,
    reason: str,
    now: datetime,
) -> asyncpg.Record:
    decided = await statements.decide(
        connection, workspace, approval.reply, state=state, text=approval.text, reason=reason, member=approval.member, now=now
    )
    if decided is None:
        raise ReplySettledError("It does not wait for approval any more.")
    await outbox.append(connection, workspace, [outcomes.reply_event(decided, answers=(), now=now)], now=now)
    return decided


def _refuse_own(reply: asyncpg.Record, member: MemberId) -> None:
    if reply["member_id"] == member:
        raise OwnReplyError("Ask a colleague: nobody approves or rejects their own reply. You can cancel it.")


async def _refuse_stale(  # noqa: PLR0913 - the parts of the question
    connection: Connection,
    workspace: WorkspaceId,
    reply: asyncpg.Record,
    thread: asyncpg.Record,
    target: asyncpg.Record,
    *,
    seen: int,
    member: MemberId,
) -> tuple[InteractionId, ...]:
    """Refuse if the thread went on without it; give the person's newer messages, which only warn."""
    if target["deleted_at"] is not None:
        raise StaleReplyError("The message was deleted by its author.", items=[str(target["id"])], reason="deleted")
    if thread["closed_version"] > seen and thread["closed_by"] != member:
        raise StaleReplyError("A colleague closed the conversation.", items=[], reason="closed", version=thread["version"])
    rows = await replies.rows_since_version(connection, workspace, thread["id"], version=seen)
    ours = [
        row
        for row in rows
        if row["direction"] == Direction.OUTBOUND
        and row["id"] != reply["interaction_id"]
        and (row["native"] or row["member_id"] not in {member, reply["member_id"]})
    ]
    if ours:
        detail = "Somebody has answered since it was proposed. Read it, then approve with the conversation's present version, or reject."
        raise StaleReplyError(detail, items=[str(row["id"]) for row in ours], reason="answered", version=thread["version"])
    return tuple(InteractionId(row["id"]) for row in rows if row["direction"] == Direction.INBOUND)
