"""Internal notes with mentions, and who follows a thread. Called by REST in its transaction; a note leaves by no channel, ever."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from services.contracts.events import NoteAdded
from services.contracts.ids import ConversationId, InteractionId, MemberId, WorkspaceId
from services.engagement.conversations.changing import resolve
from services.engagement.conversations.colleagues import refuse_strangers
from services.engagement.errors import ConversationNotFoundError
from services.engagement.statements import conversations as threads
from services.engagement.statements import notes as statements
from services.engagement.statements import reading
from services.kit import outbox
from services.kit.db import Connection
from services.kit.ids import new_id


async def add_note(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    conversation: ConversationId,
    *,
    text: str,
    mentioned: Sequence[MemberId],
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record:
    """Write a note into a thread; its writer and whom it names follow the thread from now on.

    Raises ConversationNotFoundError, MemberNotFoundError.
    """
    thread = await resolve(connection, workspace, conversation)
    note = InteractionId(new_id())
    named = tuple(dict.fromkeys(mentioned))
    await refuse_strangers(connection, workspace, named)
    row = await statements.inserted_note(connection, workspace, thread, note=note, text=text, member=member, mentioned=named, now=now)
    if row is None:
        raise ConversationNotFoundError
    if named:
        await statements.insert_mentions(connection, workspace, note, conversation=thread, members=named, now=now)
    await threads.follow_conversation(connection, workspace, thread, members=[*named, *([member] if member else [])], now=now)
    followers = await threads.followers_of(connection, workspace, thread)
    event = NoteAdded(
        note_id=note,
        conversation_id=thread,
        channel_id=row["channel_id"],
        profile_id=row["profile_id"],
        text=text,
        at=now,
        by=member,
        mentioned=named,
        followers=tuple(MemberId(each) for each in followers),
    )
    await outbox.append(connection, workspace, [event], now=now)
    (written,) = await reading.interactions_by_id(connection, workspace, [note])
    return written


async def follow(
    connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, member: MemberId, now: datetime
) -> asyncpg.Record:
    """Let a member hear of a thread from now on. Raises ConversationNotFoundError."""
    thread = await resolve(connection, workspace, conversation)
    await threads.follow_conversation(connection, workspace, thread, members=[member], now=now)
    return (await reading.conversations_by_id(connection, workspace, [thread]))[0]


async def unfollow(connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, member: MemberId) -> asyncpg.Record:
    """Let a member hear of a thread no longer. Raises ConversationNotFoundError."""
    thread = await resolve(connection, workspace, conversation)
    await threads.unfollow_conversation(connection, workspace, thread, member=member)
    return (await reading.conversations_by_id(connection, workspace, [thread]))[0]
