"""Statements about who works here, as identity told of them. All as `app`, under row-level security."""

from collections.abc import Sequence
from datetime import datetime

from services.contracts.ids import MemberId, WorkspaceId
from services.kit.db import Connection


async def keep_members(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Keep the newest; rows are (id, active, version), one per member."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        INSERT INTO member (workspace_id, id, active, version)
        SELECT $1, m.id, m.active, m.version FROM unnest($2::uuid[], $3::boolean[], $4::integer[]) AS m (id, active, version) ORDER BY m.id
        ON CONFLICT ON CONSTRAINT member_pkey DO UPDATE SET active = excluded.active, version = excluded.version
        WHERE member.version < excluded.version
        """,
        workspace,
        *columns,
    )


async def is_at_work(connection: Connection, workspace: WorkspaceId, member: MemberId) -> bool:
    """Whether the member works here now."""
    found = await connection.fetchval("SELECT active FROM member WHERE workspace_id = $1 AND id = $2", workspace, member)
    return bool(found)


async def is_filled(connection: Connection, workspace: WorkspaceId, *, name: str) -> bool:
    """Whether a projection of the workspace was filled from its owner's snapshot."""
    found = await connection.fetchval("SELECT true FROM projection WHERE workspace_id = $1 AND name = $2", workspace, name)
    return bool(found)


async def mark_filled(connection: Connection, workspace: WorkspaceId, *, name: str, now: datetime) -> None:
    """Say that it was."""
    await connection.execute(
        """
        INSERT INTO projection (workspace_id, name, filled_at) VALUES ($1, $2, $3)
        ON CONFLICT ON CONSTRAINT projection_pkey DO UPDATE SET filled_at = excluded.filled_at
        """,
        workspace,
        name,
        now,
    )
