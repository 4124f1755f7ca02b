"""Statements of the table `erasing`: the jobs of a service, each with its sealed subject until it ends. Called by the eraser."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection

JOBS_A_ROUND = 20

_BEGIN = """
INSERT INTO erasing (workspace_id, id, sealed, counts, begun_at, due_at) VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT ON CONSTRAINT erasing_pkey DO NOTHING
"""
_DUE = """
SELECT workspace_id, id FROM erasing WHERE due_at <= $1 ORDER BY due_at LIMIT $2
"""
_CLAIM = """
UPDATE erasing SET due_at = $4, passes = passes + 1 WHERE workspace_id = $1 AND id = $2 AND due_at <= $3
RETURNING sealed, counts, begun_at, passes, clean
"""
_POSTPONE = """
UPDATE erasing SET counts = $3, clean = $4, due_at = $5 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL
"""
_END = """
UPDATE erasing SET counts = $3, sealed = '', due_at = NULL, ended_at = $4 WHERE workspace_id = $1 AND id = $2
"""


async def begun(connection: Connection, workspace: WorkspaceId, erasure: UUID, *, sealed: str, counts: str, now: datetime) -> None:
    """A new job, due at once; one that is there stays as it is."""
    await connection.execute(_BEGIN, workspace, erasure, sealed, counts, now)


async def due(connection: Connection, *, now: datetime) -> list[tuple[WorkspaceId, UUID]]:
    """Jobs to go on with, the longest due first. As `worker`."""
    return [(WorkspaceId(row["workspace_id"]), row["id"]) for row in await connection.fetch(_DUE, now, JOBS_A_ROUND)]


async def claimed(
    connection: Connection, workspace: WorkspaceId, erasure: UUID, *, now: datetime, until: datetime
) -> asyncpg.Record | None:
    """Take a job until a moment; None where another process has it."""
    return await connection.fetchrow(_CLAIM, workspace, erasure, now, until)


async def postponed(connection: Connection, workspace: WorkspaceId, erasure: UUID, *, counts: str, clean: int, due_at: datetime) -> None:
    """What it removed so far, and when it goes on."""
    await connection.execute(_POSTPONE, workspace, erasure, counts, clean, due_at)


async def ended(connection: Connection, workspace: WorkspaceId, erasure: UUID, *, counts: str, now: datetime) -> None:
    """Done: the subject is forgotten here, too."""
    await connection.execute(_END, workspace, erasure, counts, now)
