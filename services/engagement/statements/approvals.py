"""Statements of approval: which replies need it, what waits for it, and the decision that only one member can take. As `app`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, InteractionId, MemberId, ReplyId, WorkspaceId
from services.engagement.statements.reading import Position
from services.engagement.statements.replies import REPLY
from services.kit.db import Connection

BEGIN_OF_TIME, FIRST_ID = datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0)


async def is_required(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, discipline: str | None) -> bool:
    """Whether a public reply of this channel waits for approval; a matter that nobody has placed yet falls under every rule."""
    found: bool = await connection.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM approval_rule
            WHERE workspace_id = $1 AND channel_id = $2 AND ($3::text IS NULL OR discipline = '' OR discipline = $3)
        )
        """,
        workspace,
        channel,
        discipline,
    )
    return found


async def rules_of(connection: Connection, workspace: WorkspaceId, channels: Sequence[UUID]) -> list[asyncpg.Record]:
    """The rules of these channels, by discipline; the empty one is for all."""
    return await connection.fetch(
        """
        SELECT channel_id, discipline, made_by, made_at FROM approval_rule
        WHERE workspace_id = $1 AND channel_id = ANY($2) ORDER BY channel_id, discipline
        """,
        workspace,
        list(channels),
    )


async def delete_rules(connection: Connection, workspace: WorkspaceId, channel: ChannelId) -> None:
    """Let every reply of the channel go without approval."""
    await connection.execute("DELETE FROM approval_rule WHERE workspace_id = $1 AND channel_id = $2", workspace, channel)


async def insert_rules(
    connection: Connection,
    workspace: WorkspaceId,
    channel: ChannelId,
    *,
    disciplines: Sequence[str],
    member: MemberId | None,
    now: datetime,
) -> None:
    """Let public replies about these disciplines wait."""
    await connection.execute(
        """
        INSERT INTO approval_rule (workspace_id, channel_id, discipline, made_by, made_at)
        SELECT $1, $2, d.discipline, $4, $5 FROM unnest($3::text[]) AS d (discipline) ON CONFLICT DO NOTHING
        """,
        workspace,
        channel,
        list(disciplines),
        member,
        now,
    )


async def proposed_page(connection: Connection, workspace: WorkspaceId, *, after: Position, limit: int) -> list[asyncpg.Record]:
    """What waits for approval, the oldest first."""
    return await connection.fetch(
        f"""
        SELECT {REPLY} FROM reply
        WHERE workspace_id = $1 AND state = 'proposed'
          AND (queued_at, id) > ($2, $3)
        ORDER BY queued_at, id LIMIT $4
        """,
        workspace,
        *(after or (BEGIN_OF_TIME, FIRST_ID)),
        limit,
    )


async def decide(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    reply: ReplyId,
    *,
    state: str,
    text: str | None,
    reason: str,
    member: MemberId,
    now: datetime,
) -> asyncpg.Record | None:
    """Approve (`queued`, perhaps with another text) or reject a proposed reply; None where it waits no longer."""
    return await connection.fetchrow(
        f"""
        UPDATE reply SET state = $3, text = coalesce($4, text), reason = $5, decided_by = $6, decided_at = $7,
            queued_at = CASE WHEN $3 = 'queued' THEN $7 ELSE queued_at END, due_at = $7, version = version + 1
        WHERE workspace_id = $1 AND id = $2 AND state = 'proposed' RETURNING {REPLY}
        """,
        workspace,
        reply,
        state,
        text,
        reason,
        member,
        now,
    )


async def rewrite_interaction(connection: Connection, workspace: WorkspaceId, interaction: InteractionId, *, text: str) -> None:
    """Let the history say what was approved, not what was proposed."""
    await connection.execute("UPDATE interaction SET text = $3 WHERE workspace_id = $1 AND id = $2", workspace, interaction, text)


async def proposals_in(connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID]) -> list[asyncpg.Record]:
    """What waits for approval in these threads: id, conversation_id, channel_id, member_id."""
    return await connection.fetch(
        """
        SELECT id, conversation_id, channel_id, member_id FROM reply
        WHERE workspace_id = $1 AND conversation_id = ANY($2) AND state = 'proposed' ORDER BY id
        """,
        workspace,
        list(conversations),
    )
