"""Statements of notices outside of hours: who was told in which closed stretch. As `app`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, ConversationId, ProfileId, WorkspaceId
from services.engagement.statements.channels import COLUMNS
from services.kit.db import Connection


async def claim_notices(
    connection: Connection,
    workspace: WorkspaceId,
    channel: ChannelId,
    *,
    profiles: Sequence[ProfileId],
    since: datetime,
    now: datetime,
) -> list[ProfileId]:
    """Remember who is told in the stretch that began then; gives those who were not told yet."""
    rows = await connection.fetch(
        """
        INSERT INTO notice (workspace_id, channel_id, profile_id, closed_since, told_at)
        SELECT $1, $2, p.profile_id, $4, $5 FROM unnest($3::uuid[]) AS p (profile_id)
        ON CONFLICT ON CONSTRAINT notice_pkey DO NOTHING RETURNING profile_id
        """,
        workspace,
        channel,
        list(profiles),
        since,
        now,
    )
    return [ProfileId(row["profile_id"]) for row in rows]


async def versions_of(connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID]) -> dict[ConversationId, int]:
    """The present versions of threads."""
    rows = await connection.fetch(
        "SELECT id, version FROM conversation WHERE workspace_id = $1 AND id = ANY($2)", workspace, list(conversations)
    )
    return {ConversationId(row["id"]): int(row["version"]) for row in rows}


async def set_hours(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, hours: Mapping[str, object] | None
) -> asyncpg.Record | None:
    """Keep a channel's hours, or that it has none; None where there is no such channel."""
    return await connection.fetchrow(
        f"""
        UPDATE channel SET hours = $3::jsonb, version = version + 1, changed_at = now()
        WHERE workspace_id = $1 AND id = $2 RETURNING {COLUMNS}
        """,
        workspace,
        channel,
        hours,
    )
