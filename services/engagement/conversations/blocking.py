"""Blocking a person, and marking a thread as spam: what comes in is kept and owes nothing. Both can be taken back.

Called by REST in its transaction. What is taken back is owed again, and its thread is open again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from services.contracts.envelope import Event
from services.contracts.events import InteractionReopened, InteractionSettled, ProfileBlocked, ProfileUnblocked
from services.contracts.ids import ConversationId, MemberId, ProfileId, WorkspaceId
from services.contracts.vocabulary import ConversationStatus, Ledger
from services.engagement.conversations.changing import resolve
from services.engagement.errors import ConversationNotFoundError, NotBlockedError, ProfileNotFoundError, VersionConflictError
from services.engagement.statements import conversations as threads
from services.engagement.statements import history, reading
from services.engagement.statements import ledger as statements
from services.engagement.statements.conversations import Change
from services.engagement.threads import changed_event
from services.kit import outbox
from services.kit.db import Connection

# What comes back without a due time gets one: nothing that is owed may wait for ever.
DUE_AFTER = timedelta(days=1)


async def block(
    connection: Connection, workspace: WorkspaceId, profile: ProfileId, *, reason: str, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Block a person; what they are owed now is exempt too. A second time changes nothing. Raises ProfileNotFoundError."""
    if not await statements.is_known_profile(connection, workspace, profile):
        raise ProfileNotFoundError
    if await statements.inserted_block(connection, workspace, profile, reason=reason, member=member, now=now):
        rows = await statements.exempted_of_profile(connection, workspace, profile, now=now)
        blocked = ProfileBlocked(profile_id=profile, at=now, reason=reason, by=member)
        await outbox.append(connection, workspace, [blocked, *_settled(rows, reason="blocked", by=member)], now=now)
    return (await statements.blocks_of(connection, workspace, [profile]))[0]


async def unblock(connection: Connection, workspace: WorkspaceId, profile: ProfileId, *, member: MemberId | None, now: datetime) -> None:
    """Take a block back: what the person wrote meanwhile is owed, and its threads are open. Raises NotBlockedError."""
    if not await statements.delete_block(connection, workspace, profile):
        raise NotBlockedError
    rows = await statements.reinstated_of_profile(connection, workspace, profile, due=now + DUE_AFTER)
    reopened = await _reopen(connection, workspace, rows, member=member)
    unblocked = ProfileUnblocked(profile_id=profile, at=now, by=member)
    await outbox.append(
        connection, workspace, [unblocked, *reopened, *_owed_again(rows, reason="the person is blocked no more", by=member)], now=now
    )


async def mark_spam(
    connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, version: int, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Close a thread as spam. Raises ConversationNotFoundError, VersionConflictError."""
    change = Change(status=ConversationStatus.CLOSED.value, spam=True)
    row = await _change(connection, workspace, conversation, change, version=version, member=member)
    rows = await statements.exempted_of_conversation(connection, workspace, row["id"], now=now)
    event = changed_event(row, changes=["status", "spam"], by=member)
    await outbox.append(connection, workspace, [event, *_settled(rows, reason="spam", by=member)], now=now)
    return (await reading.conversations_by_id(connection, workspace, [row["id"]]))[0]


async def take_back_spam(
    connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, version: int, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Open a thread that is no spam after all. Raises ConversationNotFoundError, VersionConflictError."""
    change = Change(status=ConversationStatus.OPEN.value, spam=False)
    row = await _change(connection, workspace, conversation, change, version=version, member=member)
    rows = await statements.reinstated_of_conversation(connection, workspace, row["id"], due=now + DUE_AFTER)
    event = changed_event(row, changes=["status", "spam"], by=member)
    await outbox.append(
        connection, workspace, [event, *_owed_again(rows, reason="the conversation is no spam after all", by=member)], now=now
    )
    return (await reading.conversations_by_id(connection, workspace, [row["id"]]))[0]


async def _change(
    connection: Connection,
    workspace: WorkspaceId,
    conversation: ConversationId,
    change: Change,
    *,
    version: int,
    member: MemberId | None,
) -> asyncpg.Record:
    thread = await resolve(connection, workspace, conversation)
    changed = await threads.changed_conversations(connection, workspace, [thread], change=change, version=version, member=member)
    if changed:
        return changed[0]
    found = await reading.conversations_by_id(connection, workspace, [thread])
    if not found:
        raise ConversationNotFoundError
    raise VersionConflictError("Read the conversation again and repeat.", version=found[0]["version"])


async def _reopen(
    connection: Connection, workspace: WorkspaceId, rows: Sequence[asyncpg.Record], *, member: MemberId | None
) -> list[Event]:
    """Open the threads in which something is owed again."""
    leads = {row["id"] for row in await threads.survivors(connection, workspace, [row["conversation_id"] for row in rows])}
    await history.lock_conversations(connection, workspace, leads)
    change = Change(status=ConversationStatus.OPEN.value)
    opened = await threads.changed_conversations(connection, workspace, sorted(leads), change=change, version=None, member=member)
    return [changed_event(row, changes=["status"], by=member) for row in opened]


def _settled(rows: Sequence[asyncpg.Record], *, reason: str, by: MemberId | None) -> list[Event]:
    return [
        InteractionSettled(
            interaction_id=row["id"],
            conversation_id=row["conversation_id"],
            profile_id=row["profile_id"],
            ledger=Ledger.EXEMPT,
            reason=reason,
            by=by,
        )
        for row in rows
    ]


def _owed_again(rows: Sequence[asyncpg.Record], *, reason: str, by: MemberId | None) -> list[Event]:
    return [
        InteractionReopened(
            interaction_id=row["id"], conversation_id=row["conversation_id"], profile_id=row["profile_id"], by=by, reason=reason
        )
        for row in rows
    ]
