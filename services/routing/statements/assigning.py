"""Statements of assignment: who can take tasks, which wait, and what became of them. Set-based, as `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import MemberId, WorkspaceId
from services.kit.db import Connection

LOG_COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("task_id", "uuid"),
    ("member_id", "uuid"),
    ("former_id", "uuid"),
    ("cause", "text"),
    ("why", "text"),
    ("scores", "text"),
    ("assigned_at", "timestamptz"),
)
_LOG_NAMES = ", ".join(name for name, _ in LOG_COLUMNS)
_LOG_VALUES = ", ".join("r.scores::jsonb" if name == "scores" else f"r.{name}" for name, _ in LOG_COLUMNS)
_LOG_ARRAYS = ", ".join(f"${n}::{type_}[]" for n, (_, type_) in enumerate(LOG_COLUMNS, start=2))
_TOLD = """task.id, task.conversation_id, task.profile_id, task.discipline, task.phase, task.urgency, task.state, task.member_id,
    task.why, task.due_at, task.outcome, task.version"""
_AGENT = """m.id AS member_id, m.name, m.disciplines, m.languages, coalesce(a.skills, '{}') AS skills, a.capacity,
    coalesce(a.available, true) AS available, a.assigned_at, coalesce(a.version, 0) AS version,
    coalesce(m.absent_from <= $2 AND (m.absent_until IS NULL OR $2 < m.absent_until), false) AS absent,
    held.load, held.open_tasks"""
_AGENTS = f"""
SELECT {_AGENT} FROM member m
LEFT JOIN agent a ON a.workspace_id = $1 AND a.member_id = m.id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.weight), 0)::float8 AS load, count(*)::integer AS open_tasks FROM task t
    WHERE t.workspace_id = $1 AND t.member_id = m.id AND t.completed_at IS NULL
) AS held
WHERE m.workspace_id = $1 AND m.active
"""
# What a task asks: of what was said last in it. Who knows the person: whoever answered them, on whichever of their accounts.
_WAITING = """
SELECT t.id, t.discipline, r.language, r.intents, r.topics, r.channel_id,
    ARRAY(
        SELECT DISTINCT p.member_id FROM (
            SELECT t.profile_id UNION
            SELECT peer.profile_id FROM profile_contact own
            JOIN profile_contact peer ON peer.workspace_id = $1 AND peer.contact_id = own.contact_id
            WHERE own.workspace_id = $1 AND own.profile_id = t.profile_id
        ) AS circle (profile_id)
        JOIN task p ON p.workspace_id = $1 AND p.profile_id = circle.profile_id AND p.state = 'answered' AND p.member_id IS NOT NULL
    ) AS known_to,
    ARRAY(SELECT l.former_id FROM task_assignment l WHERE l.workspace_id = $1 AND l.task_id = t.id AND l.cause = 'silent') AS silent
FROM (
    SELECT k.id, k.discipline, k.profile_id, u.place, k.opened_at
    FROM unnest($2::text[]) AS d (discipline)
    CROSS JOIN unnest(ARRAY['high', 'normal', 'low']) WITH ORDINALITY AS u (urgency, place)
    CROSS JOIN LATERAL (
        SELECT * FROM task w WHERE w.workspace_id = $1 AND w.discipline = d.discipline AND w.urgency = u.urgency
          AND w.member_id IS NULL AND w.completed_at IS NULL ORDER BY w.opened_at, w.id LIMIT {limit}
    ) AS k
    ORDER BY u.place, k.opened_at, k.id LIMIT {limit}
) AS t
LEFT JOIN LATERAL (
    SELECT v.language, v.intents, v.topics, v.channel_id FROM task_interaction ti
    JOIN triage_result v ON v.workspace_id = $1 AND v.interaction_id = ti.interaction_id
    WHERE ti.workspace_id = $1 AND ti.task_id = t.id ORDER BY ti.interaction_id DESC LIMIT 1
) AS r ON true
ORDER BY t.place, t.opened_at, t.id
"""


# The numbers stand in the statements: a plan that knew them not would reckon with all that waits, and read all of it.
_MANY_WAITING, _FEW_WAITING = _WAITING.format(limit=100), _WAITING.format(limit=20)


async def settings_of(connection: Connection, workspace: WorkspaceId) -> asyncpg.Record | None:
    """What the workspace wants; None where it said nothing."""
    return await connection.fetchrow(
        "SELECT pushes, capacity, weights, version, hand_off_days FROM assignment_setting WHERE workspace_id = $1", workspace
    )


async def replaced_settings(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    *,
    pushes: bool,
    capacity: float,
    weights: str,
    hand_off_days: int,
    version: int,
    by: UUID | None,
    now: datetime,
) -> int | None:
    """Write them if `version` is the present one (0: none yet); gives the new version, or None where it is not."""
    written: int | None = await connection.fetchval(
        _REPLACE if version else _FIRST, workspace, pushes, capacity, weights, version, now, by, hand_off_days
    )
    return written


_FIRST = """
INSERT INTO assignment_setting (workspace_id, pushes, capacity, weights, version, changed_at, changed_by, hand_off_days)
VALUES ($1, $2, $3, $4::text::jsonb, $5 + 1, $6, $7, $8)
ON CONFLICT ON CONSTRAINT assignment_setting_pkey DO NOTHING RETURNING version
"""
_REPLACE = """
UPDATE assignment_setting SET pushes = $2, capacity = $3, weights = $4::text::jsonb, version = version + 1, changed_at = $6,
    changed_by = $7, hand_off_days = $8
WHERE workspace_id = $1 AND version = $5 RETURNING version
"""


async def agents_of(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> list[asyncpg.Record]:
    """Everybody who works here, by name, with what they can do and have."""
    return await connection.fetch(f"{_AGENTS} ORDER BY m.name, m.id", workspace, now)


async def agent_of(connection: Connection, workspace: WorkspaceId, member: UUID, *, now: datetime) -> asyncpg.Record | None:
    """One of them."""
    return await connection.fetchrow(f"{_AGENTS} AND m.id = $3", workspace, now, member)


async def kept_agent(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    member: UUID,
    *,
    skills: Sequence[str],
    capacity: float | None,
    available: bool,
    version: int,
    now: datetime,
) -> int | None:
    """Keep what a member can take if `version` is the present one (0: nothing said); gives the new version, or None where it is not."""
    written: int | None = await connection.fetchval(
        """
        INSERT INTO agent (workspace_id, member_id, skills, capacity, available, version, changed_at)
        SELECT $1, $2, $3, $4, $5, 1, $7 WHERE $6 = 0 OR EXISTS (SELECT FROM agent WHERE workspace_id = $1 AND member_id = $2)
        ON CONFLICT ON CONSTRAINT agent_pkey DO UPDATE SET skills = excluded.skills, capacity = excluded.capacity,
            available = excluded.available, version = agent.version + 1, changed_at = excluded.changed_at
        WHERE agent.version = $6 RETURNING version
        """,
        workspace,
        member,
        list(skills),
        capacity,
        available,
        version,
        now,
    )
    return written


async def lock_giving(connection: Connection, workspace: WorkspaceId) -> None:
    """Let nobody else give out tasks of this workspace until the transaction ends: two would fill the same capacity."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('assigning' || $1::text, 0))", str(workspace))


async def waiting_tasks(connection: Connection, workspace: WorkspaceId, disciplines: Sequence[str], *, few: bool) -> list[asyncpg.Record]:
    """Up to 100 tasks (`few`: 20) of these disciplines that nobody has, the most urgent first, of equals whoever waits longest."""
    return await connection.fetch(_FEW_WAITING if few else _MANY_WAITING, workspace, list(disciplines))


async def given_waiting(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> list[asyncpg.Record]:
    """Give tasks that still nobody has; rows are (task, member, weight). Gives those that were given, as events tell of them."""
    return await connection.fetch(
        f"""
        UPDATE task SET member_id = r.member_id, weight = r.weight, state = 'assigned', version = task.version + 1
        FROM unnest($2::uuid[], $3::uuid[], $4::real[]) AS r (id, member_id, weight)
        WHERE task.workspace_id = $1 AND task.id = r.id AND task.member_id IS NULL AND task.completed_at IS NULL RETURNING {_TOLD}
        """,
        workspace,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def returned_tasks(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> list[asyncpg.Record]:
    """Take tasks from whoever let their time pass; rows are (task, member). Gives those that were taken, as events tell of them."""
    return await connection.fetch(
        f"""
        UPDATE task SET member_id = NULL, state = 'new', version = task.version + 1
        FROM unnest($2::uuid[], $3::uuid[]) AS r (id, member_id)
        WHERE task.workspace_id = $1 AND task.id = r.id AND task.member_id = r.member_id AND task.completed_at IS NULL
          AND task.state = 'assigned' RETURNING {_TOLD}
        """,
        workspace,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def log_assignments(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Say why tasks went where they went, rows in the order of LOG_COLUMNS; whose turn it was is remembered with it."""
    await connection.execute(
        f"""
        WITH logged AS (
            INSERT INTO task_assignment (workspace_id, {_LOG_NAMES}) SELECT $1, {_LOG_VALUES} FROM unnest({_LOG_ARRAYS}) AS r ({_LOG_NAMES})
            RETURNING member_id, assigned_at
        )
        INSERT INTO agent (workspace_id, member_id, skills, available, version, changed_at, assigned_at)
        SELECT $1, member_id, '{{}}', true, 0, max(assigned_at), max(assigned_at) FROM logged WHERE member_id IS NOT NULL
        GROUP BY member_id ORDER BY member_id
        ON CONFLICT ON CONSTRAINT agent_pkey DO UPDATE SET assigned_at = excluded.assigned_at
        """,
        workspace,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def assignments_of(connection: Connection, workspace: WorkspaceId, tasks: Sequence[UUID]) -> list[asyncpg.Record]:
    """Why these tasks went where they went, oldest first."""
    return await connection.fetch(
        f"SELECT {_LOG_NAMES} FROM task_assignment WHERE workspace_id = $1 AND task_id = ANY($2) ORDER BY task_id, id",
        workspace,
        list(tasks),
    )


async def owned_by(connection: Connection, workspace: WorkspaceId, tasks: Sequence[UUID]) -> dict[UUID, MemberId]:
    """Who has these open tasks without having begun them."""
    rows = await connection.fetch(
        """
        SELECT id, member_id FROM task WHERE workspace_id = $1 AND id = ANY($2) AND member_id IS NOT NULL AND state = 'assigned'
          AND completed_at IS NULL
        """,
        workspace,
        list(tasks),
    )
    return {row["id"]: MemberId(row["member_id"]) for row in rows}
