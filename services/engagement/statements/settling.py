"""Statements by which members change the ledger by hand: one row each, and only from the state that they think it is in. As `app`."""

from datetime import datetime

import asyncpg

from services.contracts.ids import InteractionId, MemberId, WorkspaceId
from services.engagement.statements.ledger import OWN_LEAD
from services.kit.db import Connection


async def settle_by_hand(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    interaction: InteractionId,
    *,
    ledger: str,
    reason: str,
    member: MemberId | None,
    answer: InteractionId | None,
    now: datetime,
) -> asyncpg.Record | None:
    """Settle one owed interaction, by whom and with what; None where it owes nothing."""
    return await connection.fetchrow(
        """
        UPDATE interaction SET ledger = $3, ledger_reason = $4, settled_at = $6, member_id = $5, answer_id = $7
        WHERE workspace_id = $1 AND id = $2 AND ledger = 'owed' RETURNING id, profile_id, conversation_id
        """,
        workspace,
        interaction,
        ledger,
        reason,
        member,
        now,
        answer,
    )


async def owe_again(connection: Connection, workspace: WorkspaceId, interaction: InteractionId, *, due: datetime) -> asyncpg.Record | None:
    """Take a declined interaction back into what is owed, without a due time by then; None where it was not declined, or is gone."""
    return await connection.fetchrow(
        """
        UPDATE interaction SET ledger = 'owed', ledger_reason = '', settled_at = NULL, member_id = NULL, due_at = coalesce(due_at, $3)
        WHERE workspace_id = $1 AND id = $2 AND ledger = 'declined' AND deleted_at IS NULL RETURNING id, profile_id, conversation_id
        """,
        workspace,
        interaction,
        due,
    )


async def withholding_of(connection: Connection, workspace: WorkspaceId, interaction: InteractionId) -> asyncpg.Record | None:
    """What keeps an interaction from being owed: `blocked`, its writer, or `spam`, its thread. None where there is no such interaction."""
    return await connection.fetchrow(
        f"""
        SELECT lead.spam, EXISTS (
            SELECT FROM blocked_profile b WHERE b.workspace_id = $1 AND b.profile_id = i.profile_id
        ) AS blocked
        FROM interaction i JOIN conversation c ON c.workspace_id = $1 AND c.id = i.conversation_id
        JOIN conversation lead ON lead.workspace_id = $1 AND lead.id = {OWN_LEAD}
        WHERE i.workspace_id = $1 AND i.id = $2 FOR UPDATE OF lead
        """,
        workspace,
        interaction,
    )


async def find_peer_answer(
    connection: Connection, workspace: WorkspaceId, interaction: InteractionId, *, answer: InteractionId
) -> asyncpg.Record | None:
    """What another person wrote later in the same thread, if `answer` is that; None otherwise."""
    return await connection.fetchrow(
        """
        SELECT a.id, a.profile_id FROM interaction q
        JOIN interaction a ON a.workspace_id = $1 AND a.id = $3 AND a.conversation_id = q.conversation_id
        WHERE q.workspace_id = $1 AND q.id = $2 AND a.direction = 'inbound' AND a.deleted_at IS NULL
          AND a.profile_id <> q.profile_id AND a.occurred_at >= q.occurred_at
        """,
        workspace,
        interaction,
        answer,
    )
