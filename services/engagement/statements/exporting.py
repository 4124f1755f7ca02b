"""Statements that tell everything that is kept of a person, for the person. As `app`; called by the edge."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection
from services.kit.ids import FIRST_ID

_BESIDE: tuple[tuple[str, str], ...] = (
    ("author_facts", "t.profile_id = ANY($2)"),
    ("blocked_profile", "t.profile_id = ANY($2)"),
    ("promise", "t.conversation_id = ANY(ARRAY(SELECT c.id FROM conversation c WHERE c.workspace_id = $1 AND c.profile_id = ANY($2)))"),
    ("rating", "t.conversation_id = ANY(ARRAY(SELECT c.id FROM conversation c WHERE c.workspace_id = $1 AND c.profile_id = ANY($2)))"),
)
EXPORTED_ROWS = 10_000
WHOLE_BATCH = 500


async def profiles_of_contact(connection: Connection, workspace: WorkspaceId, contact: UUID) -> list[UUID]:
    """As identity told last."""
    rows = await connection.fetch("SELECT profile_id FROM profile_contact WHERE workspace_id = $1 AND contact_id = $2", workspace, contact)
    return [row["profile_id"] for row in rows]


async def exported_beside(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID]) -> list[tuple[str, dict[str, object]]]:
    """What is kept of people beside the history: table and row, without the workspace."""
    found: list[tuple[str, dict[str, object]]] = []
    for table, condition in _BESIDE:
        rows = await connection.fetch(
            f"SELECT to_jsonb(t) - 'workspace_id' AS data FROM {table} t WHERE t.workspace_id = $1 AND {condition} LIMIT $3",
            workspace,
            list(profiles),
            EXPORTED_ROWS,
        )
        found += [(table, row["data"]) for row in rows]
    return found


async def exported_history(
    connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID], *, after: UUID, limit: int
) -> list[asyncpg.Record]:
    """Rows of the history after an id, whole, each with the reply that it shows and the texts that it had before."""
    return await connection.fetch(
        """
        SELECT i.id, to_jsonb(i) - 'workspace_id' || jsonb_build_object(
            'reply', (SELECT to_jsonb(r) - 'workspace_id' FROM reply r WHERE r.workspace_id = $1 AND r.interaction_id = i.id),
            'versions', (
                SELECT jsonb_agg(jsonb_build_object('text', v.text, 'replaced_at', v.replaced_at) ORDER BY v.replaced_at)
                FROM interaction_version v WHERE v.workspace_id = $1 AND v.interaction_id = i.id
            )
        ) AS data
        FROM interaction i WHERE i.workspace_id = $1 AND i.profile_id = ANY($2) AND i.id > $3 ORDER BY i.id LIMIT $4
        """,
        workspace,
        list(profiles),
        after,
        limit,
    )


async def exported_whole(
    connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID]
) -> AsyncIterator[list[tuple[str, dict[str, object]]]]:
    """All of it, a batch at a time: what is kept beside the history, then the history in the order in which it came."""
    yield await exported_beside(connection, workspace, profiles)
    after, rows = FIRST_ID, WHOLE_BATCH
    while rows == WHOLE_BATCH:
        found = await exported_history(connection, workspace, profiles, after=after, limit=WHOLE_BATCH)
        yield [("interaction", row["data"]) for row in found]
        rows, after = len(found), found[-1]["id"] if found else after
