"""Begin a conversation with a person who has not written, where the platform allows it. Called by REST, in the edge's transaction.

A begun thread has the key that the person's answer will have, so that the answer joins it. One that is about something the person said
in public is linked to the thread of that, and its first message answers it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from services.contracts.consent import SERVICE
from services.contracts.ids import ChannelId, ConversationId, InteractionId, MemberId, ProfileId, ReplyId
from services.contracts.interaction import Attachment, Author, NeutralEvent, Venue
from services.contracts.vocabulary import ConversationStatus, Direction, Kind, ReplyState
from services.engagement import replies
from services.engagement.composing.errors import AboutRefusedError, CannotBeginError, ConversationExistsError
from services.engagement.consent.asking import Asked, refuse_unconsented
from services.engagement.conversations.changing import resolve
from services.engagement.conversations.merging import link
from services.engagement.errors import ConversationNotFoundError, InteractionNotFoundError, ReplyWindowClosedError
from services.engagement.outbound import Begun, Words, answered_of, beginning, document
from services.engagement.protocol import Answered, Declaration, NamesThreads, OutboundReply, Template
from services.engagement.reading import Reader, key_of, text_of
from services.engagement.registry import ConnectedChannel
from services.engagement.replies import refuse_unsendable_reply, row_of_ours, write_reply
from services.engagement.statements import beginnings as statements
from services.engagement.statements import history, reading
from services.engagement.statements import replies as reply_statements
from services.kit.db import Connection
from services.kit.ids import new_id

KIND = Kind.DIRECT


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a member wants to say first, and to whom: to whoever wrote `about`, where no recipient is named."""

    channel: ChannelId
    recipient: Author | None
    text: str
    member: MemberId | None
    title: str | None = None
    template: Template | None = None
    attachments: tuple[Attachment, ...] = ()
    about: InteractionId | None = None
    purpose: str = SERVICE


@dataclass(frozen=True, slots=True)
class Opened:
    """A thread, and the reply with which it begins, or goes on where it was there already."""

    conversation: ConversationId
    reply: asyncpg.Record


async def begin_conversation(
    connection: Connection, channel: ConnectedChannel, opening: Opening, *, reader: Reader, now: datetime
) -> Opened:
    """Queue the first message of a new thread; where it is `about` something, that of a private one that there is already.

    Raises InteractionNotFoundError, AboutRefusedError, CannotBeginError, ConversationExistsError and the refusals of a reply.
    """
    if opening.about is None and opening.recipient is not None:
        return await _begin(connection, channel, opening, opening.recipient, reader=reader, now=now)
    about = await _get_about(connection, channel, opening, reader=reader)
    recipient = opening.recipient or _author_of(about)
    privately = answered_of(about) if Kind(about["kind"]) in channel.connector.declaration.private_answers else None
    joined = await _join(connection, channel, opening, recipient, privately=privately, now=now)
    opened = joined or await _begin(connection, channel, opening, recipient, privately=privately, reader=reader, now=now)
    await _move(connection, channel, opened, about, member=opening.member, now=now)
    return opened


async def _begin(  # noqa: PLR0913 - what is said, to whom, and why that is allowed
    connection: Connection,
    channel: ConnectedChannel,
    opening: Opening,
    recipient: Author,
    *,
    reader: Reader,
    now: datetime,
    privately: Answered | None = None,
) -> Opened:
    """The first message of a thread, or (`privately`) the platform's private answer, for which a thread may be there already."""
    if KIND not in channel.connector.declaration.begins and privately is None:
        await _refuse_existing(connection, channel, reader.profile_of(recipient))
        _refuse_kind(channel.connector.declaration)
    profile = reader.profile_of(recipient)
    last = await statements.last_inbound_of(connection, channel.workspace_id, channel.id, profile=profile)
    reply_id = ReplyId(new_id())
    begun = Begun(recipient=recipient, title=text_of(opening.title), template=opening.template, privately=privately)
    words = Words(text=opening.text, attachments=opening.attachments)
    outbound = beginning(reply_id, words, begun=begun, kind=KIND, at=now)
    refuse_unsendable_reply(outbound, channel, last_inbound_at=last)
    asked = Asked(id=reply_id, profile=profile, outbound=outbound, purpose=opening.purpose)
    await refuse_unconsented(connection, channel, asked)
    begun = replace(begun, thread=_thread_of(outbound, channel))
    thread = await _open(connection, channel, begun, profile=profile, public=False, now=now)
    if thread["version"] > 0 and privately is None:
        raise ConversationExistsError("Answer there.", conversation_id=str(thread["id"]))
    row = {**_row(channel, begun), "profile_id": profile, "text": opening.text, "member_id": opening.member}
    row["attachments"] = document(opening.attachments) if opening.attachments else None
    parts = {"id": reply_id, "state": ReplyState.QUEUED.value, "begun": document(begun), "purpose": opening.purpose}
    return Opened(ConversationId(thread["id"]), await write_reply(connection, channel, thread, row, parts, now=now))


async def _get_about(connection: Connection, channel: ConnectedChannel, opening: Opening, *, reader: Reader) -> asyncpg.Record:
    """What a person said in public. Raises InteractionNotFoundError, AboutRefusedError."""
    if opening.about is None:
        raise AboutRefusedError("Name whom to write to, or what it is about.")
    rows = await reading.whole_interactions(connection, channel.workspace_id, [opening.about])
    if not rows:
        raise InteractionNotFoundError
    about = rows[0]
    if about["direction"] != Direction.INBOUND or not about["public"] or about["deleted_at"] is not None:
        raise AboutRefusedError("Name what a person said in public, and has not taken back.")
    profile = about["profile_id"] if opening.recipient is None else reader.profile_of(opening.recipient)
    if not await statements.are_one_person(connection, channel.workspace_id, profile, about["profile_id"]):
        raise AboutRefusedError("Somebody else said that; write to the person who did.")
    return about


def _author_of(about: asyncpg.Record) -> Author:
    return Author(
        network=about["author_network"],
        scope=about["author_scope"],
        external_id=about["author_external_id"],
        handle=about["author_handle"],
        name=about["author_name"],
    )


async def _join(
    connection: Connection, channel: ConnectedChannel, opening: Opening, recipient: Author, *, privately: Answered | None, now: datetime
) -> Opened | None:
    """Go on in the private thread that there is with the person, if there is one, and (or a private answer does) its time is not over."""
    key = key_of(_event(channel, Begun(recipient=recipient), at=now))
    rows = await history.locked_conversations(connection, channel.workspace_id, channel.id, [key])
    found = next((row for row in rows if row["key"] == key and row["version"] > 0), None)
    if found is None:
        return None
    thread = await replies.channel_of(connection, channel.workspace_id, ConversationId(found["id"]))
    draft = replies.Draft(
        conversation=ConversationId(thread["id"]),
        text=opening.text,
        answers=None,
        version=None,
        member=opening.member,
        attachments=opening.attachments,
        template=opening.template,
        purpose=opening.purpose,
    )
    if await replies.answering_channel(connection, channel.workspace_id, thread, draft) != channel.id:
        raise ConversationExistsError("Answer there.", conversation_id=str(thread["id"]))
    try:
        posted = await replies.post_reply(connection, channel, thread, draft, now=now)
    except ReplyWindowClosedError:
        if privately is None:
            raise
        return None
    return Opened(draft.conversation, posted.reply)


async def _move(
    connection: Connection, channel: ConnectedChannel, opened: Opened, about: asyncpg.Record, *, member: MemberId | None, now: datetime
) -> None:
    """Tie the private thread to the public one, and let the message answer what was said there once it is sent."""
    await statements.name_about(connection, channel.workspace_id, ReplyId(opened.reply["id"]), about=InteractionId(about["id"]))
    public = await resolve(connection, channel.workspace_id, ConversationId(about["conversation_id"]))
    if public != await resolve(connection, channel.workspace_id, opened.conversation):
        await link(connection, channel.workspace_id, public, other=opened.conversation, member=member, now=now)


async def _refuse_existing(connection: Connection, channel: ConnectedChannel, profile: ProfileId) -> None:
    """Who has written can be answered, also where nobody may be written to first. Raises ConversationExistsError."""
    found = await statements.private_thread_of(connection, channel.workspace_id, channel.id, profile=profile)
    if found is not None:
        raise ConversationExistsError("Answer there.", conversation_id=str(found))


def _refuse_kind(declaration: Declaration) -> None:
    allowed: Sequence[str] = [f"write first: {kind.value}" for kind in sorted(declaration.begins)] or ["the person writes first"]
    raise CannotBeginError(f"{declaration.title} lets nobody be written to who has not written to us.", allowed=list(allowed))


def _thread_of(outbound: OutboundReply, channel: ConnectedChannel) -> str | None:
    """What answers will be filed under, where the connector knows it."""
    connector = channel.connector
    return text_of(connector.thread_of(outbound, channel=channel.access)) if isinstance(connector, NamesThreads) else None


async def _open(
    connection: Connection, channel: ConnectedChannel, begun: Begun, *, profile: ProfileId, public: bool, now: datetime
) -> asyncpg.Record:
    """The thread, locked; its version is 0 where nobody has spoken in it."""
    key = key_of(_event(channel, begun, at=now))
    opened = (new_id(), key, profile, channel.platform, KIND.value, public, begun.title, now, ConversationStatus.OPEN.value)
    await history.open_conversations(connection, channel.workspace_id, channel.id, rows=[opened])
    locked = await history.locked_conversations(connection, channel.workspace_id, channel.id, [key])
    found = next(row for row in locked if row["key"] == key)
    thread = await reply_statements.locked_conversation(connection, channel.workspace_id, ConversationId(found["id"]))
    if thread is None:
        raise ConversationNotFoundError
    return thread


def _event(channel: ConnectedChannel, begun: Begun, *, at: datetime) -> NeutralEvent:
    """The event that an echo of the first message would be: its key is the thread's."""
    ours = Author(network=channel.platform, external_id=channel.facts.account)
    return NeutralEvent(
        id="",
        occurred_at=at,
        kind=KIND,
        author=ours,
        venue=Venue(network=channel.platform, external_id=channel.facts.account),
        direction=Direction.OUTBOUND,
        recipient=begun.recipient,
        thread=begun.thread,
    )


def _row(channel: ConnectedChannel, begun: Begun) -> dict[str, object]:
    """The history's row of a message that answers nothing."""
    return {
        **row_of_ours(channel),
        "kind": KIND.value,
        "public": False,
        "venue_network": channel.platform,
        "venue_scope": "",
        "venue_external_id": channel.facts.account,
        "venue_control": "ours",
        "venue_media": "owned",
        "thread": begun.thread,
    }
