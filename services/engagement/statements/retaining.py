"""What of engagement's is old: messages, their files, raw deliveries; walked in order of their ids. All as `app`.

How a message is emptied is in `erasing`. `held` are profiles of whom nothing goes.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.engagement.statements.erasing import REMOVALS
from services.kit.db import Connection
from services.kit.ids import first_id_at

BATCH = 200

_MESSAGES = """
SELECT i.id, i.conversation_id, i.profile_id, i.deleted_at IS NULL AS present,
    coalesce(starts_with(i.external_id, 'erased:'), false) AS emptied,
    i.profile_id = ANY($5::uuid[])
        OR EXISTS (SELECT FROM reply r WHERE r.workspace_id = $1 AND r.interaction_id = i.id AND r.state = 'sending') AS kept
FROM interaction i WHERE i.workspace_id = $1 AND i.id > $2 AND i.id < $3 ORDER BY i.id LIMIT $4
"""
_FILES = """
SELECT i.id, i.profile_id, i.attachments IS NULL AS emptied, i.profile_id = ANY($5::uuid[]) AS kept
FROM interaction i WHERE i.workspace_id = $1 AND i.id > $2 AND i.id < $3 ORDER BY i.id LIMIT $4
"""
_FORGET_FILES = """
WITH told AS (
    UPDATE reply SET attachments = NULL WHERE workspace_id = $1 AND interaction_id = ANY($2::uuid[]) AND attachments IS NOT NULL
)
UPDATE interaction SET attachments = NULL WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND attachments IS NOT NULL
"""
# Who wrote is known of a delivery by what it became: the rows that came in the same moment.
_BODIES = """
SELECT b.journal_id AS id, NULL::uuid AS profile_id, false AS emptied, coalesce(j.state = 'waiting' OR EXISTS (
    SELECT FROM interaction i WHERE i.workspace_id = $1 AND i.profile_id = ANY($5::uuid[]) AND i.received_at = j.received_at
), false) AS kept
FROM (
    SELECT journal_id FROM journal_body WHERE workspace_id = $1 AND journal_id > $2 AND journal_id < $3 ORDER BY journal_id LIMIT $4
) b LEFT JOIN LATERAL (
    SELECT state, received_at FROM journal o WHERE o.workspace_id = $1 AND o.id = b.journal_id OFFSET 0
) j ON true
ORDER BY b.journal_id
"""
_ENDED = """
SELECT id, profile_id FROM conversation WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND last_activity_at <= $3
  AND NOT profile_id = ANY($4::uuid[])
  AND NOT EXISTS (
    SELECT FROM interaction i WHERE i.workspace_id = $1 AND i.conversation_id = conversation.id
      AND NOT coalesce(starts_with(i.external_id, 'erased:'), false)
  )
"""
_EMPTY_ENDED = """
UPDATE conversation SET profile_id = $3, version = version + 1,
    title = CASE WHEN public THEN title END,
    key = CASE WHEN public THEN key ELSE sha256(convert_to($3::uuid::text || id::text, 'UTF8')) END,
    status = CASE WHEN public THEN status ELSE 'closed' END, snoozed_until = CASE WHEN public THEN snoozed_until END,
    closed_version = CASE WHEN public THEN closed_version ELSE version + 1 END
WHERE workspace_id = $1 AND id = ANY($2::uuid[])
"""


async def old_messages(
    connection: Connection, workspace: WorkspaceId, *, after: UUID, until: datetime, held: Sequence[UUID]
) -> list[asyncpg.Record]:
    """A batch of the history's rows that came until then: which are `emptied` already, and which are `kept` for now."""
    return await connection.fetch(_MESSAGES, workspace, after, first_id_at(until), BATCH, list(held))


async def old_files(
    connection: Connection, workspace: WorkspaceId, *, after: UUID, until: datetime, held: Sequence[UUID]
) -> list[asyncpg.Record]:
    """As `old_messages`, by their files."""
    return await connection.fetch(_FILES, workspace, after, first_id_at(until), BATCH, list(held))


async def old_bodies(
    connection: Connection, workspace: WorkspaceId, *, after: UUID, until: datetime, held: Sequence[UUID]
) -> list[asyncpg.Record]:
    """As `old_messages`, of raw deliveries; one that nobody has read yet is kept."""
    return await connection.fetch(_BODIES, workspace, after, first_id_at(until), BATCH, list(held))


async def removed_files(connection: Connection, workspace: WorkspaceId, rows: Sequence[UUID], *, run: UUID, now: datetime) -> int:
    """Dismiss the files of messages; the keeper takes them out of the store. The words stay."""
    gone = 0
    for kind, _, statement in REMOVALS:
        if kind == "files":
            answer = await connection.execute(statement, workspace, list(rows), run, now)
            gone += int(answer.rpartition(" ")[2])
    await connection.execute(_FORGET_FILES, workspace, list(rows))
    return gone


async def ended_threads(
    connection: Connection, workspace: WorkspaceId, threads: Sequence[UUID], *, until: datetime, held: Sequence[UUID]
) -> list[asyncpg.Record]:
    """Those of them of which nothing is left, with whose they were."""
    return await connection.fetch(_ENDED, workspace, list(threads), until, list(held))


async def emptied_threads(connection: Connection, workspace: WorkspaceId, threads: Sequence[UUID], *, run: UUID) -> None:
    """Take title and person from threads; a private one ends, and nothing that comes later is put into it."""
    await connection.execute(_EMPTY_ENDED, workspace, list(threads), run)
