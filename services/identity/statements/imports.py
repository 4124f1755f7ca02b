"""Statements of imports: files in pieces, jobs, and what was refused. As `app`; whose turn it is and what is left over, as `worker`.

Called by `transfer`. A job's row is locked for as long as a chunk of its rows is written.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.contracts.ids import ImportId, WorkspaceId
from services.kit.db import Connection

IMPORT = (
    "id, kind, name, reading, state, size_bytes, position, rows_done, rows_refused, reason, member_id, created_at, started_at, "
    "advanced_at, finished_at"
)

_PIECE = "INSERT INTO import_piece (workspace_id, upload_id, number, body, created_at) VALUES ($1, $2, $3, $4, $5)"
_PIECE_OF = "SELECT body FROM import_piece WHERE workspace_id = $1 AND upload_id = $2 AND number = $3"
_NO_PIECES = "DELETE FROM import_piece WHERE workspace_id = $1 AND upload_id = $2"
_NEW = f"""
INSERT INTO import (workspace_id, id, upload_id, kind, name, reading, sha256, state, size_bytes, position, line, rows_done, rows_refused,
    reason, member_id, created_at, attempts)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $9, $10, 0, 0, '', $11, $12, 0)
ON CONFLICT ON CONSTRAINT import_pkey DO NOTHING RETURNING {IMPORT}
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('identity.importing:' || $1::uuid, 0))"
_UNFINISHED = "SELECT count(*) FROM import WHERE workspace_id = $1 AND finished_at IS NULL"
_BY_IDS = f"SELECT {IMPORT}, sha256 FROM import WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
_PAGE = f"""
SELECT {IMPORT} FROM import WHERE workspace_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4
"""
_CLAIMED = f"""
SELECT {IMPORT}, upload_id, line, attempts FROM import
WHERE workspace_id = $1 AND finished_at IS NULL AND (lease_until IS NULL OR lease_until <= $2)
ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_ADVANCED = f"""
UPDATE import SET state = CASE WHEN $8 THEN 'done' ELSE 'running' END, position = $3, line = $4, rows_done = rows_done + $5,
    rows_refused = rows_refused + $6, attempts = 0, lease_until = NULL, advanced_at = $7,
    started_at = CASE WHEN started_at IS NULL THEN $7 ELSE started_at END, finished_at = CASE WHEN $8 THEN $7 END
WHERE workspace_id = $1 AND id = $2 RETURNING {IMPORT}
"""
_ENDED = f"""
UPDATE import SET state = $3, reason = $4, finished_at = $5
WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL RETURNING {IMPORT}, upload_id
"""
_ATTEMPTED = """
UPDATE import SET attempts = attempts + 1, lease_until = $3::timestamptz + make_interval(secs => least(power(2, attempts), 60))
WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL RETURNING attempts
"""
_REFUSED = """
INSERT INTO import_refusal (workspace_id, import_id, line, key, reason, kept)
SELECT $1, $2, line, key, reason, kept FROM unnest($3::bigint[], $4::text[], $5::text[], $6::bool[]) AS r (line, key, reason, kept)
ON CONFLICT ON CONSTRAINT import_refusal_pkey DO NOTHING
"""
_REFUSALS = """
SELECT line, key, reason, kept FROM import_refusal WHERE workspace_id = $1 AND import_id = $2 AND line > $3 ORDER BY line LIMIT $4
"""
# From workspace to workspace along the index of unfinished imports: one step for each that has any.
_WAITING = """
WITH RECURSIVE walk (workspace_id, place) AS (
    SELECT n.workspace_id, 1 FROM (
        SELECT t.workspace_id FROM import t WHERE t.finished_at IS NULL ORDER BY t.workspace_id LIMIT 1
    ) n
    UNION ALL
    SELECT n.workspace_id, w.place + 1 FROM walk w CROSS JOIN LATERAL (
        SELECT t.workspace_id FROM import t WHERE t.finished_at IS NULL AND t.workspace_id > w.workspace_id ORDER BY t.workspace_id LIMIT 1
    ) n WHERE w.place < 2000
)
SELECT w.workspace_id FROM walk w WHERE EXISTS (
    SELECT FROM import t WHERE t.workspace_id = w.workspace_id AND t.finished_at IS NULL
        AND (t.lease_until IS NULL OR t.lease_until <= $1) OFFSET 0
)
"""
_LEFT_OVER = """
DELETE FROM import_piece p WHERE p.created_at < $1
AND NOT EXISTS (SELECT FROM import i WHERE i.workspace_id = p.workspace_id AND i.upload_id = p.upload_id AND i.finished_at IS NULL)
"""


async def kept_piece(connection: Connection, workspace: WorkspaceId, upload: UUID, *, number: int, body: bytes, now: datetime) -> None:
    """Keep the next piece of a file."""
    await connection.execute(_PIECE, workspace, upload, number, body, now)


async def find_piece(connection: Connection, workspace: WorkspaceId, upload: UUID, *, number: int) -> bytes | None:
    """One piece; None behind the last."""
    body: bytes | None = await connection.fetchval(_PIECE_OF, workspace, upload, number)
    return body


async def forgotten_pieces(connection: Connection, workspace: WorkspaceId, upload: UUID) -> None:
    """A file that nobody needs any more."""
    await connection.execute(_NO_PIECES, workspace, upload)


async def inserted_import(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    import_: ImportId,
    *,
    upload: UUID,
    kind: str,
    name: str,
    reading: Mapping[str, Any],
    sha256: bytes,
    size_bytes: int,
    position: int,
    line: int,
    member: UUID | None,
    now: datetime,
) -> asyncpg.Record | None:
    """Make a job; None where there is one of this id."""
    return await connection.fetchrow(_NEW, workspace, import_, upload, kind, name, reading, sha256, size_bytes, position, line, member, now)


async def beginning_lock(connection: Connection, workspace: WorkspaceId) -> None:
    """Let one transaction at a time begin an import in this workspace: how many there are stays true until it ends."""
    await connection.execute(_LOCK, workspace)


async def unfinished_imports(connection: Connection, workspace: WorkspaceId) -> int:
    """How many have not ended."""
    found: int = await connection.fetchval(_UNFINISHED, workspace)
    return found


async def imports_by_id(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """In no order."""
    return await connection.fetch(_BY_IDS, workspace, list(ids))


async def page_of_imports(
    connection: Connection, workspace: WorkspaceId, *, before: tuple[datetime, UUID], limit: int
) -> list[asyncpg.Record]:
    """The newest first."""
    return await connection.fetch(_PAGE, workspace, *before, limit)


async def claimed_import(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> asyncpg.Record | None:
    """The oldest unfinished import that is due and nobody works on, locked for the rest of the transaction."""
    return await connection.fetchrow(_CLAIMED, workspace, now)


async def advanced_import(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    import_: ImportId,
    *,
    position: int,
    line: int,
    done: int,
    refused: int,
    ended: bool,
    now: datetime,
) -> asyncpg.Record | None:
    """Count a chunk; those that failed before it are forgotten."""
    return await connection.fetchrow(_ADVANCED, workspace, import_, position, line, done, refused, now, ended)


async def ended_import(
    connection: Connection, workspace: WorkspaceId, import_: ImportId, *, state: str, reason: str, now: datetime
) -> asyncpg.Record | None:
    """End an unfinished import; None where there is none."""
    return await connection.fetchrow(_ENDED, workspace, import_, state, reason, now)


async def attempted_import(connection: Connection, workspace: WorkspaceId, import_: ImportId, *, now: datetime) -> int | None:
    """Count a chunk that failed, which is tried again after 1, 2, 4... seconds; gives how many have in a row."""
    attempts: int | None = await connection.fetchval(_ATTEMPTED, workspace, import_, now)
    return attempts


async def told_refusals(
    connection: Connection, workspace: WorkspaceId, import_: ImportId, *, rows: Sequence[tuple[int, str, str, bool]]
) -> None:
    """Rows are (line, key, reason, kept)."""
    if rows:
        await connection.execute(_REFUSED, workspace, import_, *(list(column) for column in zip(*rows, strict=True)))


async def refusals_of(connection: Connection, workspace: WorkspaceId, import_: ImportId, *, after: int, limit: int) -> list[asyncpg.Record]:
    """By line."""
    return await connection.fetch(_REFUSALS, workspace, import_, after, limit)


async def workspaces_with_imports(connection: Connection, *, now: datetime) -> list[WorkspaceId]:
    """Where an import is due, as the worker role."""
    return [WorkspaceId(row["workspace_id"]) for row in await connection.fetch(_WAITING, now)]


async def swept_pieces(connection: Connection, *, before: datetime) -> None:
    """Files of uploads that broke off, as the worker role."""
    await connection.execute(_LEFT_OVER, before)
