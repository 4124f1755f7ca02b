"""Statements about who works here, as identity told of them. All as `app`, under row-level security."""

import json
from collections.abc import Sequence
from datetime import datetime

import asyncpg

from services.contracts.ids import MemberId, WorkspaceId
from services.kit.db import Connection


async def keep_members(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Keep the newest, one row per member.

    Rows are (id, active, version, deputy, absent from, absent until, successor, name, disciplines, languages).
    """
    # An array of arrays must be rectangular, so lists travel as JSON text.
    columns = [[json.dumps(each) if isinstance(each, list) else each for each in column] for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        INSERT INTO member (workspace_id, id, active, version, deputy_id, absent_from, absent_until, successor_id, name, disciplines,
            languages)
        SELECT $1, m.id, m.active, m.version, m.deputy_id, m.absent_from, m.absent_until, m.successor_id, m.name,
            ARRAY(SELECT jsonb_array_elements_text(m.disciplines::jsonb)), ARRAY(SELECT jsonb_array_elements_text(m.languages::jsonb))
        FROM unnest($2::uuid[], $3::boolean[], $4::integer[], $5::uuid[], $6::timestamptz[], $7::timestamptz[], $8::uuid[], $9::text[],
            $10::text[], $11::text[])
            AS m (id, active, version, deputy_id, absent_from, absent_until, successor_id, name, disciplines, languages) ORDER BY m.id
        ON CONFLICT ON CONSTRAINT member_pkey DO UPDATE SET active = excluded.active, version = excluded.version,
            deputy_id = excluded.deputy_id, absent_from = excluded.absent_from, absent_until = excluded.absent_until,
            successor_id = excluded.successor_id, name = excluded.name, disciplines = excluded.disciplines,
            languages = excluded.languages
        WHERE member.version < excluded.version
        """,
        workspace,
        *columns,
    )


async def is_at_work(connection: Connection, workspace: WorkspaceId, member: MemberId) -> bool:
    """Whether the member works here now."""
    found = await connection.fetchval("SELECT active FROM member WHERE workspace_id = $1 AND id = $2", workspace, member)
    return bool(found)


async def standings_of(connection: Connection, workspace: WorkspaceId, ids: Sequence[MemberId]) -> list[asyncpg.Record]:
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
