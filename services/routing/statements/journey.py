"""Statements of journeys: the log on profiles, the visits that follow from it, a workspace's ring, and the board. All as `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection

STEP_COLUMNS: tuple[tuple[str, str], ...] = (
    ("profile_id", "uuid"),
    ("cause", "text"),
    ("key", "text"),
    ("id", "uuid"),
    ("line", "text"),
    ("mode", "text"),
    ("stage", "text"),
    ("alike", "text"),
    ("from_stage", "text"),
    ("cause_id", "uuid"),
    ("reason", "text"),
    ("confidence", "float8"),
    ("historic", "boolean"),
    ("at", "timestamptz"),
)
VISIT_COLUMNS: tuple[tuple[str, str], ...] = (
    ("subject_id", "uuid"),
    ("line", "text"),
    ("run", "integer"),
    ("place", "integer"),
    ("stage", "text"),
    ("alike", "text"),
    ("from_stage", "text"),
    ("step_id", "uuid"),
    ("entered_at", "timestamptz"),
    ("left_at", "timestamptz"),
    ("left_to", "text"),
)
LONGEST = 5


def _names(columns: Sequence[tuple[str, str]], prefix: str = "") -> str:
    return ", ".join(prefix + name for name, _ in columns)


def _arrays(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"${n}::{type_}[]" for n, (_, type_) in enumerate(columns, start=2))


_INSERT_STEPS = f"""
INSERT INTO stage_step (workspace_id, {_names(STEP_COLUMNS)})
SELECT $1, {_names(STEP_COLUMNS)} FROM unnest({_arrays(STEP_COLUMNS)}) AS s ({_names(STEP_COLUMNS)})
ORDER BY cause, key
ON CONFLICT ON CONSTRAINT stage_step_pkey DO NOTHING RETURNING id
"""
_WRITE_VISITS = f"""
INSERT INTO stage_visit (workspace_id, {_names(VISIT_COLUMNS)})
SELECT $1, {_names(VISIT_COLUMNS)} FROM unnest({_arrays(VISIT_COLUMNS)}) AS v ({_names(VISIT_COLUMNS)})
ORDER BY subject_id, line, run, place
ON CONFLICT ON CONSTRAINT stage_visit_pkey DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name, _ in VISIT_COLUMNS[4:])}
WHERE ({_names(VISIT_COLUMNS[4:], "stage_visit.")}) IS DISTINCT FROM ({_names(VISIT_COLUMNS[4:], "excluded.")})
"""
_BOARD = """
WITH ring (stored, stage) AS MATERIALIZED (SELECT * FROM unnest($3::text[], $4::text[])),
here AS (
    SELECT r.stage, sum(h.people)::bigint AS people FROM ring r CROSS JOIN LATERAL (
        SELECT count(*) AS people FROM stage_visit v
        WHERE v.workspace_id = $1 AND v.line = $2 AND v.stage = r.stored AND v.left_at IS NULL
    ) h GROUP BY r.stage
),
came AS (
    SELECT t.stage, count(*) AS came FROM stage_visit v
    JOIN ring t ON t.stored = v.stage LEFT JOIN ring f ON f.stored = v.from_stage
    WHERE v.workspace_id = $1 AND v.line = $2 AND v.entered_at >= $5 AND t.stage IS DISTINCT FROM f.stage GROUP BY t.stage
),
went AS (
    SELECT f.stage, count(*) AS went, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM v.left_at - v.entered_at))
        AS median FROM stage_visit v JOIN ring f ON f.stored = v.stage LEFT JOIN ring t ON t.stored = v.left_to
    WHERE v.workspace_id = $1 AND v.line = $2 AND v.left_at >= $5 AND t.stage IS DISTINCT FROM f.stage GROUP BY f.stage
),
stuck AS (
    SELECT r.stage, s.subject_id, s.entered_at, row_number() OVER (PARTITION BY r.stage ORDER BY s.entered_at, s.subject_id) AS n
    FROM ring r CROSS JOIN LATERAL (
        SELECT v.subject_id, v.entered_at FROM stage_visit v
        WHERE v.workspace_id = $1 AND v.line = $2 AND v.stage = r.stored AND v.left_at IS NULL
        ORDER BY v.entered_at, v.subject_id LIMIT $6
    ) s
),
longest AS (
    SELECT stage, array_agg(subject_id ORDER BY n) AS ids, array_agg(entered_at ORDER BY n) AS times
    FROM stuck WHERE n <= $6 GROUP BY stage
)
SELECT here.stage, here.people, coalesce(came.came, 0) AS came, coalesce(went.went, 0) AS went, went.median,
    coalesce(longest.ids, '{}') AS ids, coalesce(longest.times, '{}') AS times
FROM here LEFT JOIN came USING (stage) LEFT JOIN went USING (stage) LEFT JOIN longest USING (stage)
"""


async def lock_people(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> None:
    """Let nobody else write the journeys of these profiles or subjects until this transaction ends; always in one order."""
    await connection.execute(
        """
        SELECT pg_advisory_xact_lock(key) FROM (
            SELECT DISTINCT hashtextextended('journey' || $1::text || p, 0) AS key FROM unnest($2::text[]) AS p ORDER BY key
        ) AS keys
        """,
        str(workspace),
        [str(each) for each in ids],
    )


async def contacts_of(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID]) -> list[asyncpg.Record]:
    """Whose each profile is, of those that somebody has."""
    return await connection.fetch(
        "SELECT profile_id, contact_id FROM profile_contact WHERE workspace_id = $1 AND profile_id = ANY($2::uuid[])",
        workspace,
        list(profiles),
    )


async def first_profiles(connection: Connection, workspace: WorkspaceId, contacts: Sequence[UUID]) -> list[asyncpg.Record]:
    """The profile of each contact on which is kept what is said of it as a whole; none for nobody."""
    return await connection.fetch(
        """
        SELECT asked.id AS contact_id, first.profile_id FROM unnest($2::uuid[]) AS asked (id) CROSS JOIN LATERAL (
            SELECT p.profile_id FROM profile_contact p
            WHERE p.workspace_id = $1 AND p.contact_id = asked.id ORDER BY p.profile_id LIMIT 1
        ) AS first
        """,
        workspace,
        list(contacts),
    )


async def insert_steps(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> set[UUID]:
    """Add to the log, in the order of STEP_COLUMNS; gives the ids of those that are new."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {row["id"] for row in await connection.fetch(_INSERT_STEPS, workspace, *columns)}


async def steps_of_subjects(connection: Connection, workspace: WorkspaceId, subjects: Sequence[UUID]) -> list[asyncpg.Record]:
    """The log of each subject: of a contact's profiles, and of the profile itself where it has no contact. In order of time."""
    return await connection.fetch(
        f"""
        SELECT asked.id AS subject_id, {_names(STEP_COLUMNS, "s.")}
        FROM unnest($2::uuid[]) AS asked (id)
        CROSS JOIN LATERAL (
            SELECT c.profile_id FROM profile_contact c WHERE c.workspace_id = $1 AND c.contact_id = asked.id
            UNION ALL
            SELECT asked.id WHERE NOT EXISTS (
                SELECT FROM profile_contact o WHERE o.workspace_id = $1 AND o.profile_id = asked.id
            )
        ) AS circle (profile_id)
        JOIN stage_step s ON s.workspace_id = $1 AND s.profile_id = circle.profile_id
        ORDER BY asked.id, s.at, s.id
        """,
        workspace,
        list(subjects),
    )


async def remove_visits(
    connection: Connection, workspace: WorkspaceId, subjects: Sequence[UUID], *, kept: Sequence[tuple[object, ...]]
) -> None:
    """Take away the subjects' visits but those that are `kept`: (subject, line, run, place)."""
    columns = [list(column) for column in zip(*kept, strict=True)] if kept else [[], [], [], []]
    await connection.execute(
        """
        DELETE FROM stage_visit v WHERE v.workspace_id = $1 AND v.subject_id = ANY($2::uuid[]) AND NOT EXISTS (
            SELECT FROM unnest($3::uuid[], $4::text[], $5::integer[], $6::integer[]) AS k (subject_id, line, run, place)
            WHERE (k.subject_id, k.line, k.run, k.place) = (v.subject_id, v.line, v.run, v.place)
        )
        """,
        workspace,
        list(subjects),
        *columns,
    )


async def write_visits(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Let these be visits, in the order of VISIT_COLUMNS; what is so already is not written."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(_WRITE_VISITS, workspace, *columns)


async def plan_document(connection: Connection, workspace: WorkspaceId) -> asyncpg.Record | None:
    """The workspace's ring and lines."""
    return await connection.fetchrow("SELECT document, version FROM journey_plan WHERE workspace_id = $1", workspace)


async def replaced_plan(
    connection: Connection, workspace: WorkspaceId, document: str, *, version: int, by: UUID | None, now: datetime
) -> int | None:
    """The version written, or None where `version` is not the present one."""
    written: int | None = await connection.fetchval(
        """
        INSERT INTO journey_plan (workspace_id, document, version, changed_at, changed_by)
        SELECT $1, $2::text::jsonb, 1, $4, $5 WHERE $3 = 0 OR EXISTS (SELECT FROM journey_plan WHERE workspace_id = $1)
        ON CONFLICT ON CONSTRAINT journey_plan_pkey DO UPDATE
        SET document = excluded.document, version = journey_plan.version + 1, changed_at = excluded.changed_at,
            changed_by = excluded.changed_by
        WHERE journey_plan.version = $3
        RETURNING version
        """,
        workspace,
        document,
        version,
        now,
        by,
    )
    return written


async def board(
    connection: Connection, workspace: WorkspaceId, line: str, *, stages: Sequence[tuple[str, str]], since: datetime
) -> list[asyncpg.Record]:
    """The board of a line, a row a stage that anybody is in, came to or went from.

    `stages` says for each stored stage which it is on the present ring.
    """
    return await connection.fetch(
        _BOARD,
        workspace,
        line,
        [stored for stored, _ in stages],
        [stage for _, stage in stages],
        since,
        LONGEST,
    )


async def people_here(
    connection: Connection, workspace: WorkspaceId, line: str, *, stored: Sequence[str], after: tuple[datetime, UUID], limit: int
) -> list[asyncpg.Record]:
    """Who is in these stages, the longest first."""
    return await connection.fetch(
        """
        SELECT found.subject_id, found.at FROM unnest($3::text[]) AS asked (stage) CROSS JOIN LATERAL (
            SELECT v.subject_id, v.entered_at AS at FROM stage_visit v
            WHERE v.workspace_id = $1 AND v.line = $2 AND v.stage = asked.stage AND v.left_at IS NULL
              AND (v.entered_at, v.subject_id) > ($4, $5)
            ORDER BY v.entered_at, v.subject_id LIMIT $6
        ) AS found ORDER BY found.at, found.subject_id LIMIT $6
        """,
        workspace,
        line,
        list(stored),
        *after,
        limit,
    )


async def people_who_came(
    connection: Connection, workspace: WorkspaceId, line: str, *, stored: Sequence[str], after: tuple[datetime, UUID], limit: int
) -> list[asyncpg.Record]:
    """Who entered these stages from elsewhere, the first first; `after` begins with the window."""
    return await connection.fetch(
        """
        SELECT v.subject_id, v.entered_at AS at FROM stage_visit v
        WHERE v.workspace_id = $1 AND v.line = $2 AND v.stage = ANY($3::text[]) AND NOT v.from_stage = ANY($3::text[])
          AND (v.entered_at, v.subject_id) > ($4, $5)
        ORDER BY v.entered_at, v.subject_id LIMIT $6
        """,
        workspace,
        line,
        list(stored),
        *after,
        limit,
    )


async def people_who_went(
    connection: Connection, workspace: WorkspaceId, line: str, *, stored: Sequence[str], after: tuple[datetime, UUID], limit: int
) -> list[asyncpg.Record]:
    """Who left these stages for elsewhere, the first first; `after` begins with the window."""
    return await connection.fetch(
        """
        SELECT v.subject_id, v.left_at AS at FROM stage_visit v
        WHERE v.workspace_id = $1 AND v.line = $2 AND v.left_at IS NOT NULL AND v.stage = ANY($3::text[])
          AND NOT v.left_to = ANY($3::text[]) AND (v.left_at, v.subject_id) > ($4, $5)
        ORDER BY v.left_at, v.subject_id LIMIT $6
        """,
        workspace,
        line,
        list(stored),
        *after,
        limit,
    )


async def removed_steps(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID], *, until: datetime) -> int:
    """Forget what moved these profiles up to a time."""
    answer = await connection.execute(
        "DELETE FROM stage_step WHERE workspace_id = $1 AND profile_id = ANY($2::uuid[]) AND at <= $3", workspace, list(profiles), until
    )
    return int(answer.rpartition(" ")[2])
