"""Replies: post, cancel, settle by a person. Called by the REST edge; runs in the edge's transaction and never sends anything itself.

Limits, windows and staleness are checked here, before anything is queued.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from services.contracts.consent import SERVICE
from services.contracts.ids import ChannelId, ConversationId, InteractionId, MemberId, ReplyId, WorkspaceId
from services.contracts.interaction import Attachment
from services.contracts.vocabulary import Direction, Kind, ReplyState, Source
from services.engagement import outcomes
from services.engagement.channel_errors import ChannelDisconnectedError
from services.engagement.consent.asking import Asked, refuse_unconsented, wants_approval
from services.engagement.errors import (
    ConversationNotFoundError,
    InteractionNotFoundError,
    NotAnswerableError,
    ReplyNotFoundError,
    ReplySettledError,
    ReplyWindowClosedError,
    StaleReplyError,
    UnseenVersionError,
    UnsendableReplyError,
)
from services.engagement.outbound import Begun, Words, answering, beginning, begun_of, document
from services.engagement.placeholders import open_places
from services.engagement.protocol import (
    Choices,
    OutboundReply,
    Template,
    UnsendableError,
    WindowClosedError,
    refuse_late,
    refuse_unsendable,
)
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import approvals, channels, conversations, drafts, history, inbox, reading
from services.engagement.statements import replies as statements
from services.kit import outbox
from services.kit.db import Connection
from services.kit.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a member wants to say. `version` is the conversation's as the member saw it (None: not guarded).

    It leaves after `delay` at the earliest; until then it can be cancelled. `automatic`: nobody wrote it; it answers nothing.
    """

    conversation: ConversationId
    text: str
    answers: InteractionId | None
    version: int | None
    member: MemberId | None
    delay: timedelta = timedelta(0)
    attachments: tuple[Attachment, ...] = ()
    template: Template | None = None
    choices: Choices | None = None
    purpose: str = SERVICE
    automatic: bool = False

    @property
    def words(self) -> Words:
        """What is said."""
        return Words(text=self.text, attachments=self.attachments, template=self.template, choices=self.choices)


@dataclass(frozen=True, slots=True)
class Posted:
    """A reply that is queued, or waits for approval, and what the person wrote meanwhile (a warning, not a refusal)."""

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
    """Queue a reply, or propose it where it must be approved: a row of the history, the reply, the event.

    Raises the refusals of `errors`; then nothing is written.
    """
    workspace = channel.workspace_id
    refuse_unseen(thread, draft.version)
    target = await statements.answerable(connection, workspace, draft.conversation, interaction=draft.answers)
    if target is None:
        return await _write_on(connection, channel, thread, draft, now=now)
    newer = await refuse_stale(connection, workspace, thread, target, draft)
    reply_id = ReplyId(new_id())
    outbound = answering(reply_id, draft.words, target=target, at=now)
    last = await statements.last_inbound_at(connection, workspace, target["conversation_id"], profile=target["profile_id"])
    refuse_unsendable_reply(outbound, channel, last_inbound_at=last)
    asked = Asked(id=reply_id, profile=target["profile_id"], outbound=outbound, purpose=draft.purpose, automatic=draft.automatic)
    await refuse_unconsented(connection, channel, asked)
    guarded = draft.member is None and not draft.automatic and await wants_approval(connection, channel, asked)
    waits = guarded or (
        target["public"] and await approvals.is_required(connection, workspace, channel.id, discipline=target["discipline"])
    )
    state = ReplyState.PROPOSED if waits else ReplyState.QUEUED
    row = {**row_answering(target, channel=channel), "text": draft.text, "member_id": draft.member}
    parts = {"id": reply_id, "answers_id": target["id"], "state": state.value, "due_at": now + draft.delay}
    parts |= {"begun": _kept_beside(outbound), "purpose": draft.purpose, "automatic": draft.automatic}
    reply = await write_reply(connection, channel, thread, row | _document_of(draft.words), parts, now=now)
    if draft.member is not None:
        await conversations.follow_conversation(connection, workspace, thread["id"], members=[draft.member], now=now)
        await inbox.mark_read(connection, workspace, draft.member, thread["id"], version=draft.version, now=now)
        await inbox.refresh_unread(connection, workspace, draft.member, thread["id"])
    return Posted(reply, newer)


async def _write_on(connection: Connection, channel: ConnectedChannel, thread: asyncpg.Record, draft: Draft, *, now: datetime) -> Posted:
    """One more message in a thread that we began and in which nobody has answered yet."""
    first = await statements.begun_with(connection, channel.workspace_id, draft.conversation)
    if first is None or draft.answers is not None:
        raise InteractionNotFoundError if draft.answers else NotAnswerableError
    begun = replace(begun_of(first["begun"]), template=draft.template, choices=draft.choices)
    if begun.privately is not None:
        raise ReplyWindowClosedError("one private answer was given; the next word is the person's", allowed=["the person writing"])
    reply_id = ReplyId(new_id())
    outbound = beginning(reply_id, draft.words, begun=begun, kind=Kind(first["kind"]), at=now)
    refuse_unsendable_reply(outbound, channel, last_inbound_at=None)
    asked = Asked(id=reply_id, profile=first["profile_id"], outbound=outbound, purpose=draft.purpose, automatic=draft.automatic)
    await refuse_unconsented(connection, channel, asked)
    (opening,) = await reading.whole_interactions(connection, channel.workspace_id, [first["interaction_id"]])
    row = {**row_answering(opening, channel=channel), "reply_to": None, "text": draft.text, "member_id": draft.member}
    parts = {"id": reply_id, "state": ReplyState.QUEUED.value, "begun": document(begun), "due_at": now + draft.delay}
    parts["purpose"] = draft.purpose
    return Posted(await write_reply(connection, channel, thread, row | _document_of(draft.words), parts, now=now), ())


async def write_reply(
    connection: Connection,
    channel: ConnectedChannel,
    thread: asyncpg.Record,
    row: Mapping[str, object],
    parts: Mapping[str, object],
    *,
    now: datetime,
) -> asyncpg.Record:
    """The history's row and the reply, in a thread that the caller has locked; the member's draft there is done with.

    `row` is keyed by names of INTERACTION_COLUMNS, `parts` by those of NEW_REPLY; what both say follows from `row`.
    Raises ChannelDisconnectedError: what this process knows of a channel may be two seconds old, and a reply would be queued for ever.
    """
    if await channels.has_ended(connection, channel.workspace_id, channel.id):
        raise ChannelDisconnectedError("It is there for its history only.")
    workspace, version = channel.workspace_id, thread["version"] + 1
    interaction = InteractionId(new_id())
    kept = {"conversation_id": thread["id"], **row, **moment_of(interaction, reply=parts["id"], version=version, now=now)}
    await history.insert_interactions(connection, workspace, [[kept.get(name)] for name, _ in history.INTERACTION_COLUMNS])
    await history.advance_conversations(connection, workspace, _advances(thread, kept["conversation_id"], now=now))
    (reply,) = await statements.insert_replies(connection, workspace, [{"due_at": now, **_shared(kept), **parts, "queued_at": now}])
    if reply["member_id"] is not None:
        await drafts.delete_draft(connection, workspace, thread["id"], member=MemberId(reply["member_id"]))
    await outbox.append(connection, workspace, [outcomes.reply_event(reply, answers=(), now=now)], now=now)
    return reply


async def cancel_reply(
    connection: Connection, workspace: WorkspaceId, reply: ReplyId, *, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Take back a reply that nobody has begun to send. Raises ReplyNotFoundError, ReplySettledError."""
    cancelled = await statements.cancel_queued(connection, workspace, reply, member=member)
    if cancelled is None:
        present = await statements.replies_by_id(connection, workspace, [reply])
        if not present:
            raise ReplyNotFoundError
        raise ReplySettledError(_not_cancelled(present[0]))
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


def _not_cancelled(reply: asyncpg.Record) -> str:
    """Why it cannot be taken back, and what can be done."""
    match ReplyState(reply["state"]):
        case ReplyState.FAILED | ReplyState.REJECTED:
            return f"It does not go out anyway: it is {reply['state']} ({reply['reason']})."
        case ReplyState.UNKNOWN:
            return "Nobody knows whether it arrived: settle it, or wait until that is known."
        case ReplyState.SENDING:
            return "It is being sent. Once it is sent it can be deleted, where the platform allows that."
        case _:
            return "It was sent. It can be deleted, where the platform allows that."


def refuse_unseen(thread: asyncpg.Record, version: int | None) -> None:
    """Refuse a version that is yet to come: it would let pass whatever happens until then. Raises UnseenVersionError."""
    if version is not None and version > thread["version"]:
        message = f"Its version is {thread['version']}: read the conversation and give the version that was read."
        raise UnseenVersionError(message, version=thread["version"])


async def refuse_stale(
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


def _advances(thread: asyncpg.Record, spoken_in: object, *, now: datetime) -> list[tuple[object, ...]]:
    """The answered thread counts a row; where it was merged away, the one that speaks for it counts on with it."""
    version = thread["version"] + 1
    rows: list[tuple[object, ...]] = [(spoken_in, version, 1, now, False, False)]
    return rows if spoken_in == thread["id"] else [*rows, (thread["id"], version, 0, now, False, False)]


def refuse_unsendable_reply(reply: OutboundReply, channel: ConnectedChannel, *, last_inbound_at: datetime | None) -> None:
    """Refuse what the platform would not take, or not any more, and what nobody has filled in.

    Raises ChannelDisconnectedError, ReplyWindowClosedError, UnsendableReplyError.
    """
    if channel.ended:
        raise ChannelDisconnectedError("It is there for its history only.")
    unfilled = open_places(reply.text)
    if unfilled:
        raise UnsendableReplyError(f"Fill in {', '.join(unfilled)} first.", unfilled=unfilled)
    declaration = channel.connector.declaration
    try:
        refuse_unsendable(reply, declaration=declaration, config=channel.facts.config)
        refuse_late(reply, declaration=declaration, last_inbound_at=last_inbound_at, config=channel.facts.config)
    except WindowClosedError as error:
        raise ReplyWindowClosedError(error.reason, allowed=list(error.allowed)) from error
    except UnsendableError as error:
        raise UnsendableReplyError(error.reason) from error


def row_answering(target: asyncpg.Record, *, channel: ConnectedChannel) -> dict[str, object]:
    """What the history's row of a reply takes from the row that it answers, and from us."""
    return {
        **{name: target[name] for name in _TAKEN_FROM_TARGET},
        **row_of_ours(channel),
        "reply_to": target["external_id"],
        "reply_to_profile_id": target["profile_id"],
    }


def row_of_ours(channel: ConnectedChannel) -> dict[str, object]:
    """What every row has that we write: the author is the channel's account."""
    return {
        "channel_id": channel.id,
        "direction": Direction.OUTBOUND.value,
        "source": Source.LIVE.value,
        "author_network": channel.platform,
        "author_scope": "",
        "author_external_id": channel.facts.account,
        "addressed": "others",
        "native": False,
        "member_id": None,
        "ledger_reason": "",
    }


def moment_of(interaction: InteractionId, *, reply: object, version: int, now: datetime) -> dict[str, object]:
    """What is new in a row of the history for a reply."""
    return {
        "id": interaction,
        "external_id": f"reply:{reply}",
        "occurred_at": now,
        "received_at": now,
        "conversation_version": version,
    }


def _kept_beside(outbound: OutboundReply) -> str | None:
    """What is kept beside an answer by template or with choices."""
    if outbound.recipient is None or not (outbound.template or outbound.choices):
        return None
    return document(Begun(recipient=outbound.recipient, template=outbound.template, choices=outbound.choices))


def _document_of(words: Words) -> dict[str, object]:
    return {"attachments": document(words.attachments) if words.attachments else None}


def _shared(row: Mapping[str, Any]) -> dict[str, object]:
    """What the reply has in common with its row in the history."""
    names = ("conversation_id", "channel_id", "profile_id", "kind", "member_id", "attachments")
    return {**{name: row[name] for name in names}, "text": row["text"], "interaction_id": row["id"], "automatic": False, "purpose": SERVICE}


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
