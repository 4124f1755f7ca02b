"""What routing holds of profiles, and how each table is rid of it. Walked in the order of the keys, a batch a transaction, as `app`.

A table with a profile in it stands in REMOVALS or in KEPT: a test compares them with the schema. Rows stay, for they are counted: they
lose the sentences, which quote people, and hang on the erasure instead of the profile.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.contracts.ids import ProfileId, WorkspaceId
from services.kit.db import Connection

REMOVALS: Mapping[str, str] = {
    "triage_result": "emptied_verdicts: the reasons quote what was said",
    "task": "tasks.emptied_tasks: so do theirs",
    "profile_contact": "removed_projections, as far as the version that was erased",
    "profile_kind": "removed_projections, so far, too",
    "resolution": "emptied_tasks: it ends, and names nobody",
    "cadence": "journey.forget: what was to begin for what happened to them",
    "stage_step": "journey.forget: the log goes, and what followed from it",
    "settled": "emptied_verdicts: what members gave as a reason may speak of the person",
}
KEPT: Mapping[str, str] = {}
BATCH = 1000

_VERDICTS = """
SELECT interaction_id, profile_id = ANY($2::uuid[]) AND triaged_at <= $3 AS theirs FROM triage_result
WHERE workspace_id = $1 AND interaction_id > $4 ORDER BY interaction_id LIMIT $5
"""
_EMPTY_VERDICTS = """
WITH reasons AS (
    UPDATE settled SET reason = '' WHERE workspace_id = $1 AND interaction_id = ANY($2) AND reason <> ''
)
UPDATE triage_result SET profile_id = $3, why = '', evidence = '[]' WHERE workspace_id = $1 AND interaction_id = ANY($2)
"""
_TASKS = """
SELECT id, profile_id = ANY($2::uuid[]) AND opened_at <= $3 AS theirs FROM task
WHERE workspace_id = $1 AND id > $4 ORDER BY id LIMIT $5
"""

_CONTACTS = """
DELETE FROM profile_contact p USING erased e
WHERE p.workspace_id = $1 AND p.profile_id = ANY($2::uuid[])
  AND e.workspace_id = $1 AND e.subject_id = p.profile_id AND p.version <= e.version
"""
_KINDS = _CONTACTS.replace("profile_contact", "profile_kind")


async def removed_projections(connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId]) -> int:
    """What identity told of them: whose they are, of which kind."""
    answers = [await connection.execute(statement, workspace, list(profiles)) for statement in (_CONTACTS, _KINDS)]
    return sum(int(each.rpartition(" ")[2]) for each in answers)


async def verdicts_of(
    connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId], *, until: datetime, after: UUID
) -> tuple[list[UUID], UUID | None]:
    """Of a batch of verdicts after `after` those of the profiles, and where the next batch begins (None: there is none)."""
    rows = await connection.fetch(_VERDICTS, workspace, list(profiles), until, after, BATCH)
    return [row["interaction_id"] for row in rows if row["theirs"]], rows[-1]["interaction_id"] if len(rows) == BATCH else None


async def emptied_verdicts(connection: Connection, workspace: WorkspaceId, interactions: Sequence[UUID], *, erasure: UUID) -> None:
    """Take the sentences out of them, and the profile."""
    await connection.execute(_EMPTY_VERDICTS, workspace, list(interactions), erasure)


async def tasks_of(
    connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId], *, until: datetime, after: UUID
) -> tuple[list[UUID], UUID | None]:
    """As `verdicts_of`, of tasks."""
    rows = await connection.fetch(_TASKS, workspace, list(profiles), until, after, BATCH)
    return [row["id"] for row in rows if row["theirs"]], rows[-1]["id"] if len(rows) == BATCH else None


async def exported_tasks(
    connection: Connection, workspace: WorkspaceId, contact: UUID, *, after: UUID
) -> tuple[list[dict[str, object]], UUID | None]:
    """Of a batch of tasks after an id those of a contact's profiles, whole, and where the next batch begins (None: there is none)."""
    rows = await connection.fetch(
        """
        SELECT t.id, CASE WHEN t.profile_id = ANY(ARRAY(
            SELECT p.profile_id FROM profile_contact p WHERE p.workspace_id = $1 AND p.contact_id = $2
        )) THEN to_jsonb(t) - 'workspace_id' || jsonb_build_object('references', ARRAY(
            SELECT jsonb_build_object('system', r.system, 'type', r.type, 'external_id', r.external_id, 'url', r.url)
            FROM task_reference r WHERE r.workspace_id = $1 AND r.task_id = t.id ORDER BY r.system, r.type, r.external_id
        )) END AS data
        FROM task t WHERE t.workspace_id = $1 AND t.id > $3 ORDER BY t.id LIMIT $4
        """,
        workspace,
        contact,
        after,
        BATCH,
    )
    return [row["data"] for row in rows if row["data"]], rows[-1]["id"] if len(rows) == BATCH else None
