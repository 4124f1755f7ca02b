"""Statements of the playbook: the cells that a workspace has made its own. As `app`."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.contracts.views import PlaybookCellView
from services.kit.db import Connection


async def own_cells(connection: Connection, workspace: WorkspaceId) -> list[asyncpg.Record]:
    """The workspace's own cells, in no order; a workspace that edited nothing has none."""
    return await connection.fetch(
        """
        SELECT phase, discipline, triggers, work, guidance, due_minutes, approval, version FROM playbook_cell
        WHERE workspace_id = $1
        """,
        workspace,
    )


async def replaced_cell(
    connection: Connection, workspace: WorkspaceId, cell: PlaybookCellView, *, version: int, by: UUID | None, now: datetime
) -> int | None:
    """Write a cell if `version` is the present one (0: never edited); gives the new version, or None where it is not."""
    written: int | None = await connection.fetchval(
        _REPLACE_CELL if version else _FIRST_CELL,
        workspace,
        cell.phase,
        cell.discipline,
        list(cell.triggers),
        cell.work,
        cell.guidance,
        cell.due_minutes,
        cell.approval,
        version,
        now,
        by,
    )
    return written


_FIRST_CELL = """
INSERT INTO playbook_cell (workspace_id, phase, discipline, triggers, work, guidance, due_minutes, approval, version, changed_at,
    changed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9 + 1, $10, $11)
ON CONFLICT ON CONSTRAINT playbook_cell_pkey DO NOTHING RETURNING version
"""
_REPLACE_CELL = """
UPDATE playbook_cell SET triggers = $4, work = $5, guidance = $6, due_minutes = $7, approval = $8, version = version + 1,
    changed_at = $10, changed_by = $11
WHERE workspace_id = $1 AND phase = $2 AND discipline = $3 AND version = $9 RETURNING version
"""
