"""Statements about what members are to know of: telling, listing, reading, reminders. All under row-level security."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.engagement.statements.reading import Position
from services.kit.db import Connection

NOTIFICATION = "id, kind, matter, conversation_id, channel_id, reason, count, created_at, changed_at, read_at"
COUNTED_AT_MOST = 1000


async def add_notifications(
    connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]], *, now: datetime
) -> list[asyncpg.Record]:
    """Write what members are to know of, each matter once: what is there unread is counted up. Gives those that are new.

    Rows are (id, member id, kind, matter, conversation id, channel id, reason, count, in app, by e-mail, by chat, by digest), one per
    member, kind and matter.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    return await connection.fetch(
        """
        WITH told AS (
            INSERT INTO notification AS n (workspace_id, id, member_id, kind, matter, conversation_id, channel_id, reason, count,
                in_app, by_email, by_chat, by_digest, created_at, changed_at)
            SELECT $1, t.*, $2, $2
            FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[], $9::text[], $10::int[],
                $11::boolean[], $12::boolean[], $13::boolean[], $14::boolean[])
                AS t (id, member_id, kind, matter, conversation_id, channel_id, reason, count, in_app, by_email, by_chat, by_digest)
            ORDER BY t.member_id, t.kind, t.matter
            ON CONFLICT (workspace_id, member_id, kind, matter) WHERE read_at IS NULL
            DO UPDATE SET count = n.count + EXCLUDED.count, reason = EXCLUDED.reason, changed_at = EXCLUDED.changed_at
            RETURNING n.id, n.member_id, n.kind, n.conversation_id, n.channel_id, n.in_app, n.by_email, n.by_chat, n.by_digest,
                n.xmax = 0 AS is_new
        )
        SELECT * FROM told WHERE is_new
        """,
        workspace,
        now,
        *columns,
    )


async def notifications_page(
    connection: Connection, workspace: WorkspaceId, member: UUID, *, unread: bool, before: Position, limit: int
) -> list[asyncpg.Record]:
    """What a member sees in the application, what changed last first."""
    changed_at, id_ = before or (None, None)
    return await connection.fetch(
        f"""
        SELECT {NOTIFICATION} FROM notification
        WHERE workspace_id = $1 AND member_id = $2 AND in_app AND (NOT $3::boolean OR read_at IS NULL)
            AND ($4::timestamptz IS NULL OR (changed_at, id) < ($4, $5))
        ORDER BY changed_at DESC, id DESC LIMIT $6
        """,
        workspace,
        member,
        unread,
        changed_at,
        id_,
        limit,
    )


async def count_unread(connection: Connection, workspace: WorkspaceId, member: UUID) -> int:
    """How many matters a member has not read; more than a thousand are counted as 1,001."""
    found: int = await connection.fetchval(
        f"""
        SELECT count(*) FROM (
            SELECT FROM notification WHERE workspace_id = $1 AND member_id = $2 AND read_at IS NULL AND in_app LIMIT {COUNTED_AT_MOST + 1}
        ) AS unread
        """,
        workspace,
        member,
    )
    return found


async def notifications_by_id(connection: Connection, workspace: WorkspaceId, member: UUID, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Those of these that are the member's."""
    return await connection.fetch(
        f"SELECT {NOTIFICATION} FROM notification WHERE workspace_id = $1 AND member_id = $2 AND id = ANY($3) AND in_app",
        workspace,
        member,
        list(ids),
    )


async def mark_read(connection: Connection, workspace: WorkspaceId, member: UUID, ids: Sequence[UUID], *, now: datetime) -> None:
    """The member has seen these."""
    await connection.execute(
        "UPDATE notification SET read_at = $4 WHERE workspace_id = $1 AND member_id = $2 AND id = ANY($3) AND read_at IS NULL",
        workspace,
        member,
        list(ids),
        now,
    )


async def mark_all_read(connection: Connection, workspace: WorkspaceId, member: UUID, *, until: datetime, now: datetime) -> None:
    """The member has seen all that happened until then."""
    await connection.execute(
        "UPDATE notification SET read_at = $4 WHERE workspace_id = $1 AND member_id = $2 AND read_at IS NULL AND changed_at <= $3",
        workspace,
        member,
        until,
        now,
    )


async def forget_notifications(connection: Connection, workspace: WorkspaceId, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` that nothing happened in since then; answers how many."""
    done = await connection.execute(
        """
        DELETE FROM notification WHERE workspace_id = $1 AND id = ANY(ARRAY(
            SELECT id FROM notification WHERE workspace_id = $1 AND changed_at < $2 ORDER BY changed_at LIMIT $3
        ))
        """,
        workspace,
        before,
        limit,
    )
    return int(done.rpartition(" ")[2])


async def owners_of(connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID]) -> list[asyncpg.Record]:
    """Whose these conversations are, as (id, owner_id)."""
    return await connection.fetch(
        "SELECT id, owner_id FROM conversation WHERE workspace_id = $1 AND id = ANY($2)", workspace, list(conversations)
    )


async def disciplines_of_replies(connection: Connection, workspace: WorkspaceId, replies: Sequence[UUID]) -> list[asyncpg.Record]:
    """Whose matter it is what these replies answer, as (id, discipline); without those that nobody has placed yet."""
    return await connection.fetch(
        """
        SELECT r.id, i.discipline FROM reply r JOIN interaction i ON i.workspace_id = r.workspace_id AND i.id = r.answers_id
        WHERE r.workspace_id = $1 AND r.id = ANY($2) AND i.workspace_id = $1 AND i.discipline IS NOT NULL
        """,
        workspace,
        list(replies),
    )


async def owed_and_due(
    connection: Connection, workspace: WorkspaceId, *, kind: str, after: datetime, until: datetime, limit: int
) -> list[asyncpg.Record]:
    """What is owed and falls due in that time, and was not told of as `kind`; the soonest first."""
    return await connection.fetch(
        """
        SELECT i.id, i.conversation_id, i.channel_id, i.discipline, i.due_at, c.owner_id
        FROM interaction i JOIN conversation c ON c.workspace_id = i.workspace_id AND c.id = i.conversation_id
        WHERE i.workspace_id = $1 AND i.ledger = 'owed' AND i.due_at > $3 AND i.due_at <= $4 AND NOT EXISTS (
            SELECT FROM reminder r WHERE r.workspace_id = $1 AND r.kind = $2 AND r.subject_id = i.id AND r.due_at = i.due_at
        )
        ORDER BY i.due_at LIMIT $5
        """,
        workspace,
        kind,
        after,
        until,
        limit,
    )


async def remember_reminders(
    connection: Connection, workspace: WorkspaceId, *, kind: str, rows: Sequence[tuple[UUID, datetime]]
) -> set[UUID]:
    """Say that these were told of; gives those of which that is news. Rows are (subject id, due at)."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    found = await connection.fetch(
        """
        INSERT INTO reminder (workspace_id, kind, subject_id, due_at)
        SELECT $1, $2, r.subject_id, r.due_at FROM unnest($3::uuid[], $4::timestamptz[]) AS r (subject_id, due_at) ORDER BY 3, 4
        ON CONFLICT DO NOTHING RETURNING subject_id
        """,
        workspace,
        kind,
        *columns,
    )
    return {row["subject_id"] for row in found}


async def channels_in_trouble(connection: Connection, workspace: WorkspaceId) -> list[asyncpg.Record]:
    """Channels that need attention, and why."""
    return await connection.fetch("SELECT id, trouble FROM channel WHERE workspace_id = $1 AND trouble <> ''", workspace)


async def forget_troubles(connection: Connection, workspace: WorkspaceId, *, kind: str, due_at: datetime, still: Sequence[UUID]) -> None:
    """What is no longer in trouble may be told of anew; `due_at` is that of all troubles."""
    await connection.execute(
        "DELETE FROM reminder WHERE workspace_id = $1 AND kind = $2 AND due_at = $3 AND NOT subject_id = ANY($4)",
        workspace,
        kind,
        due_at,
        list(still),
    )


async def forget_reminders(connection: Connection, workspace: WorkspaceId, *, before: datetime, limit: int) -> None:
    """Delete up to `limit` reminders of times long past."""
    await connection.execute(
        """
        DELETE FROM reminder WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM reminder WHERE workspace_id = $1 AND due_at < $2 ORDER BY due_at LIMIT $3
        ))
        """,
        workspace,
        before,
        limit,
    )
