"""Statements of notes: what members write for one another, as rows of the history that never leave. As `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ConversationId, InteractionId, WorkspaceId
from services.kit.db import Connection


async def inserted_note(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    conversation: ConversationId,
    *,
    note: InteractionId,
    text: str,
    member: UUID | None,
    mentioned: Sequence[UUID],
    now: datetime,
) -> asyncpg.Record | None:
    """Write a note into a thread and count the thread's version on; None where there is no such thread."""
    return await connection.fetchrow(
        """
        WITH thread AS (
            UPDATE conversation SET version = version + 1, last_activity_at = greatest(last_activity_at, $5)
            WHERE workspace_id = $1 AND id = $2 RETURNING *
        )
        INSERT INTO interaction (workspace_id, id, channel_id, conversation_id, profile_id, external_id, kind, direction, public,
            occurred_at, received_at, source, text, author_network, author_scope, author_external_id, venue_network, venue_scope,
            venue_external_id, venue_control, venue_media, addressed, mentioned_member_ids, conversation_version, native, member_id,
            ledger_reason)
        SELECT $1, $3, channel_id, id, profile_id, 'note:' || $3::uuid, 'note', 'outbound', false,
            $5, $5, 'live', $4, platform, '', '', platform, '', '', 'ours', 'owned', 'others', $7, version, false, $6, '' FROM thread
        RETURNING id, channel_id, conversation_id, profile_id
        """,
        workspace,
        conversation,
        note,
        text,
        now,
        member,
        list(mentioned) or None,
    )


async def insert_mentions(
    connection: Connection,
    workspace: WorkspaceId,
    note: InteractionId,
    *,
    conversation: ConversationId,
    members: Sequence[UUID],
    now: datetime,
) -> None:
    """Remember who is named in a note."""
    await connection.execute(
        """
        INSERT INTO mention (workspace_id, member_id, interaction_id, conversation_id, created_at)
        SELECT $1, m, $2, $3, $5 FROM unnest($4::uuid[]) AS m ON CONFLICT ON CONSTRAINT mention_pkey DO NOTHING
        """,
        workspace,
        note,
        conversation,
        sorted(set(members)),
        now,
    )
