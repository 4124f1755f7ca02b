"""Replies: post, cancel, settle by a person. Called by the REST edge; runs in the edge's transaction and never sends anything itself.

Limits, windows and staleness are checked here, before anything is queued.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from services.contracts.ids import ChannelId, ConversationId, InteractionId, MemberId, ReplyId, WorkspaceId
from services.contracts.interaction import Author, Venue
from services.contracts.vocabulary import Control, Direction, Kind, Media, ReplyState, Source
from services.engagement import outcomes
from services.engagement.errors import (
    ConversationNotFoundError,
    InteractionNotFoundError,
    NotAnswerableError,
    ReplyNotFoundError,
    ReplySettledError,
    ReplyWindowClosedError,
    StaleReplyError,
    UnsendableReplyError,
)
from services.engagement.protocol import (
    Answered,
    OutboundReply,
    UnsendableError,
    WindowClosedError,
    refuse_late,
    refuse_unsendable,
)
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import conversations, history, inbox
from services.engagement.statements import replies as statements
from services.kit import outbox
from services.kit.db import Connection
from services.kit.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a member wants to say. `version` is the conversation's as the member saw it (None: not guarded)."""

    conversation: ConversationId
    text: str
    answers: InteractionId | None
    version: int | None
    member: MemberId | None


@dataclass(frozen=True, slots=True)
class Posted:
    """A queued reply, and what the person wrote meanwhile (a warning, not a refusal)."""

    reply: asyncpg.Record
    newer: tuple[InteractionId, ...]


async def channel_of(connection: Connection, workspace: WorkspaceId, conversation: ConversationId) -> asyncpg.Record:
    """The conversation, locked for the rest of the transaction; for one that was merged away, its survivor.

    Raises ConversationNotFoundError.
    """
    thread = await statements.locked_conversation(connection, workspace, conversation)
    if thread is None:
        raise ConversationNotFoundError
    return thread


async def answering_channel(connection: Connection, workspace: WorkspaceId, thread: asyncpg.Record, draft: Draft) -> ChannelId:
    """The channel by which the draft goes out: in a thread into which others were merged, that of the message which it answers."""
    if not thread["absorbs"]:
        return ChannelId(thread["channel_id"])
    target = await statements.answerable(connection, workspace, thread["id"], interaction=draft.answers)
    return ChannelId(target["channel_id"] if target else thread["channel_id"])


async def post_reply(connection: Connection, channel: ConnectedChannel, thread: asyncpg.Record, draft: Draft, *, now: datetime) -> Posted:
    """Queue a reply: a row of the history, the reply, the event. Raises the refusals of `errors`; then nothing is written."""
    workspace = channel.workspace_id
    target = await statements.answerable(connection, workspace, draft.conversation, interaction=draft.answers)
    if target is None:
        raise InteractionNotFoundError if draft.answers else NotAnswerableError
    newer = await _refuse_stale(connection, workspace, thread, target, draft)
    reply_id = ReplyId(new_id())
    outbound = outbound_reply(reply_id, text=draft.text, target=target, at=now)
    last = await statements.last_inbound_at(connection, workspace, target["conversation_id"], profile=target["profile_id"])
    _refuse_unsendable(outbound, channel, last_inbound_at=last)
    interaction = InteractionId(new_id())
    row = _history_row(interaction, reply_id, draft, channel=channel, target=target, version=thread["version"] + 1, now=now)
    await history.insert_interactions(connection, workspace, [[value] for value in row])
    await history.advance_conversations(connection, workspace, _advances(thread, target, now=now))
    if draft.member is not None:
        await conversations.follow_conversation(connection, workspace, thread["id"], members=[draft.member], now=now)
        await inbox.mark_read(connection, workspace, draft.member, thread["id"], version=draft.version, now=now)
    reply = await statements.queue_reply(
        connection,
        (
            workspace,
            reply_id,
            interaction,
            target["conversation_id"],
            channel.id,
            target["profile_id"],
            target["id"],
            target["kind"],
            draft.text,
            now,
            draft.member,
            now,
        ),
    )
    await outbox.append(connection, workspace, [outcomes.reply_event(reply, answers=(), now=now)], now=now)
    return Posted(reply, newer)


async def cancel_reply(
    connection: Connection, workspace: WorkspaceId, reply: ReplyId, *, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Take back a reply that nobody has begun to send. Raises ReplyNotFoundError, ReplySettledError."""
    cancelled = await statements.cancel_queued(connection, workspace, reply, member=member)
    if cancelled is None:
        if not await statements.replies_by_id(connection, workspace, [reply]):
            raise ReplyNotFoundError
        raise ReplySettledError("It is being sent or has been sent, so it cannot be taken back here.")
    await outbox.append(connection, workspace, [outcomes.reply_event(cancelled, answers=(), now=now)], now=now)
    return cancelled


async def settle_reply(connection: Connection, workspace: WorkspaceId, reply: ReplyId, *, sent: bool, now: datetime) -> asyncpg.Record:
    """A person looked on the platform: it is there (`sent`), or it is not and may be sent again. Only for replies in doubt."""
    rows = await statements.replies_by_id(connection, workspace, [reply])
    if not rows:
        raise ReplyNotFoundError
    await history.lock_conversations(connection, workspace, {row["conversation_id"] for row in rows})
    settled = await statements.settle_reply(
        connection,
        workspace,
        reply,
        states=(ReplyState.UNKNOWN,),
        state=ReplyState.SENT if sent else ReplyState.QUEUED,
        reason="settled by a person",
        external_id=None,
        now=now,
    )
    if settled is None:
        raise ReplySettledError("Only a reply in doubt can be settled by hand.")
    await outbox.append(connection, workspace, await outcomes.conclude(connection, workspace, settled, now=now), now=now)
    return settled


def outbound_reply(reply: ReplyId, *, text: str, target: Mapping[str, Any] | asyncpg.Record, at: datetime) -> OutboundReply:
    """What the connector gets: the text, whom it speaks to, and what it answers, from the history's row."""
    author = Author(
        network=target["author_network"],
        scope=target["author_scope"],
        external_id=target["author_external_id"],
        handle=target["author_handle"],
        name=target["author_name"],
    )
    venue = Venue(
        network=target["venue_network"],
        scope=target["venue_scope"],
        external_id=target["venue_external_id"],
        url=target["venue_url"],
        title=target["venue_title"],
        control=Control(target["venue_control"]),
        media=Media(target["venue_media"]),
    )
    kind = Kind(target["kind"])
    answered = Answered(
        external_id=target["external_id"],
        kind=kind,
        occurred_at=target["occurred_at"],
        author=author,
        venue=venue,
        thread=target["thread"],
        root=target["root"],
        extra=target["extra"] or {},
    )
    return OutboundReply(id=str(reply), kind=kind, attempted_at=at, text=text, recipient=author, venue=venue, answering=answered)


async def _refuse_stale(
    connection: Connection, workspace: WorkspaceId, thread: asyncpg.Record, target: asyncpg.Record, draft: Draft
) -> tuple[InteractionId, ...]:
    """Refuse if a colleague was faster; give the person's newer messages, which only warn."""
    if target["deleted_at"] is not None:
        raise StaleReplyError("The message was deleted by its author.", items=[str(target["id"])], reason="deleted")
    if draft.version is None:
        return ()
    if thread["closed_version"] > draft.version and thread["closed_by"] != draft.member:
        raise StaleReplyError("A colleague closed the conversation.", items=[], reason="closed", version=thread["version"])
    rows = await statements.rows_since_version(connection, workspace, draft.conversation, version=draft.version)
    ours = [row for row in rows if row["direction"] == Direction.OUTBOUND and (row["native"] or row["member_id"] != draft.member)]
    if ours:
        raise StaleReplyError(
            "A colleague has answered since you looked.",
            items=[str(row["id"]) for row in ours],
            reason="answered",
            version=thread["version"],
        )
    return tuple(InteractionId(row["id"]) for row in rows if row["direction"] == Direction.INBOUND)


def _advances(thread: asyncpg.Record, target: asyncpg.Record, *, now: datetime) -> list[tuple[object, ...]]:
    """The answered thread counts a row; where it was merged away, the one that speaks for it counts on with it."""
    version = thread["version"] + 1
    rows: list[tuple[object, ...]] = [(target["conversation_id"], version, 1, now, False, False)]
    return rows if target["conversation_id"] == thread["id"] else [*rows, (thread["id"], version, 0, now, False, False)]


def _refuse_unsendable(reply: OutboundReply, channel: ConnectedChannel, *, last_inbound_at: datetime | None) -> None:
    declaration = channel.connector.declaration
    try:
        refuse_unsendable(reply, declaration=declaration)
        refuse_late(reply, declaration=declaration, last_inbound_at=last_inbound_at)
    except WindowClosedError as error:
        raise ReplyWindowClosedError(error.reason, allowed=list(error.allowed)) from error
    except UnsendableError as error:
        raise UnsendableReplyError(error.reason) from error


def _history_row(  # noqa: PLR0913 - the parts of one row
    interaction: InteractionId,
    reply: ReplyId,
    draft: Draft,
    *,
    channel: ConnectedChannel,
    target: asyncpg.Record,
    version: int,
    now: datetime,
) -> list[object]:
    """In the order of statements.history.INTERACTION_COLUMNS; the author is us."""
    values: dict[str, object] = {name: target[name] for name in _TAKEN_FROM_TARGET}
    values |= {
        "id": interaction,
        "channel_id": channel.id,
        "external_id": f"reply:{reply}",
        "direction": Direction.OUTBOUND.value,
        "occurred_at": now,
        "received_at": now,
        "source": Source.LIVE.value,
        "text": draft.text,
        "author_network": channel.platform,
        "author_scope": "",
        "author_external_id": channel.facts.account,
        "reply_to": target["external_id"],
        "reply_to_profile_id": target["profile_id"],
        "addressed": "others",
        "conversation_version": version,
        "native": False,
        "member_id": draft.member,
        "ledger_reason": "",
    }
    return [values.get(name) for name, _ in history.INTERACTION_COLUMNS]


_TAKEN_FROM_TARGET = (
    "conversation_id",
    "profile_id",
    "kind",
    "public",
    "venue_network",
    "venue_scope",
    "venue_external_id",
    "venue_url",
    "venue_title",
    "venue_control",
    "venue_media",
    "thread",
    "root",
)
