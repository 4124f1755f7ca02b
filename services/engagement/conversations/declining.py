"""Declining: a member decides that something gets no answer. Called by REST and `bulk`, in their transaction."""

from datetime import datetime

import asyncpg

from services.contracts.events import InteractionSettled
from services.contracts.ids import InteractionId, MemberId, WorkspaceId
from services.contracts.vocabulary import Ledger
from services.engagement.errors import (
    AlreadySettledError,
    InteractionNotFoundError,
)
from services.engagement.statements import history, reading
from services.kit import outbox
from services.kit.db import Connection


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
