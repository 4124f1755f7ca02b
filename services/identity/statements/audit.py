"""Statements of the audit log: added to and read, never changed. Called by `audit` inside the edge's transaction."""

from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.contracts.views import AuditEntryView
from services.kit.db import Connection

_COLUMNS = "id, at, action, subject_id, detail, by_member, by_key"
_ADDED = """
INSERT INTO audit_entry (workspace_id, id, at, action, subject_id, detail, by_member, by_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM audit_entry WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""
_PAGE_OF_SUBJECT = f"""
SELECT {_COLUMNS} FROM audit_entry WHERE workspace_id = $1 AND subject_id = $4 AND ($2::uuid IS NULL OR id < $2)
ORDER BY id DESC LIMIT $3
"""


async def added_entry(connection: Connection, workspace: WorkspaceId, entry: AuditEntryView) -> None:
    """Add an entry."""
    await connection.execute(
        _ADDED,
        workspace,
        entry.id,
        entry.at,
        entry.action,
        entry.subject_id,
        entry.detail,
        entry.by_member,
        entry.by_key,
    )


async def page_of_entries(
    connection: Connection, workspace: WorkspaceId, *, subject: UUID | None, after: UUID | None, limit: int
) -> list[AuditEntryView]:
    """The newest first; of one subject where it is named."""
    if subject is None:
        rows = await connection.fetch(_PAGE, workspace, after, limit)
    else:
        rows = await connection.fetch(_PAGE_OF_SUBJECT, workspace, after, limit, subject)
    return [AuditEntryView(**dict(row)) for row in rows]
