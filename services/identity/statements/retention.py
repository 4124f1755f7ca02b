"""Statements of retention: who is held, reports, when profiles were active, and what of identity's own is old. All as `app`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ProfileId, WorkspaceId
from services.kit.db import Connection
from services.kit.ids import first_id_at

BATCH = 500
CONTACTS_A_BATCH = 1000

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('retention:' || $1, 0))"
_HELD = "SELECT profile_id FROM legal_hold WHERE workspace_id = $1 ORDER BY profile_id"
_KEEP = """
INSERT INTO retention_report (workspace_id, id, service, kind, version, began_at, ended_at, removed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT ON CONSTRAINT retention_report_pkey DO NOTHING
"""
_PAGE = """
SELECT id, service, kind, version, began_at, ended_at, removed FROM retention_report
WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
"""
_ACTIVE = """
INSERT INTO profile_activity (workspace_id, profile_id, day)
SELECT $1, n.profile_id, n.day FROM unnest($2::uuid[], $3::date[]) AS n (profile_id, day) ORDER BY n.profile_id
ON CONFLICT ON CONSTRAINT profile_activity_pkey DO UPDATE SET day = EXCLUDED.day WHERE profile_activity.day < EXCLUDED.day
"""
_NOTES = """
SELECT id, profile_id, false AS emptied, profile_id = ANY($5::uuid[]) AS kept FROM contact_note
WHERE workspace_id = $1 AND id > $2 AND id < $3 ORDER BY id LIMIT $4
"""
_NOTES_GO = "DELETE FROM contact_note WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
_DELIVERIES = """
SELECT id, profile_id, false AS emptied,
    coalesce(profile_id = ANY($5::uuid[]), false) OR due_at IS NOT NULL AS kept
FROM webhook_delivery
WHERE workspace_id = $1 AND id > $2 AND id < $3 ORDER BY id LIMIT $4
"""
_DELIVERIES_GO = "DELETE FROM webhook_delivery WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND due_at IS NULL"
_IMPORTS = """
SELECT id, NULL::uuid AS profile_id, false AS emptied, finished_at IS NULL AS kept FROM import
WHERE workspace_id = $1 AND id > $2 AND id < $3 AND $5::uuid[] IS NOT NULL ORDER BY id LIMIT $4
"""
_IMPORTS_GO = "DELETE FROM import WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND finished_at IS NOT NULL"
# A contact is as old as the last thing that happened with it: a profile that was active, a fact that was changed.
_PEOPLE = """
SELECT c.id, c.founder_id AS profile_id, c.size, c.changed_at, told.active_on, told.first_seen_at, told.held, told.kept
FROM contact c CROSS JOIN LATERAL (
    SELECT max(a.day) AS active_on, max(p.first_seen_at) AS first_seen_at, bool_or(m.profile_id = ANY($4::uuid[])) AS held,
        bool_or(
            EXISTS (SELECT FROM profile_kind k WHERE k.workspace_id = $1 AND k.profile_id = m.profile_id)
            OR EXISTS (SELECT FROM profile_label l WHERE l.workspace_id = $1 AND l.profile_id = m.profile_id)
            OR EXISTS (SELECT FROM contact_note n WHERE n.workspace_id = $1 AND n.profile_id = m.profile_id)
            OR EXISTS (SELECT FROM consent w WHERE w.workspace_id = $1 AND w.profile_id = m.profile_id)
            OR EXISTS (SELECT FROM profile_reference r WHERE r.workspace_id = $1 AND r.profile_id = m.profile_id)
            OR EXISTS (SELECT FROM profile_company o WHERE o.workspace_id = $1 AND o.profile_id = m.profile_id)
            OR EXISTS (SELECT FROM lead d WHERE d.workspace_id = $1 AND d.profile_id = m.profile_id)
        ) AS kept
    FROM membership m JOIN profile p ON p.workspace_id = $1 AND p.id = m.profile_id
    LEFT JOIN profile_activity a ON a.workspace_id = $1 AND a.profile_id = m.profile_id
    WHERE m.workspace_id = $1 AND m.contact_id = c.id OFFSET 0
) AS told
WHERE c.workspace_id = $1 AND c.id > $2 AND c.size > 0 ORDER BY c.id LIMIT $3
"""
_OF_KIND = """
SELECT DISTINCT m.contact_id FROM membership m JOIN profile_kind k ON k.workspace_id = $1 AND k.profile_id = m.profile_id
WHERE m.workspace_id = $1 AND m.contact_id = ANY($2::uuid[]) AND k.kind = $3 AND (k.until IS NULL OR k.until > $4)
"""
_OPEN_ERASURES = "SELECT count(*) FROM erasing WHERE workspace_id = $1 AND due_at IS NOT NULL"


async def held_profiles(connection: Connection, workspace: WorkspaceId) -> tuple[UUID, ...]:
    """The profiles by which people are held."""
    return tuple(row["profile_id"] for row in await connection.fetch(_HELD, workspace))


async def kept_report(  # noqa: PLR0913 - the columns of a row
    connection: Connection,
    workspace: WorkspaceId,
    run: UUID,
    *,
    service: str,
    kind: str,
    version: int,
    began_at: datetime,
    ended_at: datetime,
    removed: Mapping[str, int],
) -> None:
    """What a run removed; one that is there stays as it is."""
    await connection.execute(_KEEP, workspace, run, service, kind, version, began_at, ended_at, dict(removed))


async def page_of_reports(connection: Connection, workspace: WorkspaceId, *, before: UUID, limit: int) -> list[asyncpg.Record]:
    """The newest first."""
    return await connection.fetch(_PAGE, workspace, before, limit)


async def active_profiles(connection: Connection, workspace: WorkspaceId, days: Mapping[ProfileId, date]) -> None:
    """Each was active on that day, if not on a later one."""
    await connection.execute(_ACTIVE, workspace, list(days), list(days.values()))


async def retention_lock(connection: Connection, workspace: WorkspaceId) -> None:
    """Until the end of the transaction, rules and holds are changed by nobody else."""
    await connection.execute(_LOCK, str(workspace))


async def old_notes(
    connection: Connection, workspace: WorkspaceId, *, after: UUID, until: datetime, held: Sequence[UUID]
) -> list[asyncpg.Record]:
    """A batch of notes that were written until then; those of whom nothing goes are `kept`."""
    return await connection.fetch(_NOTES, workspace, after, first_id_at(until), BATCH, list(held))


async def removed_notes(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> None:
    """Delete notes."""
    await connection.execute(_NOTES_GO, workspace, list(ids))


async def old_deliveries(
    connection: Connection, workspace: WorkspaceId, *, after: UUID, until: datetime, held: Sequence[UUID]
) -> list[asyncpg.Record]:
    """A batch of what partners were to be told; what still waits is `kept`, too."""
    return await connection.fetch(_DELIVERIES, workspace, after, first_id_at(until), BATCH, list(held))


async def removed_deliveries(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> None:
    """Delete what partners were told."""
    await connection.execute(_DELIVERIES_GO, workspace, list(ids))


async def old_imports(
    connection: Connection, workspace: WorkspaceId, *, after: UUID, until: datetime, held: Sequence[UUID]
) -> list[asyncpg.Record]:
    """A batch of imports; one that is not finished is `kept`."""
    return await connection.fetch(_IMPORTS, workspace, after, first_id_at(until), BATCH, list(held))


async def removed_imports(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> None:
    """Delete imports with their reports of refused rows; the people whom they brought stay."""
    await connection.execute(_IMPORTS_GO, workspace, list(ids))


async def contacts_by_age(connection: Connection, workspace: WorkspaceId, *, after: UUID, held: Sequence[UUID]) -> list[asyncpg.Record]:
    """A batch of contacts: when last active (None: never), changed and first seen; whether held; whether anything is said of them."""
    return await connection.fetch(_PEOPLE, workspace, after, CONTACTS_A_BATCH, list(held))


async def contacts_of_kind(
    connection: Connection, workspace: WorkspaceId, contacts: Sequence[UUID], *, kind: str, now: datetime
) -> set[UUID]:
    """Those of them that are of a stakeholder kind now."""
    return {row["contact_id"] for row in await connection.fetch(_OF_KIND, workspace, list(contacts), kind, now)}


async def open_erasures(connection: Connection, workspace: WorkspaceId) -> int:
    """How many erasures identity is still at."""
    found: int = await connection.fetchval(_OPEN_ERASURES, workspace)
    return found
