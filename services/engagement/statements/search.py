"""Statements of search: the queue of rows to read, their words, and the search itself. As `app`, unless it says otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection
from services.kit.ids import LAST_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What narrows a search; None everywhere finds all. `venue` is (network, scope, external id); `since` is included, `until` not."""

    contact: UUID | None = None
    profile: UUID | None = None
    channel: UUID | None = None
    venue: Sequence[str] | None = None
    kinds: Sequence[str] | None = None
    direction: str | None = None
    discipline: str | None = None
    label: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to find, as the function `search_history` takes it: LIKE patterns over the stored words, and what an index looks up."""

    patterns: Sequence[str]
    absent: Sequence[str]
    terms: Sequence[str]
    beginnings: Sequence[str]


END_OF_TIME = datetime.max.replace(tzinfo=UTC)


async def workspaces_with_pending(connection: Connection, *, after: UUID, limit: int) -> list[WorkspaceId]:
    """Workspaces with rows to read, in order of their ids. As `worker`; a step in the index for each, however long the queue is."""
    rows = await connection.fetch(
        """
        WITH RECURSIVE waiting (workspace_id, place) AS (
            (SELECT p.workspace_id, 1 FROM search_pending p WHERE p.workspace_id > $1 ORDER BY p.workspace_id LIMIT 1)
            UNION ALL
            SELECT n.workspace_id, w.place + 1 FROM waiting w CROSS JOIN LATERAL (
                SELECT p.workspace_id FROM search_pending p WHERE p.workspace_id > w.workspace_id ORDER BY p.workspace_id LIMIT 1
            ) n WHERE w.place < $2
        )
        SELECT workspace_id FROM waiting
        """,
        after,
        limit,
    )
    return [WorkspaceId(row["workspace_id"]) for row in rows]


async def take_pending(connection: Connection, workspace: WorkspaceId, *, limit: int) -> list[asyncpg.Record]:
    """Take rows off the queue with their present text, subject and names of files; a row that is gone, or was taken back, has none.

    What a change is being made to stays. Each row is found by its key: no estimate for a young table makes all of them be read for each.
    """
    return await connection.fetch(
        """
        WITH taken AS (
            DELETE FROM search_pending WHERE workspace_id = $1 AND interaction_id = ANY (ARRAY(
                SELECT p.interaction_id FROM search_pending p WHERE p.workspace_id = $1
                ORDER BY p.interaction_id LIMIT $2 FOR UPDATE SKIP LOCKED
            )) RETURNING interaction_id
        )
        SELECT t.interaction_id AS id, i.text, i.subject, CASE WHEN jsonb_typeof(i.attachments) = 'array' THEN ARRAY(
            SELECT a.told ->> 'name' FROM jsonb_array_elements(i.attachments) AS a (told) WHERE a.told ->> 'name' <> ''
        ) ELSE '{}' END AS names
        FROM taken t LEFT JOIN LATERAL (
            SELECT r.text, r.extra ->> 'subject' AS subject, r.attachments FROM interaction r
            WHERE r.workspace_id = $1 AND r.id = t.interaction_id AND r.deleted_at IS NULL OFFSET 0
        ) i ON true
        """,
        workspace,
        limit,
    )


async def write_documents(connection: Connection, workspace: WorkspaceId, *, ids: Sequence[UUID], words: Sequence[str]) -> None:
    """Keep the words of rows; what was taken back meanwhile is left out."""
    await connection.execute(
        """
        INSERT INTO search_document (workspace_id, interaction_id, occurred_at, profile_id, channel_id, venue, kind, direction, words)
        SELECT i.workspace_id, i.id, i.occurred_at, i.profile_id, i.channel_id,
            md5(i.venue_network || chr(31) || i.venue_scope || chr(31) || i.venue_external_id)::uuid, i.kind, i.direction, w.words
        FROM unnest($2::uuid[], $3::text[]) AS w (id, words) CROSS JOIN LATERAL (
            SELECT * FROM interaction r WHERE r.workspace_id = $1 AND r.id = w.id AND r.deleted_at IS NULL OFFSET 0
        ) i
        ON CONFLICT ON CONSTRAINT search_document_pkey DO UPDATE SET words = EXCLUDED.words, profile_id = EXCLUDED.profile_id
        """,
        workspace,
        list(ids),
        list(words),
    )


async def forget_documents(connection: Connection, workspace: WorkspaceId, *, ids: Sequence[UUID]) -> None:
    """Rows that have no words any more."""
    await connection.execute("DELETE FROM search_document WHERE workspace_id = $1 AND interaction_id = ANY($2)", workspace, list(ids))


async def matching_rows(
    connection: Connection, wanted: Wanted, narrowed: Filter, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[asyncpg.Record]:
    """The newest rows of the transaction's workspace that match: id, occurred_at, resume.

    A row with `resume` comes last and names no match: the search had to stop there and can go on from it.
    """
    start = (narrowed.until or END_OF_TIME, LAST_ID if narrowed.until is None else UUID(int=0))
    return await connection.fetch(
        """
        SELECT id, occurred_at, resume
        FROM search_history($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        """,
        wanted.patterns,
        wanted.absent,
        wanted.terms,
        wanted.beginnings,
        *(getattr(narrowed, field.name) for field in fields(narrowed) if field.name != "until"),
        *(start if before is None else min(start, before)),
        limit,
    )
