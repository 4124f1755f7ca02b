"""Statements of moderation: what we did on platforms to what people said there. As `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import InteractionId, MemberId, WorkspaceId
from services.kit.db import Connection


async def keep_mark(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    interaction: InteractionId,
    *,
    hidden: bool | None,
    liked: bool | None,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record | None:
    """Keep what the platform did; None leaves that part as it is."""
    return await connection.fetchrow(
        """
        INSERT INTO moderation_mark AS m (workspace_id, interaction_id, hidden, liked, member_id, changed_at)
        VALUES ($1, $2, coalesce($3, false), coalesce($4, false), $5, $6)
        ON CONFLICT ON CONSTRAINT moderation_mark_pkey DO UPDATE SET hidden = coalesce($3, m.hidden), liked = coalesce($4, m.liked),
            member_id = EXCLUDED.member_id, changed_at = EXCLUDED.changed_at
        RETURNING interaction_id, hidden, liked, member_id, changed_at
        """,
        workspace,
        interaction,
        hidden,
        liked,
        member,
        now,
    )


async def marks_of(connection: Connection, workspace: WorkspaceId, interactions: Sequence[UUID]) -> list[asyncpg.Record]:
    """What was done to these, in no order."""
    return await connection.fetch(
        """
        SELECT interaction_id, hidden, liked, member_id, changed_at FROM moderation_mark
        WHERE workspace_id = $1 AND interaction_id = ANY($2)
        """,
        workspace,
        list(interactions),
    )


async def take_turn(
    connection: Connection, workspace: WorkspaceId, interaction: InteractionId, *, holder: UUID, now: datetime, until: datetime
) -> bool:
    """Be the one who asks the platform for something about this, until then; False while another is."""
    taken = await connection.fetchval(
        """
        INSERT INTO moderation_turn AS t (workspace_id, interaction_id, holder_id, until_at) VALUES ($1, $2, $3, $5)
        ON CONFLICT ON CONSTRAINT moderation_turn_pkey DO UPDATE SET holder_id = EXCLUDED.holder_id, until_at = EXCLUDED.until_at
            WHERE t.until_at <= $4
        RETURNING true
        """,
        workspace,
        interaction,
        holder,
        now,
        until,
    )
    return taken is not None


async def keep_turn(connection: Connection, workspace: WorkspaceId, interaction: InteractionId, *, holder: UUID) -> bool:
    """Whether it is still this one's turn; nobody takes it before the transaction ends."""
    found = await connection.fetchval(
        "SELECT true FROM moderation_turn WHERE workspace_id = $1 AND interaction_id = $2 AND holder_id = $3 FOR UPDATE",
        workspace,
        interaction,
        holder,
    )
    return found is not None


async def end_turn(connection: Connection, workspace: WorkspaceId, interaction: InteractionId, *, holder: UUID) -> None:
    """Let the next one ask."""
    await connection.execute(
        "DELETE FROM moderation_turn WHERE workspace_id = $1 AND interaction_id = $2 AND holder_id = $3", workspace, interaction, holder
    )
