"""The ledger by hand: answered elsewhere, a peer's answer accepted, a decline taken back. Called by REST, in the edge's transaction."""

from datetime import datetime

import asyncpg

from services.contracts.ids import InteractionId, MemberId, WorkspaceId
from services.contracts.vocabulary import Ledger
from services.engagement.composing.errors import NoPeerAnswerError, NotDeclinedError, WithheldError
from services.engagement.conversations.declining import settle
from services.engagement.conversations.reinstating import DUE_AFTER, reinstate
from services.engagement.errors import InteractionNotFoundError
from services.engagement.statements import ledger, reading
from services.engagement.statements import settling as statements
from services.kit.db import Connection


async def answer_elsewhere(
    connection: Connection, workspace: WorkspaceId, interaction: InteractionId, *, where: str, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Settle as answered by telephone, on another page, in person; `where` is an address or words. Raises AlreadySettledError."""
    reason = f"answered elsewhere: {where}"
    return await settle(connection, workspace, interaction, ledger=Ledger.ANSWERED, reason=reason, member=member, now=now)


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
    return await settle(connection, workspace, interaction, ledger=Ledger.ANSWERED, reason=reason, member=member, answer=answer, now=now)


async def take_back_decline(
    connection: Connection, workspace: WorkspaceId, interaction: InteractionId, *, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Owe an answer again that was declined, and open its thread. Raises InteractionNotFoundError, NotDeclinedError, WithheldError."""
    await ledger.hold_blocks(connection, workspace)
    row = await _get(connection, workspace, interaction)
    withholding = await statements.withholding_of(connection, workspace, interaction)
    if withholding is not None and withholding["blocked"]:
        raise WithheldError("Its writer is blocked; take the block back first.", withheld_by="block")
    if withholding is not None and withholding["spam"]:
        raise WithheldError("Its conversation is spam; say first that it is not.", withheld_by="spam")
    again = await statements.owe_again(connection, workspace, interaction, due=now + DUE_AFTER)
    if again is None:
        raise NotDeclinedError(f"It is {row['ledger'] or 'not in the ledger'}, so there is no decline to take back.")
    await reinstate(connection, workspace, [again], reason="the decline was taken back", member=member, now=now)
    return await _get(connection, workspace, interaction)


async def _get(connection: Connection, workspace: WorkspaceId, interaction: InteractionId) -> asyncpg.Record:
    rows = await reading.interactions_by_id(connection, workspace, [interaction])
    if not rows:
        raise InteractionNotFoundError
    return rows[0]
