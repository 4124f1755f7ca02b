"""Statements of service levels: a workspace's document, matters to resolve, and what is due to be told. As `app`, but `places_due`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ConversationId, WorkspaceId
from services.kit.db import Connection

RESOLUTION_COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("conversation_id", "uuid"),
    ("profile_id", "uuid"),
    ("discipline", "text"),
    ("level", "text"),
    ("began_at", "timestamptz"),
    ("due_at", "timestamptz"),
    ("warn_seconds", "integer"),
    ("wakes_at", "timestamptz"),
)
MOVED_COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("due_at", "timestamptz"),
    ("wakes_at", "timestamptz"),
    ("left_seconds", "integer"),
    ("paused_at", "timestamptz"),
    ("ended_at", "timestamptz"),
    ("version", "integer"),
)
BATCH = 200


def _names(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(name for name, _ in columns)


def _arrays(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"${n}::{type_}[]" for n, (_, type_) in enumerate(columns, start=2))


_INSERT_RESOLUTIONS = f"""
INSERT INTO resolution (workspace_id, {_names(RESOLUTION_COLUMNS)}, version)
SELECT $1, {_names(RESOLUTION_COLUMNS)}, 0 FROM unnest({_arrays(RESOLUTION_COLUMNS)}) AS r ({_names(RESOLUTION_COLUMNS)})
ON CONFLICT (workspace_id, conversation_id, profile_id, discipline) WHERE ended_at IS NULL DO NOTHING
"""
_MOVE_RESOLUTIONS = f"""
UPDATE resolution SET {", ".join(f"{name} = r.{name}" for name, _ in MOVED_COLUMNS[1:])}
FROM unnest({_arrays(MOVED_COLUMNS)}) AS r ({_names(MOVED_COLUMNS)})
WHERE resolution.workspace_id = $1 AND resolution.id = r.id
"""
_RESOLUTION = "id, conversation_id, profile_id, discipline, level, began_at, due_at, paused_at, warned_at, missed_at, ended_at"
# What comes after its end is not told at all; what comes after its time counts as missed, whether it was warned of or not.
_TELL = """
WITH due AS (
    SELECT id, due_at <= $2 AS is_missed FROM {table}
    WHERE workspace_id = $1 AND wakes_at <= $2 {open} ORDER BY wakes_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE {table} t SET
    wakes_at = CASE WHEN due.is_missed THEN NULL ELSE t.due_at END,
    warned_at = CASE WHEN due.is_missed THEN t.warned_at ELSE $2 END,
    missed_at = CASE WHEN due.is_missed THEN t.due_at END
FROM due WHERE t.workspace_id = $1 AND t.id = due.id
RETURNING due.is_missed, t.id, t.conversation_id, t.profile_id, t.discipline, t.level, t.due_at, {what}
"""
_TELL_TASKS = _TELL.format(table="task", open="AND completed_at IS NULL", what="t.answer AS target, t.member_id")
_TELL_RESOLUTIONS = _TELL.format(
    table="resolution",
    open="",
    what="""'resolution' AS target, (
        SELECT owner_id FROM thread_owner o WHERE o.workspace_id = $1 AND o.conversation_id = t.conversation_id
    ) AS member_id""",
)


async def document_of(connection: Connection, workspace: WorkspaceId) -> asyncpg.Record | None:
    """The workspace's calendars and levels, and their version; None where nothing was said."""
    return await connection.fetchrow("SELECT document, version FROM service_levels WHERE workspace_id = $1", workspace)


async def replaced_document(
    connection: Connection, workspace: WorkspaceId, document: str, *, version: int, by: UUID | None, now: datetime
) -> int | None:
    """Write the document if `version` is the present one (0: none yet); gives the new version, or None where it is not."""
    statement = _REPLACE if version else _FIRST
    written: int | None = await connection.fetchval(statement, workspace, document, version, now, by)
    return written


_FIRST = """
INSERT INTO service_levels (workspace_id, document, version, changed_at, changed_by) VALUES ($1, $2::text::jsonb, $3 + 1, $4, $5)
ON CONFLICT ON CONSTRAINT service_levels_pkey DO NOTHING RETURNING version
"""
_REPLACE = """
UPDATE service_levels SET document = $2::text::jsonb, version = version + 1, changed_at = $4, changed_by = $5
WHERE workspace_id = $1 AND version = $3 RETURNING version
"""


async def answered_before(connection: Connection, workspace: WorkspaceId, matters: Sequence[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Those of (conversation, profile) in which a task of theirs was answered."""
    conversations, profiles = zip(*matters, strict=True)
    rows = await connection.fetch(
        """
        SELECT m.conversation_id, m.profile_id FROM unnest($2::uuid[], $3::uuid[]) AS m (conversation_id, profile_id)
        WHERE EXISTS (
            SELECT FROM task t WHERE t.workspace_id = $1 AND t.conversation_id = m.conversation_id AND t.profile_id = m.profile_id
              AND t.state = 'answered' OFFSET 0
        )
        """,
        workspace,
        list(conversations),
        list(profiles),
    )
    return {(row["conversation_id"], row["profile_id"]) for row in rows}


async def insert_resolutions(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Begin matters that have none that goes on; rows in the order of RESOLUTION_COLUMNS."""
    await connection.execute(_INSERT_RESOLUTIONS, workspace, *(list(column) for column in zip(*rows, strict=True)))


async def open_resolutions(connection: Connection, workspace: WorkspaceId, conversations: Sequence[ConversationId]) -> list[asyncpg.Record]:
    """The matters of these threads that have not ended; locked."""
    return await connection.fetch(
        f"""
        SELECT {_RESOLUTION}, wakes_at, warn_seconds, left_seconds, version FROM resolution
        WHERE workspace_id = $1 AND conversation_id = ANY($2) AND ended_at IS NULL ORDER BY id FOR UPDATE
        """,
        workspace,
        list(conversations),
    )


async def move_resolutions(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Keep how matters stand now; rows in the order of MOVED_COLUMNS."""
    await connection.execute(_MOVE_RESOLUTIONS, workspace, *(list(column) for column in zip(*rows, strict=True)))


async def resolutions_by_conversation(
    connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID]
) -> list[asyncpg.Record]:
    """The matters of these threads, oldest first."""
    return await connection.fetch(
        f"SELECT {_RESOLUTION} FROM resolution WHERE workspace_id = $1 AND conversation_id = ANY($2) ORDER BY conversation_id, id",
        workspace,
        list(conversations),
    )


async def told_tasks(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> list[asyncpg.Record]:
    """A batch of open tasks whose warning or time has come; each is told once of each, whoever else asks."""
    return await connection.fetch(_TELL_TASKS, workspace, now, BATCH)


async def told_resolutions(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> list[asyncpg.Record]:
    """The same of matters."""
    return await connection.fetch(_TELL_RESOLUTIONS, workspace, now, BATCH)
