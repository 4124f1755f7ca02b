"""Threads of one matter: linked beside one another, merged into one, split again. Called by REST in its transaction.

A merge moves no message. It is a pointer: reading follows it, and a split takes it back.
"""

from datetime import datetime

import asyncpg

from services.contracts.ids import ConversationId, MemberId, WorkspaceId
from services.engagement.conversations.changing import resolve
from services.engagement.errors import ConversationNotFoundError, MergeRefusedError, NotLinkedError, VersionConflictError
from services.engagement.statements import conversations as statements
from services.engagement.statements import drafts, history, labels, reading
from services.engagement.threads import changed_event
from services.kit import outbox
from services.kit.db import Connection


async def merge(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    conversation: ConversationId,
    *,
    into: ConversationId,
    version: int,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record:
    """Let `into` speak for both from now on; gives it. `version` is that of the thread that goes.

    It has the labels, followers and links of both, and the drafts. A split leaves these there; the other has its own as they were.

    Raises ConversationNotFoundError, MergeRefusedError, VersionConflictError.
    """
    source = await resolve(connection, workspace, conversation)
    target = await resolve(connection, workspace, into)
    if source == target:
        raise MergeRefusedError("They are one conversation already.")
    await history.lock_conversations(connection, workspace, [source, target])
    states = {row["id"]: row for row in await statements.states_of(connection, workspace, [source, target])}
    if any(row["survivor_id"] is not None for row in states.values()):
        raise VersionConflictError("One of them was just merged elsewhere; read them again and repeat.")
    if states[source]["version"] != version:
        raise VersionConflictError("Read the conversation again and repeat.", version=states[source]["version"])
    if states[source]["spam"] != states[target]["spam"]:
        raise MergeRefusedError("One of them is spam and the other is not; say first which they are.")
    rows = await statements.merged_conversations(connection, workspace, source, target=target)
    await statements.copy_followers(connection, workspace, source, target=target)
    await statements.copy_links(connection, workspace, source, target=target, member=member, now=now)
    await labels.copy_labels(connection, workspace, source, target=target)
    await drafts.move_drafts(connection, workspace, source, target=target)
    await outbox.append(connection, workspace, [changed_event(row, changes=["merge"], by=member) for row in rows], now=now)
    return (await reading.conversations_by_id(connection, workspace, [target]))[0]


async def split(
    connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Take a merge back; gives the thread that speaks for itself again, open. Raises ConversationNotFoundError, MergeRefusedError."""
    found = await statements.states_of(connection, workspace, [conversation])
    if not found:
        raise ConversationNotFoundError
    lead = found[0]["survivor_id"]
    if lead is None:
        raise MergeRefusedError("It was not merged into another; give the id of the conversation that was.")
    await history.lock_conversations(connection, workspace, [conversation, lead])
    rows = await statements.split_conversations(connection, workspace, conversation, lead=lead)
    for each in (conversation, lead):
        await statements.refresh_activity(connection, workspace, each)
    await outbox.append(connection, workspace, [changed_event(row, changes=["merge"], by=member) for row in rows], now=now)
    return (await reading.conversations_by_id(connection, workspace, [conversation]))[0]


async def link(
    connection: Connection,
    workspace: WorkspaceId,
    conversation: ConversationId,
    *,
    other: ConversationId,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record:
    """Tie two threads of one matter together, such as the public one and the private one. Twice is once.

    Raises ConversationNotFoundError, MergeRefusedError.
    """
    ends = await resolve(connection, workspace, conversation), await resolve(connection, workspace, other)
    if ends[0] == ends[1]:
        raise MergeRefusedError("They are one conversation already.")
    if await statements.insert_link(connection, workspace, ends[0], other=ends[1], member=member, now=now):
        await _tell_links(connection, workspace, ends, member=member, now=now)
    return (await reading.conversations_by_id(connection, workspace, [ends[0]]))[0]


async def unlink(
    connection: Connection,
    workspace: WorkspaceId,
    conversation: ConversationId,
    *,
    other: ConversationId,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record:
    """Untie two threads. Raises ConversationNotFoundError, NotLinkedError."""
    thread = await resolve(connection, workspace, conversation)
    if not await statements.delete_link(connection, workspace, thread, other=other):
        raise NotLinkedError
    await _tell_links(connection, workspace, (thread, other), member=member, now=now)
    return (await reading.conversations_by_id(connection, workspace, [thread]))[0]


async def _tell_links(
    connection: Connection, workspace: WorkspaceId, ends: tuple[ConversationId, ConversationId], *, member: MemberId | None, now: datetime
) -> None:
    rows = await statements.states_of(connection, workspace, ends)
    await outbox.append(connection, workspace, [changed_event(row, changes=["links"], by=member) for row in rows], now=now)
