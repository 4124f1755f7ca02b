"""What members do with conversations beside answering: change their status, decline. Called by REST, in the edge's transaction."""

from datetime import datetime

import asyncpg

from services.contracts.events import ConversationChanged, InteractionSettled
from services.contracts.ids import ConversationId, InteractionId, MemberId, WorkspaceId
from services.contracts.vocabulary import ConversationStatus, Ledger
from services.engagement.errors import (
    AlreadySettledError,
    ConversationNotFoundError,
    InteractionNotFoundError,
    VersionConflictError,
)
from services.engagement.statements import history, reading
from services.kit import outbox
from services.kit.db import Connection


async def change_status(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    conversation: ConversationId,
    *,
    status: ConversationStatus,
    version: int,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record:
    """Set a thread's status. Raises ConversationNotFoundError, VersionConflictError."""
    changed = await reading.change_status(connection, workspace, conversation, status=status.value, version=version, member=member)
    found = await reading.conversations_by_id(connection, workspace, [conversation])
    if not found:
        raise ConversationNotFoundError
    if changed is None:
        raise VersionConflictError("Read the conversation again and repeat.", version=found[0]["version"])
    event = ConversationChanged(
        conversation_id=conversation, channel_id=changed["channel_id"], status=status, version=changed["version"], by=member
    )
    await outbox.append(connection, workspace, [event], now=now)
    return found[0]


async def decline(
    connection: Connection,
    workspace: WorkspaceId,
    interaction: InteractionId,
    *,
    reason: str,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record:
    """Settle an owed interaction as declined. Raises InteractionNotFoundError, AlreadySettledError."""
    settled = await history.settle_one(connection, workspace, interaction, ledger=Ledger.DECLINED, reason=reason, now=now)
    rows = await reading.interactions_by_id(connection, workspace, [interaction])
    if not rows:
        raise InteractionNotFoundError
    if settled is None:
        raise AlreadySettledError(f"It is {rows[0]['ledger'] or 'not in the ledger'}.")
    event = InteractionSettled(
        interaction_id=interaction,
        conversation_id=settled["conversation_id"],
        profile_id=settled["profile_id"],
        ledger=Ledger.DECLINED,
        reason=reason,
        by=member,
    )
    await outbox.append(connection, workspace, [event], now=now)
    return rows[0]
