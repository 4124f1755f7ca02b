"""Statements of promises: made, settled, and told when they fall due. As `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ConversationId, MemberId, WorkspaceId
from services.engagement.statements.reading import Position
from services.kit.db import Connection

PROMISE = "id, conversation_id, profile_id, member_id, text, due_at, state, made_at, settled_at, settled_by, version"
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_FIRST = UUID(int=0)


async def insert_promise(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    promise: UUID,
    *,
    conversation: ConversationId,
    member: MemberId | None,
    text: str,
    due_at: datetime,
    now: datetime,
) -> asyncpg.Record | None:
    """A new promise to the person of a thread; None where there is no such thread."""
    return await connection.fetchrow(
        f"""
        INSERT INTO promise (workspace_id, id, conversation_id, profile_id, member_id, text, due_at, state, told, made_at, version)
        SELECT $1, $2, c.id, c.profile_id, $4, $5, $6, 'open', '', $7, 1 FROM conversation c WHERE c.workspace_id = $1 AND c.id = $3
        RETURNING {PROMISE}
        """,
        workspace,
        promise,
        conversation,
        member,
        text,
        due_at,
        now,
    )


async def promises_by_id(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Promises, in no order."""
    return await connection.fetch(f"SELECT {PROMISE} FROM promise WHERE workspace_id = $1 AND id = ANY($2)", workspace, list(ids))


async def promises_in(connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID], *, limit: int) -> list[asyncpg.Record]:
    """The promises of each thread, the next due first; `n` says of which (from 1)."""
    return await connection.fetch(
        f"""
        SELECT c.n::int AS n, p.* FROM unnest($2::uuid[]) WITH ORDINALITY AS c (conversation_id, n)
        CROSS JOIN LATERAL (
            SELECT {PROMISE} FROM promise o WHERE o.workspace_id = $1 AND o.conversation_id = ANY(ARRAY(
                SELECT c.conversation_id
                UNION ALL
                SELECT k.id FROM conversation k WHERE k.workspace_id = $1 AND k.survivor_id = c.conversation_id
            ))
            ORDER BY o.due_at, o.id LIMIT $3
        ) p ORDER BY c.n, p.due_at, p.id
        """,
        workspace,
        list(conversations),
        limit,
    )


async def open_promises(connection: Connection, workspace: WorkspaceId, *, after: Position, limit: int) -> list[asyncpg.Record]:
    """All that is promised and not settled, the next due first."""
    return await connection.fetch(
        f"""
        SELECT {PROMISE} FROM promise WHERE workspace_id = $1 AND state = 'open' AND (due_at, id) > ($2, $3)
        ORDER BY due_at, id LIMIT $4
        """,
        workspace,
        *(after or (_EPOCH, _FIRST)),
        limit,
    )


async def settle_promise(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    promise: UUID,
    *,
    state: str,
    version: int,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record | None:
    """Say what became of an open promise; None where it is not open, or `version` is not the present one."""
    return await connection.fetchrow(
        f"""
        UPDATE promise SET state = $3, settled_by = $5, settled_at = $6, version = version + 1
        WHERE workspace_id = $1 AND id = $2 AND version = $4 AND state = 'open' RETURNING {PROMISE}
        """,
        workspace,
        promise,
        state,
        version,
        member,
        now,
    )


async def tell_promises(
    connection: Connection, workspace: WorkspaceId, *, now: datetime, soon: datetime, limit: int
) -> list[asyncpg.Record]:
    """Mark as told what falls due until `soon`, and what is overdue; gives both, each once per stage."""
    return await connection.fetch(
        f"""
        WITH due AS (
            SELECT id FROM promise
            WHERE workspace_id = $1 AND state = 'open' AND told <> 'overdue' AND due_at <= $3 AND (told = '' OR due_at <= $2)
            ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED
        )
        UPDATE promise SET told = CASE WHEN due_at <= $2 THEN 'overdue' ELSE 'due' END FROM due
        WHERE promise.workspace_id = $1 AND promise.id = due.id
        RETURNING {", ".join("promise." + name.strip() for name in PROMISE.split(","))}, promise.told
        """,
        workspace,
        now,
        soon,
        limit,
    )


async def handed_promises(connection: Connection, workspace: WorkspaceId, *, former: UUID, successor: UUID, limit: int) -> int:
    """Let another keep some of the open promises of a member; gives how many."""
    rows = await connection.fetch(
        """
        UPDATE promise SET member_id = $3, version = version + 1
        WHERE workspace_id = $1 AND state = 'open' AND id = ANY(ARRAY(
            SELECT p.id FROM promise p WHERE p.workspace_id = $1 AND p.state = 'open' AND p.member_id = $2
            ORDER BY p.id LIMIT $4 FOR UPDATE
        ))
        RETURNING id
        """,
        workspace,
        former,
        successor,
        limit,
    )
    return len(rows)
