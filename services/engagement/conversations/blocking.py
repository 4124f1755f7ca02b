"""Blocking a person, and marking a thread as spam: what comes in is kept and owes nothing. Both can be taken back.

Called by REST in its transaction. What is taken back is owed again, and its thread is open again.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from services.contracts.envelope import Event
from services.contracts.events import InteractionSettled, ProfileBlocked, ProfileUnblocked
from services.contracts.ids import ConversationId, MemberId, ProfileId, WorkspaceId
from services.contracts.vocabulary import ConversationStatus, Ledger
from services.engagement.conversations.changing import resolve
from services.engagement.conversations.reinstating import DUE_AFTER, reinstate
from services.engagement.errors import ConversationNotFoundError, NotBlockedError, ProfileNotFoundError, VersionConflictError
from services.engagement.statements import conversations as threads
from services.engagement.statements import ledger as statements
from services.engagement.statements import reading
from services.engagement.statements.conversations import Change
from services.engagement.threads import changed_event
from services.kit import outbox
from services.kit.db import Connection


async def block(
    connection: Connection, workspace: WorkspaceId, profile: ProfileId, *, reason: str, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Block a person; what they are owed now is exempt too. A second time changes nothing. Raises ProfileNotFoundError."""
    await statements.change_blocks(connection, workspace)
    if not await statements.is_known_profile(connection, workspace, profile):
        raise ProfileNotFoundError
    if await statements.inserted_block(connection, workspace, profile, reason=reason, member=member, now=now):
        rows = await statements.exempted_of_profile(connection, workspace, profile, member=member, now=now)
        blocked = ProfileBlocked(profile_id=profile, at=now, reason=reason, by=member)
        await outbox.append(connection, workspace, [blocked, *_settled(rows, reason="blocked", by=member)], now=now)
    return (await statements.blocks_of(connection, workspace, [profile]))[0]


async def unblock(connection: Connection, workspace: WorkspaceId, profile: ProfileId, *, member: MemberId | None, now: datetime) -> None:
    """Take a block back: what the person wrote meanwhile is owed, and its threads are open. Raises NotBlockedError."""
    await statements.change_blocks(connection, workspace)
    if not await statements.delete_block(connection, workspace, profile):
        raise NotBlockedError
    rows = await statements.reinstated_of_profile(connection, workspace, profile, due=now + DUE_AFTER)
    await outbox.append(connection, workspace, [ProfileUnblocked(profile_id=profile, at=now, by=member)], now=now)
    await reinstate(connection, workspace, rows, reason="the person is blocked no more", member=member, now=now)


async def mark_spam(
    connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, version: int, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Close a thread as spam. Raises ConversationNotFoundError, VersionConflictError."""
    change = Change(status=ConversationStatus.CLOSED.value, spam=True)
    row = await _change(connection, workspace, conversation, change, version=version, member=member)
    rows = await statements.exempted_of_conversation(connection, workspace, row["id"], member=member, now=now)
    event = changed_event(row, changes=["status", "spam"], by=member)
    await outbox.append(connection, workspace, [event, *_settled(rows, reason="spam", by=member)], now=now)
    return (await reading.conversations_by_id(connection, workspace, [row["id"]]))[0]


async def take_back_spam(
    connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, version: int, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Open a thread that is no spam after all. Raises ConversationNotFoundError, VersionConflictError."""
    await statements.hold_blocks(connection, workspace)
    change = Change(status=ConversationStatus.OPEN.value, spam=False)
    row = await _change(connection, workspace, conversation, change, version=version, member=member)
    rows = await statements.reinstated_of_conversation(connection, workspace, row["id"], due=now + DUE_AFTER)
    await outbox.append(connection, workspace, [changed_event(row, changes=["status", "spam"], by=member)], now=now)
    await reinstate(connection, workspace, rows, reason="the conversation is no spam after all", member=member, now=now)
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
