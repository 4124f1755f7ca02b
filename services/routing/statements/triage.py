"""Statements of triage results: written once per interaction, again where its words came later, read by interaction. As `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import InteractionId, WorkspaceId
from services.kit.db import Connection
from services.kit.ids import first_id_at

RESULT_COLUMNS: tuple[tuple[str, str], ...] = (
    ("interaction_id", "uuid"),
    ("conversation_id", "uuid"),
    ("profile_id", "uuid"),
    ("discipline", "text"),
    ("phase", "text"),
    ("sentiment", "text"),
    ("urgency", "text"),
    ("language", "text"),
    ("intents", "text"),
    ("topics", "text"),
    ("confidence", "float8"),
    ("deserves_answer", "boolean"),
    ("exempt_reason", "text"),
    ("ready", "boolean"),
    ("crisis", "boolean"),
    ("complaint", "boolean"),
    ("suggestion", "boolean"),
    ("spam", "boolean"),
    ("confidential", "boolean"),
    ("evidence", "text"),
    ("why", "text"),
    ("version", "text"),
    ("triaged_at", "timestamptz"),
    ("channel_id", "uuid"),
)
# An array of arrays must be rectangular, so what is a list itself travels as JSON text.
_UNPACKED = {
    "intents": "ARRAY(SELECT jsonb_array_elements_text(r.intents::jsonb))",
    "topics": "ARRAY(SELECT jsonb_array_elements_text(r.topics::jsonb))",
    "evidence": "r.evidence::jsonb",
}
_NAMES = ", ".join(name for name, _ in RESULT_COLUMNS)
_VALUES = ", ".join(_UNPACKED.get(name, f"r.{name}") for name, _ in RESULT_COLUMNS)
_ARRAYS = ", ".join(f"${n}::{type_}[]" for n, (_, type_) in enumerate(RESULT_COLUMNS, start=2))
_INSERT_RESULTS = f"""
INSERT INTO triage_result (workspace_id, {_NAMES})
SELECT $1, {_VALUES} FROM unnest({_ARRAYS}) AS r ({_NAMES})
ON CONFLICT ON CONSTRAINT triage_result_pkey DO NOTHING RETURNING interaction_id
"""

_JUDGED = tuple(name for name, _ in RESULT_COLUMNS if name not in {"interaction_id", "conversation_id", "triaged_at"})
_REPLACE_RESULTS = f"""
INSERT INTO triage_result AS t (workspace_id, {_NAMES})
SELECT $1, {_VALUES} FROM unnest({_ARRAYS}) AS r ({_NAMES}) ORDER BY r.interaction_id
ON CONFLICT ON CONSTRAINT triage_result_pkey DO UPDATE
SET triaged_at = EXCLUDED.triaged_at, {", ".join(f"{name} = EXCLUDED.{name}" for name in _JUDGED)}
WHERE ({", ".join(f"t.{name}" for name in _JUDGED)}) IS DISTINCT FROM ({", ".join(f"EXCLUDED.{name}" for name in _JUDGED)})
RETURNING interaction_id
"""


async def inserted_results(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> set[InteractionId]:
    """Keep results, rows in the order of RESULT_COLUMNS; gives the interactions that had none before."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {InteractionId(row["interaction_id"]) for row in await connection.fetch(_INSERT_RESULTS, workspace, *columns)}


async def replaced_results(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> set[InteractionId]:
    """Keep results in the place of earlier ones, rows in the order of RESULT_COLUMNS; gives the interactions of which they say news."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {InteractionId(row["interaction_id"]) for row in await connection.fetch(_REPLACE_RESULTS, workspace, *columns)}


async def results_by_interaction(connection: Connection, workspace: WorkspaceId, interactions: Sequence[UUID]) -> list[asyncpg.Record]:
    """Results, in no order."""
    return await connection.fetch(
        f"SELECT {_NAMES} FROM triage_result WHERE workspace_id = $1 AND interaction_id = ANY($2)",
        workspace,
        list(interactions),
    )


async def results_without_work(connection: Connection, workspace: WorkspaceId, interactions: Sequence[UUID]) -> list[asyncpg.Record]:
    """The results of those that are in no open task, in order of arrival."""
    return await connection.fetch(
        f"""
        SELECT {_NAMES} FROM triage_result r
        WHERE r.workspace_id = $1 AND r.interaction_id = ANY($2) AND NOT EXISTS (
            SELECT FROM task_interaction ti JOIN task t ON t.workspace_id = $1 AND t.id = ti.task_id AND t.completed_at IS NULL
            WHERE ti.workspace_id = $1 AND ti.interaction_id = r.interaction_id
        )
        ORDER BY r.interaction_id
        """,
        workspace,
        list(interactions),
    )


async def recent_results(connection: Connection, workspace: WorkspaceId, *, since: datetime, limit: int) -> list[asyncpg.Record]:
    """What messages since then are about, the newest first; those that are confidential, and emptied ones, stay out."""
    return await connection.fetch(
        """
        SELECT interaction_id, conversation_id, discipline, phase, sentiment, urgency, language, intents, topics, confidence,
            deserves_answer, ready, crisis, complaint, suggestion, spam, triaged_at
        FROM triage_result WHERE workspace_id = $1 AND interaction_id >= $2 AND NOT confidential AND why <> ''
        ORDER BY interaction_id DESC LIMIT $3
        """,
        workspace,
        first_id_at(since),
        limit,
    )
