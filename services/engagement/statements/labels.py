"""Statements of labels: the workspace's list, and which thread has which. Set-based, as `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import LabelId, WorkspaceId
from services.kit.db import Connection

LABEL = "id, name, colour, version"


async def all_labels(connection: Connection, workspace: WorkspaceId, *, limit: int) -> list[asyncpg.Record]:
    """The workspace's labels by name."""
    return await connection.fetch(f"SELECT {LABEL} FROM label WHERE workspace_id = $1 ORDER BY key LIMIT $2", workspace, limit)


async def labels_by_id(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Labels, in no order."""
    return await connection.fetch(f"SELECT {LABEL} FROM label WHERE workspace_id = $1 AND id = ANY($2)", workspace, list(ids))


async def insert_label(  # noqa: PLR0913 - each is one column
    connection: Connection, workspace: WorkspaceId, label: LabelId, *, name: str, key: str, colour: str, now: datetime
) -> asyncpg.Record | None:
    """Make a label; None where the name is taken."""
    return await connection.fetchrow(
        f"""
        INSERT INTO label (workspace_id, id, name, key, colour, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, 1)
        ON CONFLICT ON CONSTRAINT label_workspace_id_key_key DO NOTHING RETURNING {LABEL}
        """,
        workspace,
        label,
        name,
        key,
        colour,
        now,
    )


async def changed_label(  # noqa: PLR0913 - each is one column
    connection: Connection, workspace: WorkspaceId, label: LabelId, *, name: str | None, key: str | None, colour: str | None, version: int
) -> asyncpg.Record | None:
    """Rename or recolour a label, at that version; None where it is another or the label is gone."""
    return await connection.fetchrow(
        f"""
        UPDATE label SET name = coalesce($3, name), key = coalesce($4, key), colour = coalesce($5, colour), version = version + 1
        WHERE workspace_id = $1 AND id = $2 AND version = $6 RETURNING {LABEL}
        """,
        workspace,
        label,
        name,
        key,
        colour,
        version,
    )


async def delete_label(connection: Connection, workspace: WorkspaceId, label: LabelId) -> bool:
    """Take a label from every thread and from the list; False where there is none."""
    answer = await connection.execute("DELETE FROM label WHERE workspace_id = $1 AND id = $2", workspace, label)
    return answer != "DELETE 0"


async def put_labels(connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID], *, labels: Sequence[UUID]) -> None:
    """Put labels on threads; those that are there stay. Labels of nobody are left out."""
    await connection.execute(
        """
        INSERT INTO conversation_label (workspace_id, conversation_id, label_id)
        SELECT $1, c, l.id FROM unnest($2::uuid[]) AS c CROSS JOIN label l WHERE l.workspace_id = $1 AND l.id = ANY($3)
        ON CONFLICT ON CONSTRAINT conversation_label_pkey DO NOTHING
        """,
        workspace,
        list(conversations),
        list(labels),
    )


async def copy_labels(connection: Connection, workspace: WorkspaceId, source: UUID, *, target: UUID) -> None:
    """Put the labels of one thread on another too."""
    await connection.execute(
        """
        INSERT INTO conversation_label (workspace_id, conversation_id, label_id)
        SELECT workspace_id, $3, label_id FROM conversation_label WHERE workspace_id = $1 AND conversation_id = $2
        ON CONFLICT ON CONSTRAINT conversation_label_pkey DO NOTHING
        """,
        workspace,
        source,
        target,
    )


async def take_labels(connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID], *, labels: Sequence[UUID]) -> None:
    """Take labels from threads."""
    await connection.execute(
        "DELETE FROM conversation_label WHERE workspace_id = $1 AND conversation_id = ANY($2) AND label_id = ANY($3)",
        workspace,
        list(conversations),
        list(labels),
    )
