"""Statements of saved filters: kept, changed, listed, and how much each finds. As `app`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import MemberId, SavedFilterId, WorkspaceId
from services.kit.db import Connection

FILTER = "id, member_id, name, shared, status, channel_id, owner_id, label_id, version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a filter narrows by; None does not narrow."""

    status: str | None = None
    channel_id: UUID | None = None
    owner_id: UUID | None = None
    label_id: UUID | None = None


async def filters_of(connection: Connection, workspace: WorkspaceId, member: MemberId, *, limit: int) -> list[asyncpg.Record]:
    """The member's own filters and everybody's, by name."""
    return await connection.fetch(
        f"""
        SELECT {FILTER} FROM saved_filter WHERE workspace_id = $1 AND (member_id = $2 OR shared) ORDER BY name, id LIMIT $3
        """,
        workspace,
        member,
        limit,
    )


async def filters_by_id(connection: Connection, workspace: WorkspaceId, member: MemberId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Filters that the member may see, in no order."""
    return await connection.fetch(
        f"SELECT {FILTER} FROM saved_filter WHERE workspace_id = $1 AND id = ANY($3) AND (member_id = $2 OR shared)",
        workspace,
        member,
        list(ids),
    )


async def missing_of(connection: Connection, workspace: WorkspaceId, chosen: Chosen) -> asyncpg.Record | None:
    """Which of what a filter names was never here: `channel`, `owner`, `label`, each true or false.

    Members who left still own what they left; nobody is missing while identity has told of no member.
    """
    return await connection.fetchrow(
        """
        SELECT $2::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM channel WHERE workspace_id = $1 AND id = $2) AS channel,
            $3::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM member WHERE workspace_id = $1 AND id = $3)
                AND EXISTS (SELECT FROM member WHERE workspace_id = $1) AS owner,
            $4::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM label WHERE workspace_id = $1 AND id = $4) AS label
        """,
        workspace,
        chosen.channel_id,
        chosen.owner_id,
        chosen.label_id,
    )


async def insert_filter(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    filter_id: SavedFilterId,
    *,
    member: MemberId,
    name: str,
    shared: bool,
    chosen: Chosen,
    now: datetime,
) -> asyncpg.Record | None:
    """Keep a new filter."""
    return await connection.fetchrow(
        f"""
        INSERT INTO saved_filter (workspace_id, id, member_id, name, shared, status, channel_id, owner_id, label_id, version, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10) RETURNING {FILTER}
        """,
        workspace,
        filter_id,
        member,
        name,
        shared,
        chosen.status,
        chosen.channel_id,
        chosen.owner_id,
        chosen.label_id,
        now,
    )


async def changed_filter(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    filter_id: SavedFilterId,
    *,
    member: MemberId,
    version: int,
    name: str,
    shared: bool,
    chosen: Chosen,
) -> asyncpg.Record | None:
    """Replace a filter of the member's at that version; None where it is another."""
    return await connection.fetchrow(
        f"""
        UPDATE saved_filter SET name = $5, shared = $6, status = $7, channel_id = $8, owner_id = $9, label_id = $10, version = version + 1
        WHERE workspace_id = $1 AND id = $2 AND member_id = $3 AND version = $4 RETURNING {FILTER}
        """,
        workspace,
        filter_id,
        member,
        version,
        name,
        shared,
        chosen.status,
        chosen.channel_id,
        chosen.owner_id,
        chosen.label_id,
    )


async def delete_filter(connection: Connection, workspace: WorkspaceId, filter_id: SavedFilterId, *, member: MemberId) -> bool:
    """Forget a filter of the member's; False where there is none."""
    answer = await connection.execute(
        "DELETE FROM saved_filter WHERE workspace_id = $1 AND id = $2 AND member_id = $3", workspace, filter_id, member
    )
    return answer == "DELETE 1"


async def count_chosen(connection: Connection, workspace: WorkspaceId, chosen: Chosen, *, most: int) -> int:
    """How many conversations a filter finds, counted no further than `most`. Each combination is a statement that finds its own index."""
    conditions: list[str] = []
    values: list[object] = [workspace, most]
    for column, value in (("status", chosen.status), ("channel_id", chosen.channel_id), ("owner_id", chosen.owner_id)):
        if value is not None:
            values.append(value)
            conditions.append(f"AND c.{column} = ${len(values)}")
    labelled = ""
    if chosen.label_id is not None:
        values.append(chosen.label_id)
        labelled = f"JOIN conversation_label l ON l.workspace_id = $1 AND l.conversation_id = c.id AND l.label_id = ${len(values)}"
    found: int = await connection.fetchval(
        f"""
        SELECT count(*)::int FROM (
            SELECT FROM conversation c {labelled} WHERE c.workspace_id = $1 AND c.survivor_id IS NULL {" ".join(conditions)} LIMIT $2
        ) x
        """,
        *values,
    )
    return found
