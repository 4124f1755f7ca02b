"""Statements of cadences: what is to begin, what is due, and whether it still may. Set-based, as `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection

KEY_COLUMNS: tuple[tuple[str, str], ...] = (("moment_id", "uuid"), ("phase", "text"), ("discipline", "text"), ("trigger", "text"))
CADENCE_COLUMNS: tuple[tuple[str, str], ...] = (
    *KEY_COLUMNS,
    ("profile_id", "uuid"),
    ("reason", "text"),
    ("since", "timestamptz"),
    ("wakes_at", "timestamptz"),
)
BATCH = 200


def _names(columns: Sequence[tuple[str, str]], prefix: str = "") -> str:
    return ", ".join(prefix + name for name, _ in columns)


def _arrays(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"${n}::{type_}[]" for n, (_, type_) in enumerate(columns, start=2))


_INSERT = f"""
INSERT INTO cadence (workspace_id, {_names(CADENCE_COLUMNS)})
SELECT $1, {_names(CADENCE_COLUMNS)} FROM unnest({_arrays(CADENCE_COLUMNS)}) AS c ({_names(CADENCE_COLUMNS)})
ORDER BY {_names(KEY_COLUMNS)}
ON CONFLICT ON CONSTRAINT cadence_pkey DO NOTHING
"""
_DUE = f"""
SELECT {_names(CADENCE_COLUMNS)} FROM cadence WHERE workspace_id = $1 AND wakes_at <= $2 ORDER BY wakes_at, moment_id LIMIT $3
"""
_TAKEN = f"""
DELETE FROM cadence USING unnest({_arrays(KEY_COLUMNS)}) AS k ({_names(KEY_COLUMNS)})
WHERE cadence.workspace_id = $1 AND {" AND ".join(f"cadence.{name} = k.{name}" for name, _ in KEY_COLUMNS)}
RETURNING {_names(CADENCE_COLUMNS, "cadence.")}
"""
# A person is all profiles of the contact; a profile without a contact is one alone.
_CIRCLE = """(
    SELECT asked.profile_id UNION
    SELECT peer.profile_id FROM profile_contact own
    JOIN profile_contact peer ON peer.workspace_id = $1 AND peer.contact_id = own.contact_id
    WHERE own.workspace_id = $1 AND own.profile_id = asked.profile_id
) AS circle (profile_id)"""


async def insert_cadences(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Set cadences, in the order of CADENCE_COLUMNS; one that is set stays."""
    await connection.execute(_INSERT, workspace, *(list(column) for column in zip(*rows, strict=True)))


async def due_cadences(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> list[asyncpg.Record]:
    """A batch of those whose time has come, the earliest first."""
    return await connection.fetch(_DUE, workspace, now, BATCH)


async def taken_cadences(connection: Connection, workspace: WorkspaceId, keys: Sequence[tuple[object, ...]]) -> list[asyncpg.Record]:
    """Remove these, in the order of KEY_COLUMNS; gives those that were there still, whole."""
    return await connection.fetch(_TAKEN, workspace, *(list(column) for column in zip(*keys, strict=True)))


async def spoken_since(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[UUID, datetime]]) -> set[int]:
    """Which of (profile, time) are of people who wrote after that, on whichever profile of theirs; by place, from 0."""
    profiles, times = zip(*rows, strict=True)
    found = await connection.fetch(
        f"""
        SELECT asked.n FROM unnest($2::uuid[], $3::timestamptz[]) WITH ORDINALITY AS asked (profile_id, since, n)
        WHERE EXISTS (
            SELECT FROM {_CIRCLE}
            JOIN stage_step s ON s.workspace_id = $1 AND s.profile_id = circle.profile_id AND s.at > asked.since
                AND s.cause = 'interaction'
        )
        """,
        workspace,
        list(profiles),
        list(times),
    )
    return {row["n"] - 1 for row in found}


async def open_work(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[UUID, str]]) -> set[int]:
    """Which of (profile, discipline) have open work already, on whichever profile of that person; by place, from 0."""
    profiles, disciplines = zip(*rows, strict=True)
    found = await connection.fetch(
        f"""
        SELECT asked.n FROM unnest($2::uuid[], $3::text[]) WITH ORDINALITY AS asked (profile_id, discipline, n)
        WHERE EXISTS (
            SELECT FROM {_CIRCLE}
            JOIN task t ON t.workspace_id = $1 AND t.profile_id = circle.profile_id AND t.discipline = asked.discipline
                AND t.completed_at IS NULL
        )
        """,
        workspace,
        list(profiles),
        list(disciplines),
    )
    return {row["n"] - 1 for row in found}


async def removed_cadences(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID], *, until: datetime) -> None:
    """Remove what is to begin for what happened to these up to a time."""
    await connection.execute(
        "DELETE FROM cadence WHERE workspace_id = $1 AND profile_id = ANY($2::uuid[]) AND since <= $3", workspace, list(profiles), until
    )
