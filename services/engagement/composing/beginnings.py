"""Begin a conversation with a person who has not written, where the platform allows it. Called by REST, in the edge's transaction.

A begun thread has the key that the person's answer will have, so that the answer joins it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from services.contracts.ids import ChannelId, ConversationId, MemberId, ProfileId, ReplyId
from services.contracts.interaction import Attachment, Author, NeutralEvent, Venue
from services.contracts.vocabulary import ConversationStatus, Direction, Kind, ReplyState
from services.engagement.composing.errors import CannotBeginError, ConversationExistsError
from services.engagement.errors import ConversationNotFoundError
from services.engagement.outbound import Begun, Words, beginning, document
from services.engagement.protocol import Declaration, NamesThreads, OutboundReply, Template
from services.engagement.reading import Reader, key_of, text_of
from services.engagement.registry import ConnectedChannel
from services.engagement.replies import refuse_unsendable_reply, row_of_ours, write_reply
from services.engagement.statements import beginnings as statements
from services.engagement.statements import history, replies
from services.kit.db import Connection
from services.kit.ids import new_id

KIND = Kind.DIRECT


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a member wants to say first, and to whom."""

    channel: ChannelId
    recipient: Author
    text: str
    member: MemberId | None
    title: str | None = None
    template: Template | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A new thread and the reply with which it begins."""

    conversation: ConversationId
    reply: asyncpg.Record


async def begin_conversation(
    connection: Connection, channel: ConnectedChannel, opening: Opening, *, reader: Reader, now: datetime
) -> Opened:
    """Queue the first message of a new thread. Raises CannotBeginError, ConversationExistsError and the refusals of a reply."""
    declaration = channel.connector.declaration
    _refuse_kind(declaration)
    profile = reader.profile_of(opening.recipient)
    last = await statements.last_inbound_of(connection, channel.workspace_id, channel.id, profile=profile)
    reply_id = ReplyId(new_id())
    begun = Begun(recipient=opening.recipient, title=text_of(opening.title), template=opening.template)
    words = Words(text=opening.text, attachments=opening.attachments)
    outbound = beginning(reply_id, words, begun=begun, kind=KIND, at=now)
    refuse_unsendable_reply(outbound, channel, last_inbound_at=last)
    begun = replace(begun, thread=_thread_of(outbound, channel))
    thread = await _open(connection, channel, begun, profile=profile, public=False, now=now)
    row = {**_row(channel, begun), "profile_id": profile, "text": opening.text, "member_id": opening.member}
    row["attachments"] = document(opening.attachments) if opening.attachments else None
    parts = {"id": reply_id, "state": ReplyState.QUEUED.value, "begun": document(begun)}
    return Opened(ConversationId(thread["id"]), await write_reply(connection, channel, thread, row, parts, now=now))


def _refuse_kind(declaration: Declaration) -> None:
    if KIND in declaration.begins:
        return
    allowed: Sequence[str] = [f"write first: {kind.value}" for kind in sorted(declaration.begins)] or ["the person writes first"]
    raise CannotBeginError(f"{declaration.title} lets nobody be written to who has not written to us.", allowed=list(allowed))


def _thread_of(outbound: OutboundReply, channel: ConnectedChannel) -> str | None:
    """What answers will be filed under, where the connector knows it."""
    connector = channel.connector
    return text_of(connector.thread_of(outbound, channel=channel.access)) if isinstance(connector, NamesThreads) else None


async def _open(
    connection: Connection, channel: ConnectedChannel, begun: Begun, *, profile: ProfileId, public: bool, now: datetime
) -> asyncpg.Record:
    """The new thread, locked. Raises ConversationExistsError for one in which somebody has spoken."""
    key = key_of(_event(channel, begun, at=now))
    opened = (new_id(), key, profile, channel.platform, KIND.value, public, begun.title, now, ConversationStatus.OPEN.value)
    await history.open_conversations(connection, channel.workspace_id, channel.id, rows=[opened])
    locked = await history.locked_conversations(connection, channel.workspace_id, channel.id, [key])
    found = next(row for row in locked if row["key"] == key)
    thread = await replies.locked_conversation(connection, channel.workspace_id, ConversationId(found["id"]))
    if thread is None:
        raise ConversationNotFoundError
    if thread["version"] > 0:
        raise ConversationExistsError("Answer there.", conversation_id=str(thread["id"]))
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
