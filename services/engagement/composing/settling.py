"""The ledger by hand: answered elsewhere, a peer's answer accepted, a decline taken back. Called by REST, in the edge's transaction."""

from datetime import datetime

import asyncpg

from services.contracts.envelope import Event
from services.contracts.events import InteractionReopened, InteractionSettled
from services.contracts.ids import ConversationId, InteractionId, MemberId, ProfileId, WorkspaceId
from services.contracts.vocabulary import Ledger
from services.engagement.composing.errors import NoPeerAnswerError, NotDeclinedError
from services.engagement.errors import AlreadySettledError, InteractionNotFoundError
from services.engagement.statements import reading
from services.engagement.statements import settling as statements
from services.kit import outbox
from services.kit.db import Connection


async def answer_elsewhere(
    connection: Connection, workspace: WorkspaceId, interaction: InteractionId, *, where: str, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Settle as answered by telephone, on another page, in person; `where` is an address or words. Raises AlreadySettledError."""
    reason = f"answered elsewhere: {where}"
    return await _settle(connection, workspace, interaction, reason=reason, member=member, now=now)


async def accept_peer_answer(
    connection: Connection,
    workspace: WorkspaceId,
    interaction: InteractionId,
    *,
    answer: InteractionId,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record:
    """Settle as answered by what another person wrote later in the thread. Raises NoPeerAnswerError, AlreadySettledError."""
    await _get(connection, workspace, interaction)
    if await statements.find_peer_answer(connection, workspace, interaction, answer=answer) is None:
        raise NoPeerAnswerError("Name what another person wrote later in the same conversation.")
    reason = f"answered by a peer: {answer}"
    return await _settle(connection, workspace, interaction, reason=reason, member=member, now=now)


async def take_back_decline(
    connection: Connection, workspace: WorkspaceId, interaction: InteractionId, *, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Owe an answer again that was declined. Raises InteractionNotFoundError, NotDeclinedError."""
    again = await statements.owe_again(connection, workspace, interaction)
    row = await _get(connection, workspace, interaction)
    if again is None:
        raise NotDeclinedError(f"It is {row['ledger'] or 'not in the ledger'}, so there is no decline to take back.")
    event = InteractionReopened(
        interaction_id=interaction,
        conversation_id=ConversationId(again["conversation_id"]),
        profile_id=ProfileId(again["profile_id"]),
        by=member,
        reason="the decline was taken back",
    )
    await outbox.append(connection, workspace, [event], now=now)
    return row


async def _settle(
    connection: Connection, workspace: WorkspaceId, interaction: InteractionId, *, reason: str, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    settled = await statements.settle_by_hand(
        connection, workspace, interaction, ledger=Ledger.ANSWERED, reason=reason, member=member, now=now
    )
    row = await _get(connection, workspace, interaction)
    if settled is None:
        raise AlreadySettledError(f"It is {row['ledger'] or 'not in the ledger'}.")
    event: Event = InteractionSettled(
        interaction_id=interaction,
        conversation_id=settled["conversation_id"],
        profile_id=settled["profile_id"],
        ledger=Ledger.ANSWERED,
        reason=reason,
        by=member,
    )
    await outbox.append(connection, workspace, [event], now=now)
    return row


async def _get(connection: Connection, workspace: WorkspaceId, interaction: InteractionId) -> asyncpg.Record:
    rows = await reading.interactions_by_id(connection, workspace, [interaction])
    if not rows:
        raise InteractionNotFoundError
    return rows[0]
