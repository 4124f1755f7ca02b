"""Statements of drafts: one per member and conversation, guarded by a version. As `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ConversationId, InteractionId, MemberId, WorkspaceId
from services.engagement.statements.reading import END_OF_TIME, Position
from services.kit.db import Connection
from services.kit.ids import LAST_ID

DRAFT = "conversation_id AS id, conversation_id, member_id, text, answers_id, changed_at, version"


async def find_drafts(
    connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID], *, member: MemberId
) -> list[asyncpg.Record]:
    """The member's drafts in these conversations."""
    return await connection.fetch(
        f"SELECT {DRAFT} FROM draft WHERE workspace_id = $1 AND member_id = $2 AND conversation_id = ANY($3)",
        workspace,
        member,
        list(conversations),
    )


async def drafts_page(
    connection: Connection, workspace: WorkspaceId, *, member: MemberId, before: Position, limit: int
) -> list[asyncpg.Record]:
    """The member's drafts, the latest first."""
    return await connection.fetch(
        f"""
        SELECT {DRAFT} FROM draft
        WHERE workspace_id = $1 AND member_id = $2 AND (changed_at, conversation_id) < ($3, $4)
        ORDER BY changed_at DESC, conversation_id DESC LIMIT $5
        """,
        workspace,
        member,
        *(before or (END_OF_TIME, LAST_ID)),
        limit,
    )


async def save_draft(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    conversation: ConversationId,
    *,
    member: MemberId,
    text: str,
    answers: InteractionId | None,
    version: int | None,
    now: datetime,
) -> asyncpg.Record | None:
    """Keep a draft; None where `version` is given and is not the present one (0: there is none yet)."""
    return await connection.fetchrow(
        f"""
        INSERT INTO draft (workspace_id, conversation_id, member_id, text, answers_id, changed_at, version)
        SELECT $1, $2, $3, $4, $5, $7, 1
        WHERE $6::int IS NULL OR $6 = 0
          OR EXISTS (SELECT FROM draft d WHERE d.workspace_id = $1 AND d.conversation_id = $2 AND d.member_id = $3)
        ON CONFLICT ON CONSTRAINT draft_pkey DO UPDATE SET text = EXCLUDED.text, answers_id = EXCLUDED.answers_id,
            changed_at = EXCLUDED.changed_at, version = draft.version + 1
        WHERE $6::int IS NULL OR draft.version = $6
        RETURNING {DRAFT}
        """,
        workspace,
        conversation,
        member,
        text,
        answers,
        version,
        now,
    )


async def delete_draft(connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, member: MemberId) -> bool:
    """Forget a draft: it was sent, or is not wanted. True where there was one."""
    answer = await connection.execute(
        "DELETE FROM draft WHERE workspace_id = $1 AND conversation_id = $2 AND member_id = $3", workspace, conversation, member
    )
    return answer != "DELETE 0"


async def move_drafts(connection: Connection, workspace: WorkspaceId, source: ConversationId, *, target: ConversationId) -> None:
    """Let members find in one thread what they began to write in another; below their own words where they have begun there too."""
    await connection.execute(
        """
        WITH moved AS (
            DELETE FROM draft WHERE workspace_id = $1 AND conversation_id = $2 RETURNING member_id, text, answers_id, changed_at, version
        )
        INSERT INTO draft (workspace_id, conversation_id, member_id, text, answers_id, changed_at, version)
        SELECT $1, $3, member_id, text, answers_id, changed_at, version FROM moved ORDER BY member_id
        ON CONFLICT ON CONSTRAINT draft_pkey DO UPDATE SET text = concat_ws(E'\n\n', nullif(draft.text, ''), nullif(EXCLUDED.text, '')),
            answers_id = coalesce(draft.answers_id, EXCLUDED.answers_id), changed_at = greatest(draft.changed_at, EXCLUDED.changed_at),
            version = greatest(draft.version, EXCLUDED.version) + 1
        """,
        workspace,
        source,
        target,
    )
