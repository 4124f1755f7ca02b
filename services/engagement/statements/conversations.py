"""Statements that change threads: status, owner, priority, merges, links, followers. Set-based, as `app`.

Whoever changes several threads locks them first, in the order of their ids (`history.lock_conversations`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ConversationId, WorkspaceId
from services.kit.db import Connection

STATE = "id, channel_id, profile_id, status, owner_id, priority, snoozed_until, spam, survivor_id, merged_into, version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of a thread; None leaves a thing as it is. `owner` counts where `sets_owner`, and None is then nobody."""

    status: str | None = None
    snoozed_until: datetime | None = None
    sets_owner: bool = False
    owner: UUID | None = None
    priority: str | None = None
    spam: bool | None = None


async def survivors(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """The thread that speaks for each: itself, or the one it was merged into. Rows are (asked_id, id)."""
    return await connection.fetch(
        "SELECT id AS asked_id, coalesce(survivor_id, id) AS id FROM conversation WHERE workspace_id = $1 AND id = ANY($2)",
        workspace,
        list(ids),
    )


async def changed_conversations(
    connection: Connection,
    workspace: WorkspaceId,
    ids: Sequence[UUID],
    *,
    change: Change,
    version: int | None,
    member: UUID | None,
) -> list[asyncpg.Record]:
    """Change threads, where `version` is given only at that version. Gives those that changed, as they are now."""
    return await connection.fetch(
        f"""
        UPDATE conversation SET
            status = coalesce($3, status),
            snoozed_until = CASE WHEN $3::text IS NULL THEN snoozed_until WHEN $3 = 'snoozed' THEN $4::timestamptz END,
            owner_id = CASE WHEN $5::boolean THEN $6 ELSE owner_id END,
            priority = coalesce($7, priority),
            spam = coalesce($8, spam),
            version = version + 1,
            closed_version = CASE WHEN $3 = 'closed' THEN version + 1 ELSE closed_version END,
            closed_by = CASE WHEN $3 = 'closed' THEN $9 ELSE closed_by END
        WHERE workspace_id = $1 AND id = ANY($2) AND survivor_id IS NULL AND ($10::int IS NULL OR version = $10)
        RETURNING {STATE}
        """,
        workspace,
        list(ids),
        change.status,
        change.snoozed_until,
        change.sets_owner,
        change.owner,
        change.priority,
        change.spam,
        member,
        version,
    )


async def woken_conversations(connection: Connection, workspace: WorkspaceId, *, now: datetime, limit: int) -> list[asyncpg.Record]:
    """Open the threads whose snooze is over, the longest overdue first; those that somebody holds come next time."""
    return await connection.fetch(
        f"""
        UPDATE conversation SET status = 'open', snoozed_until = NULL, version = version + 1
        WHERE workspace_id = $1 AND id = ANY(ARRAY(
            SELECT id FROM conversation WHERE workspace_id = $1 AND status = 'snoozed' AND snoozed_until <= $2
            ORDER BY snoozed_until LIMIT $3 FOR UPDATE SKIP LOCKED
        ))
        RETURNING {STATE}
        """,
        workspace,
        now,
        limit,
    )


async def follow_conversation(
    connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, members: Sequence[UUID], now: datetime
) -> None:
    """Let members follow a thread; who does already, does so since before."""
    await connection.execute(
        """
        INSERT INTO conversation_follower (workspace_id, conversation_id, member_id, since)
        SELECT $1, $2, m, $4 FROM unnest($3::uuid[]) AS m ON CONFLICT ON CONSTRAINT conversation_follower_pkey DO NOTHING
        """,
        workspace,
        conversation,
        sorted(set(members)),
        now,
    )


async def unfollow_conversation(connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, member: UUID) -> None:
    """Let a member follow a thread no longer."""
    await connection.execute(
        "DELETE FROM conversation_follower WHERE workspace_id = $1 AND conversation_id = $2 AND member_id = $3",
        workspace,
        conversation,
        member,
    )


async def followers_of(connection: Connection, workspace: WorkspaceId, conversation: ConversationId) -> list[UUID]:
    """Who follows a thread, the longest first."""
    rows = await connection.fetch(
        "SELECT member_id FROM conversation_follower WHERE workspace_id = $1 AND conversation_id = $2 ORDER BY since, member_id",
        workspace,
        conversation,
    )
    return [row["member_id"] for row in rows]
