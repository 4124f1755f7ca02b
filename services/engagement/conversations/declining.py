"""Settling by hand: a member decides that something gets no answer, or has had one. Called by REST, `bulk` and composing's `settling`."""

from datetime import datetime

import asyncpg

from services.contracts.events import InteractionSettled
from services.contracts.ids import InteractionId, MemberId, WorkspaceId
from services.contracts.vocabulary import Ledger
from services.engagement.errors import (
    AlreadySettledError,
    InteractionNotFoundError,
)
from services.engagement.statements import reading
from services.engagement.statements import settling as statements
from services.kit import outbox
from services.kit.db import Connection


async def decline(
    connection: Connection, workspace: WorkspaceId, interaction: InteractionId, *, reason: str, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Settle an owed interaction as declined. Raises InteractionNotFoundError, AlreadySettledError."""
    return await settle(connection, workspace, interaction, ledger=Ledger.DECLINED, reason=reason, member=member, now=now)


async def settle(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    interaction: InteractionId,
    *,
    ledger: Ledger,
    reason: str,
    member: MemberId | None,
    now: datetime,
    answer: InteractionId | None = None,
) -> asyncpg.Record:
    """Settle an owed interaction, by `member`, with `answer` if that is in the history. Raises as `decline`."""
    settled = await statements.settle_by_hand(
        connection, workspace, interaction, ledger=ledger, reason=reason, member=member, answer=answer, now=now
    )
    rows = await reading.interactions_by_id(connection, workspace, [interaction])
    if not rows:
        raise InteractionNotFoundError
    if settled is None:
        raise AlreadySettledError(f"It is {rows[0]['ledger'] or 'not in the ledger'}.")
    event = InteractionSettled(
        interaction_id=interaction,
        conversation_id=settled["conversation_id"],
        profile_id=settled["profile_id"],
        ledger=ledger,
        reason=reason,
        by=member,
    )
    await outbox.append(connection, workspace, [event], now=now)
    return rows[0]
