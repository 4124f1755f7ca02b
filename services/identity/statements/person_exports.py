"""Statements about exports of a person as one file. As `app`, but the sweep, which is the worker's. Called by `erasure`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, PersonExportId, ProfileId, WorkspaceId
from services.kit.db import Connection

Row = tuple[UUID, str, int, bool, int, str]
"""Of a piece: export, service, number, last, items, sealed."""

_KEEP = """
INSERT INTO person_export (workspace_id, id, contact_id, profile_ids, requested_by, requested_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_LOCK = "SELECT id FROM person_export WHERE workspace_id = $1 AND id = ANY($2) AND completed_at IS NULL ORDER BY id FOR UPDATE"
_PIECES = """
INSERT INTO person_export_piece (workspace_id, export_id, service, number, last, items, sealed, kept_at)
SELECT $1, r.export_id, r.service, r.number, r.last, r.items, r.sealed, $8
FROM unnest($2::uuid[], $3::text[], $4::int[], $5::bool[], $6::int[], $7::text[]) AS r (export_id, service, number, last, items, sealed)
ORDER BY r.export_id, r.service, r.number ON CONFLICT ON CONSTRAINT person_export_piece_pkey DO NOTHING
"""
# A part is whole once there are as many pieces as its last one counts.
_WHOLE = """
SELECT p.service FROM person_export_piece p WHERE p.workspace_id = $1 AND p.export_id = e.id
GROUP BY p.service HAVING count(*) = max(p.number) FILTER (WHERE p.last) + 1
"""
_COMPLETE = f"""
UPDATE person_export e SET completed_at = $3, expires_at = $4
WHERE e.workspace_id = $1 AND e.id = ANY($2) AND e.completed_at IS NULL AND $5::text[] <@ ARRAY({_WHOLE})
"""
_BY_ID = """
SELECT e.id, e.contact_id, e.requested_by, e.requested_at, e.completed_at, e.expires_at, (
    SELECT jsonb_agg(jsonb_build_object('service', s.service, 'items', s.items, 'at', s.at)) FROM (
        SELECT p.service, sum(p.items) AS items,
            CASE WHEN count(*) = max(p.number) FILTER (WHERE p.last) + 1 THEN max(p.kept_at) END AS at
        FROM person_export_piece p WHERE p.workspace_id = $1 AND p.export_id = $2 GROUP BY p.service
    ) AS s
) AS shares
FROM person_export e WHERE e.workspace_id = $1 AND e.id = $2 AND e.expires_at > $3
"""
_NEXT = """
SELECT service, number, sealed FROM person_export_piece
WHERE workspace_id = $1 AND export_id = $2 AND (service, number) > ($3::text, $4::int)
ORDER BY service, number LIMIT 1
"""
# By the profiles, whichever contacts they were in then.
_REMOVED = "DELETE FROM person_export WHERE workspace_id = $1 AND profile_ids && $2"
_SWEPT = "DELETE FROM person_export WHERE expires_at <= $1"


async def kept_export(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    export: PersonExportId,
    *,
    contact: ContactId,
    profiles: Sequence[ProfileId],
    by: UUID | None,
    now: datetime,
    expires_at: datetime,
) -> None:
    """A new one, still without its parts."""
    await connection.execute(_KEEP, workspace, export, contact, list(profiles), by, now, expires_at)


async def locked_open(connection: Connection, workspace: WorkspaceId, exports: Sequence[UUID]) -> set[UUID]:
    """Those of them that still wait for parts; nobody else adds to them meanwhile."""
    return {row["id"] for row in await connection.fetch(_LOCK, workspace, sorted(set(exports)))}


async def kept_pieces(connection: Connection, workspace: WorkspaceId, rows: Sequence[Row], *, now: datetime) -> None:
    """Keep pieces; those that are there stay as they are."""
    await connection.execute(_PIECES, workspace, *[list(column) for column in zip(*rows, strict=True)], now)


async def completed(
    connection: Connection, workspace: WorkspaceId, exports: Sequence[UUID], *, services: Sequence[str], now: datetime, expires_at: datetime
) -> None:
    """End those for which every service has told all of its part."""
    await connection.execute(_COMPLETE, workspace, list(exports), now, expires_at, list(services))


async def export_of_id(connection: Connection, workspace: WorkspaceId, export: UUID, *, now: datetime) -> asyncpg.Record | None:
    """One with how far each service is, unless it has expired."""
    return await connection.fetchrow(_BY_ID, workspace, export, now)


async def next_piece(connection: Connection, workspace: WorkspaceId, export: UUID, *, after: tuple[str, int]) -> asyncpg.Record | None:
    """The piece behind (service, number), in the order of the file."""
    return await connection.fetchrow(_NEXT, workspace, export, *after)


async def removed_exports(connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId]) -> int:
    """Those of any of these profiles go, with their pieces; gives how many."""
    return int((await connection.execute(_REMOVED, workspace, list(profiles))).rpartition(" ")[2])


async def swept_exports(connection: Connection, *, before: datetime) -> None:
    """Those that have expired, with their pieces, as the worker role."""
    await connection.execute(_SWEPT, before)
