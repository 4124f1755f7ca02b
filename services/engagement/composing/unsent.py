"""Replies that did not go out, and another try for one that failed. Called by REST and batch routes, in the edge's transaction.

A reply in doubt is never tried again from here: whoever looked on the platform settles it.
"""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from services.contracts.ids import ConversationId, InteractionId, MemberId, ReplyId, WorkspaceId
from services.contracts.vocabulary import ReplyState, UnsentState
from services.engagement import outcomes
from services.engagement.errors import ReplyNotFoundError, ReplySettledError
from services.engagement.outbound import answering, words_of
from services.engagement.registry import ConnectedChannel
from services.engagement.replies import Draft, Posted, refuse_stale, refuse_unseen, refuse_unsendable_reply
from services.engagement.statements import reading, replies
from services.engagement.statements.reading import END_OF_TIME, Position
from services.kit import outbox
from services.kit.db import Connection
from services.kit.ids import LAST_ID

CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Who wants which reply sent again. `version` is the conversation's as read (None: not guarded)."""

    reply: ReplyId
    member: MemberId | None
    version: int | None = None


async def list_unsent(
    connection: Connection, workspace: WorkspaceId, state: UnsentState, *, before: Position, limit: int
) -> list[asyncpg.Record]:
    """Replies in this state, the newest first; without those that somebody took back."""
    after = (END_OF_TIME, LAST_ID) if before is None else before
    return await replies.unsent_page(connection, workspace, state=state.value, cancelled=CANCELLED, after=after, limit=limit)


async def get_failed(connection: Connection, workspace: WorkspaceId, reply: ReplyId) -> tuple[asyncpg.Record, asyncpg.Record]:
    """The reply and its conversation, which is locked. Raises ReplyNotFoundError, ReplySettledError."""
    found = await replies.replies_by_id(connection, workspace, [reply])
    if not found:
        raise ReplyNotFoundError
    thread = await replies.locked_conversation(connection, workspace, ConversationId(found[0]["conversation_id"]))
    (row,) = await replies.replies_by_id(connection, workspace, [reply])
    if thread is None or row["state"] != ReplyState.FAILED:
        raise ReplySettledError(f"Only a reply that failed is sent again: it is {row['state']}.")
    if row["reason"] == CANCELLED:
        raise ReplySettledError("It was taken back. Post it anew.")
    return row, thread


async def retry(
    connection: Connection, channel: ConnectedChannel, reply: asyncpg.Record, thread: asyncpg.Record, asked: Retry, *, now: datetime
) -> Posted:
    """Let a reply that failed go the normal way again. Raises UnseenVersionError, StaleReplyError and the refusals of a reply."""
    workspace = channel.workspace_id
    refuse_unseen(thread, asked.version)
    newer = await _refuse(connection, channel, reply, thread, asked, now=now)
    queued = await replies.requeue_failed(connection, workspace, asked.reply, now=now)
    if queued is None:
        raise ReplySettledError("It is sent again already.")
    await outbox.append(connection, workspace, [outcomes.reply_event(queued, answers=(), now=now)], now=now)
    return Posted(queued, newer)


async def _refuse(
    connection: Connection, channel: ConnectedChannel, reply: asyncpg.Record, thread: asyncpg.Record, asked: Retry, *, now: datetime
) -> tuple[InteractionId, ...]:
    """Look again at what was true when it was posted. The first message of a thread answers nothing, so nothing of it has changed."""
    if reply["answers_id"] is None:
        return ()
    workspace = channel.workspace_id
    (target,) = await reading.whole_interactions(connection, workspace, [reply["answers_id"]])
    words = words_of(reply)
    draft = Draft(
        conversation=ConversationId(thread["id"]),
        text=reply["text"],
        answers=InteractionId(target["id"]),
        version=asked.version,
        member=asked.member,
        attachments=words.attachments,
        template=words.template,
        choices=words.choices,
    )
    newer = await refuse_stale(connection, workspace, thread, target, draft)
    last = await replies.last_inbound_at(connection, workspace, target["conversation_id"], profile=target["profile_id"])
    refuse_unsendable_reply(answering(asked.reply, draft.words, target=target, at=now), channel, last_inbound_at=last)
    return newer
