"""Statements about members as identity told of them, and about projections filled from snapshots. All under row-level security."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection

_COLUMNS = "id, name, email, role, disciplines, languages, active, version, deputy_id, absent_from, absent_until, successor_id"


async def keep_members(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Keep the newest, one row per member.

    Rows are (id, name, email, role, disciplines and languages as JSON, active, version, deputy, absent from, absent until, successor).
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        INSERT INTO member (workspace_id, id, name, email, role, disciplines, languages, active, version, deputy_id,
            absent_from, absent_until, successor_id)
        SELECT $1, m.id, m.name, m.email, m.role, ARRAY(SELECT jsonb_array_elements_text(m.disciplines::jsonb)),
            ARRAY(SELECT jsonb_array_elements_text(m.languages::jsonb)), m.active, m.version,
            m.deputy_id, m.absent_from, m.absent_until, m.successor_id
        FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::integer[],
            $10::uuid[], $11::timestamptz[], $12::timestamptz[], $13::uuid[]) AS m (id, name, email, role, disciplines, languages,
            active, version, deputy_id, absent_from, absent_until, successor_id)
        ORDER BY m.id
        ON CONFLICT ON CONSTRAINT member_pkey DO UPDATE SET name = excluded.name, email = excluded.email, role = excluded.role,
            disciplines = excluded.disciplines, languages = excluded.languages, active = excluded.active, version = excluded.version,
            deputy_id = excluded.deputy_id, absent_from = excluded.absent_from, absent_until = excluded.absent_until,
            successor_id = excluded.successor_id
        WHERE member.version < excluded.version
        """,
        workspace,
        *columns,
    )


async def members_by_id(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """The members of these ids, in no order."""
    return await connection.fetch(f"SELECT {_COLUMNS} FROM member WHERE workspace_id = $1 AND id = ANY($2)", workspace, list(ids))


async def active_members(connection: Connection, workspace: WorkspaceId) -> list[asyncpg.Record]:
    """Everybody who works here now."""
    return await connection.fetch(f"SELECT {_COLUMNS} FROM member WHERE workspace_id = $1 AND active ORDER BY id", workspace)


async def strangers(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Those of these ids who do not work here now; none where nobody is known at all."""
    return await connection.fetch(
        """
        SELECT named.id FROM unnest($2::uuid[]) AS named (id)
        WHERE EXISTS (SELECT FROM member WHERE workspace_id = $1)
            AND NOT EXISTS (SELECT FROM member m WHERE m.workspace_id = $1 AND m.id = named.id AND m.active)
        """,
        workspace,
        list(ids),
    )


async def standings_of(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """These members, their deputies or successors, theirs again, and so on: whether each works here and is away."""
    return await connection.fetch(
        """
        WITH RECURSIVE reached (id, active, deputy_id, absent_from, absent_until, successor_id) AS (
            SELECT m.id, m.active, m.deputy_id, m.absent_from, m.absent_until, m.successor_id
            FROM member m WHERE m.workspace_id = $1 AND m.id = ANY($2)
            UNION
            SELECT m.id, m.active, m.deputy_id, m.absent_from, m.absent_until, m.successor_id
            FROM reached r JOIN member m
                ON m.workspace_id = $1 AND m.id = CASE WHEN r.active THEN r.deputy_id ELSE r.successor_id END
        )
        SELECT id, active, deputy_id, absent_from, absent_until, successor_id FROM reached
        """,
        workspace,
        list(ids),
    )


async def is_unfilled(connection: Connection, workspace: WorkspaceId, *, name: str) -> bool:
    """Whether the workspace's projection has not been filled from a snapshot."""
    found = await connection.fetchval("SELECT true FROM projection WHERE workspace_id = $1 AND name = $2", workspace, name)
    return not found


async def mark_filled(connection: Connection, workspace: WorkspaceId, *, name: str, now: datetime) -> None:
    """Say that a projection was filled."""
    await connection.execute(
        """
        INSERT INTO projection (workspace_id, name, filled_at) VALUES ($1, $2, $3)
        ON CONFLICT ON CONSTRAINT projection_pkey DO UPDATE SET filled_at = excluded.filled_at
        """,
        workspace,
        name,
        now,
    )


async def forget_filled(connection: Connection, workspace: WorkspaceId, *, name: str) -> None:
    """Let a projection be filled again."""
    await connection.execute("DELETE FROM projection WHERE workspace_id = $1 AND name = $2", workspace, name)
