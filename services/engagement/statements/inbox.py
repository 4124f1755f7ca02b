"""Statements of the inbox: what waits for whom, how much of it, what has been read. Keyset everywhere, as `app`.

Work is listed by its due time, conversations by their last activity; each list walks one partial index.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ConversationId, MemberId, WorkspaceId
from services.engagement.statements.reading import END_OF_TIME, GROUP, LEAD, Position
from services.kit.db import Connection
from services.kit.ids import FIRST_ID, LAST_ID

BEGINNING_OF_TIME = datetime.min.replace(tzinfo=UTC)

_READ = """LEFT JOIN conversation_read r ON r.workspace_id = $1 AND r.member_id = $2 AND r.conversation_id = c.id"""
_UNREAD = "c.inbound_version > coalesce(r.version, 0) AS unread"
_CONVERSATION = "JOIN conversation c ON c.workspace_id = $1 AND c.id = t.conversation_id"
_TASK_ITEM = f"""t.task_id AS id, t.task_id, t.conversation_id, t.discipline, t.urgency, t.member_id, t.due_at, t.due_at AS at, {_UNREAD}"""
_THREAD_ITEM = f"""c.id, NULL::uuid AS task_id, c.id AS conversation_id, NULL::text AS discipline, NULL::text AS urgency,
    c.owner_id AS member_id, NULL::timestamptz AS due_at, c.last_activity_at AS at, {_UNREAD}"""


def _work(condition: str) -> str:
    """Open tasks under a condition, next due first. Parameters: workspace, reader, due after, id after, limit, what the condition needs."""
    return f"""
        SELECT {_TASK_ITEM} FROM (
            SELECT * FROM conversation_task k
            WHERE k.workspace_id = $1 AND NOT k.closed AND (k.due_at, k.task_id) > ($3, $4) AND {condition}
            ORDER BY k.due_at, k.task_id LIMIT $5
        ) t {_CONVERSATION} {_READ} ORDER BY t.due_at, t.task_id
    """


_OF_MEMBER = _work("k.member_id = $2")
_UNASSIGNED = _work("k.member_id IS NULL")
_WAITING = _work("true")
_OVERDUE = _work("k.due_at < $6")
_OF_DISCIPLINES = f"""
    SELECT {_TASK_ITEM} FROM (
        SELECT k.* FROM unnest($6::text[]) AS d (discipline)
        CROSS JOIN LATERAL (
            SELECT * FROM conversation_task q
            WHERE q.workspace_id = $1 AND q.discipline = d.discipline AND NOT q.closed AND (q.due_at, q.task_id) > ($3, $4)
            ORDER BY q.due_at, q.task_id LIMIT $5
        ) k
        ORDER BY k.due_at, k.task_id LIMIT $5
    ) t {_CONVERSATION} {_READ} ORDER BY t.due_at, t.task_id
"""
_OWNED = f"""
    SELECT {_THREAD_ITEM} FROM (
        SELECT * FROM conversation k
        WHERE k.workspace_id = $1 AND k.owner_id = $2 AND k.status <> 'closed' AND (k.last_activity_at, k.id) < ($3, $4)
        ORDER BY k.last_activity_at DESC, k.id DESC LIMIT $5
    ) c {_READ} ORDER BY c.last_activity_at DESC, c.id DESC
"""
_MENTIONS = f"""
    SELECT m.interaction_id AS id, NULL::uuid AS task_id, m.conversation_id, NULL::text AS discipline, NULL::text AS urgency,
        NULL::uuid AS member_id, NULL::timestamptz AS due_at, m.created_at AS at, {_UNREAD}
    FROM (
        SELECT * FROM mention k WHERE k.workspace_id = $1 AND k.member_id = $2 AND k.interaction_id < $3
        ORDER BY k.interaction_id DESC LIMIT $4
    ) m JOIN conversation c ON c.workspace_id = $1 AND c.id = m.conversation_id {_READ} ORDER BY m.interaction_id DESC
"""


async def work_of_member(
    connection: Connection, workspace: WorkspaceId, member: MemberId, *, after: Position, limit: int
) -> list[asyncpg.Record]:
    """Open tasks of one member."""
    return await connection.fetch(_OF_MEMBER, workspace, member, *_later(after), limit)


async def work_of_disciplines(
    connection: Connection, workspace: WorkspaceId, member: MemberId, *, disciplines: Sequence[str], after: Position, limit: int
) -> list[asyncpg.Record]:
    """Open tasks of some disciplines, whoever has them."""
    return await connection.fetch(_OF_DISCIPLINES, workspace, member, *_later(after), limit, list(disciplines))


async def unassigned_work(
    connection: Connection, workspace: WorkspaceId, member: MemberId, *, after: Position, limit: int
) -> list[asyncpg.Record]:
    """Open tasks that no member has taken."""
    return await connection.fetch(_UNASSIGNED, workspace, member, *_later(after), limit)


async def waiting_work(
    connection: Connection, workspace: WorkspaceId, member: MemberId, *, after: Position, limit: int
) -> list[asyncpg.Record]:
    """All open tasks."""
    return await connection.fetch(_WAITING, workspace, member, *_later(after), limit)


async def overdue_work(
    connection: Connection, workspace: WorkspaceId, member: MemberId, *, now: datetime, after: Position, limit: int
) -> list[asyncpg.Record]:
    """Open tasks that were due before now."""
    return await connection.fetch(_OVERDUE, workspace, member, *_later(after), limit, now)


async def owned_conversations(
    connection: Connection, workspace: WorkspaceId, member: MemberId, *, after: Position, limit: int
) -> list[asyncpg.Record]:
    """Threads of a member that are not closed, latest activity first."""
    before = after if after is not None else (END_OF_TIME, LAST_ID)
    return await connection.fetch(_OWNED, workspace, member, *before, limit)


async def mentions_of(
    connection: Connection, workspace: WorkspaceId, member: MemberId, *, after: Position, limit: int
) -> list[asyncpg.Record]:
    """Notes that mention a member, the newest first."""
    return await connection.fetch(_MENTIONS, workspace, member, LAST_ID if after is None else after[1], limit)


async def view_counts(
    connection: Connection, workspace: WorkspaceId, member: MemberId, *, disciplines: Sequence[str], now: datetime, most: int
) -> asyncpg.Record:
    """How much is in each view, counted no further than `most`; and how many of the member's own tasks have something unread."""
    row = await connection.fetchrow(
        """
        SELECT
            (SELECT count(*) FROM (SELECT FROM conversation_task k WHERE k.workspace_id = $1 AND k.member_id = $2 AND NOT k.closed
                LIMIT $5) x)::int AS mine,
            (SELECT count(*) FROM (
                SELECT FROM conversation_task k WHERE k.workspace_id = $1 AND k.member_id = $2 AND k.unread AND NOT k.closed LIMIT $5
            ) x)::int AS mine_unread,
            (SELECT count(*) FROM (SELECT FROM conversation k WHERE k.workspace_id = $1 AND k.owner_id = $2 AND k.status <> 'closed'
                LIMIT $5) x)::int AS owned,
            (SELECT count(*) FROM (
                SELECT FROM unnest($3::text[]) AS d (discipline) CROSS JOIN LATERAL (
                    SELECT FROM conversation_task k WHERE k.workspace_id = $1 AND k.discipline = d.discipline AND NOT k.closed LIMIT $5
                ) y LIMIT $5
            ) x)::int AS disciplines,
            (SELECT count(*) FROM (SELECT FROM conversation_task k WHERE k.workspace_id = $1 AND k.member_id IS NULL AND NOT k.closed
                LIMIT $5) x)::int AS unassigned,
            (SELECT count(*) FROM (SELECT FROM conversation_task k WHERE k.workspace_id = $1 AND NOT k.closed LIMIT $5) x)::int AS waiting,
            (SELECT count(*) FROM (SELECT FROM conversation_task k WHERE k.workspace_id = $1 AND k.due_at < $4 AND NOT k.closed
                LIMIT $5) x)::int AS overdue,
            (SELECT count(*) FROM (SELECT FROM mention k WHERE k.workspace_id = $1 AND k.member_id = $2 LIMIT $5) x)::int AS mentions
        """,
        workspace,
        member,
        list(disciplines),
        now,
        most,
    )
    if row is None:
        message = "an aggregate gives one row"
        raise LookupError(message)
    return row


def _unread_in(entries: str) -> str:
    """How many of a view's entries, as far as they are counted, have something that the reader has not read; thread by thread, by key."""
    return f"""(
        SELECT count(*) FILTER (WHERE u.unread) FROM ({entries} LIMIT $5) t CROSS JOIN LATERAL (
            SELECT {_UNREAD} FROM conversation c {_READ} WHERE c.workspace_id = $1 AND c.id = t.conversation_id OFFSET 0
        ) u
    )::int"""


def _unread_work(condition: str) -> str:
    return _unread_in(f"SELECT k.conversation_id FROM conversation_task k WHERE k.workspace_id = $1 AND NOT k.closed AND {condition}")


_UNREAD_OWNED = _unread_in(
    "SELECT k.id AS conversation_id FROM conversation k WHERE k.workspace_id = $1 AND k.owner_id = $2 AND k.status <> 'closed'"
)
_UNREAD_MENTIONS = _unread_in("SELECT k.conversation_id FROM mention k WHERE k.workspace_id = $1 AND k.member_id = $2")
_UNREAD_OF_DISCIPLINES = _unread_in(
    """SELECT q.conversation_id FROM unnest($3::text[]) AS d (discipline) CROSS JOIN LATERAL (
        SELECT k.conversation_id FROM conversation_task k
        WHERE k.workspace_id = $1 AND k.discipline = d.discipline AND NOT k.closed LIMIT $5
    ) q"""
)
_UNREAD_COUNTS = f"""
SELECT {_unread_work("k.member_id = $2")} AS mine, {_UNREAD_OWNED} AS owned, {_UNREAD_OF_DISCIPLINES} AS disciplines,
    {_unread_work("k.member_id IS NULL")} AS unassigned, {_unread_work("true")} AS waiting,
    {_unread_work("k.due_at < $4")} AS overdue, {_UNREAD_MENTIONS} AS mentions
"""


async def unread_counts(
    connection: Connection, workspace: WorkspaceId, member: MemberId, *, disciplines: Sequence[str], now: datetime, most: int
) -> asyncpg.Record:
    """How many entries of each view have something unread, among the first `most` of each."""
    row = await connection.fetchrow(_UNREAD_COUNTS, workspace, member, list(disciplines), now, most)
    if row is None:
        message = "an aggregate gives one row"
        raise LookupError(message)
    return row


async def channel_counts(connection: Connection, workspace: WorkspaceId, channels: Sequence[UUID], *, most: int) -> list[asyncpg.Record]:
    """How many threads of each channel are not closed, counted no further than `most`."""
    return await connection.fetch(
        """
        SELECT ch.id, (
            SELECT count(*) FROM (
                SELECT FROM conversation k WHERE k.workspace_id = $1 AND k.channel_id = ch.id AND k.status <> 'closed' LIMIT $3
            ) x
        )::int AS open
        FROM unnest($2::uuid[]) AS ch (id)
        """,
        workspace,
        list(channels),
        most,
    )


async def lock_leads(connection: Connection, workspace: WorkspaceId, conversations: Collection[UUID]) -> list[asyncpg.Record]:
    """Lock the threads that speak for these, in one order: meanwhile nobody says anything there, and nothing is read. Gives their ids."""
    return await connection.fetch(
        f"""
        SELECT c.id FROM conversation c WHERE c.workspace_id = $1 AND c.id = ANY(ARRAY(
            SELECT {LEAD} FROM conversation o WHERE o.workspace_id = $1 AND o.id = ANY($2)
        )) ORDER BY c.id FOR UPDATE
        """,
        workspace,
        list(conversations),
    )


async def unread_of(
    connection: Connection, workspace: WorkspaceId, member: MemberId, conversations: Sequence[UUID]
) -> list[asyncpg.Record]:
    """Which of these threads have something that the member has not read."""
    return await connection.fetch(
        f"SELECT c.id, {_UNREAD} FROM conversation c {_READ} WHERE c.workspace_id = $1 AND c.id = ANY($3)",
        workspace,
        member,
        list(conversations),
    )


async def mark_read(
    connection: Connection, workspace: WorkspaceId, member: MemberId, conversation: ConversationId, *, version: int | None, now: datetime
) -> None:
    """Remember how far the member has read (None: to the present end) a thread and those read as one with it; never less than before."""
    await connection.execute(
        f"""
        INSERT INTO conversation_read (workspace_id, member_id, conversation_id, version, read_at)
        SELECT $1, $3, c.id, least(coalesce($4::int, c.version), c.version), $5 FROM conversation c
        WHERE c.workspace_id = $1 AND c.id = ANY(ARRAY{GROUP})
        ORDER BY c.id
        ON CONFLICT ON CONSTRAINT conversation_read_pkey DO UPDATE
            SET version = greatest(conversation_read.version, EXCLUDED.version), read_at = EXCLUDED.read_at
        """,
        workspace,
        conversation,
        member,
        version,
        now,
    )


async def mark_unread(connection: Connection, workspace: WorkspaceId, member: MemberId, conversation: ConversationId) -> None:
    """Forget that the member has read a thread and those read as one with it."""
    await connection.execute(
        f"DELETE FROM conversation_read WHERE workspace_id = $1 AND member_id = $3 AND conversation_id = ANY(ARRAY{GROUP})",
        workspace,
        conversation,
        member,
    )


async def refresh_unread(connection: Connection, workspace: WorkspaceId, member: MemberId, conversation: ConversationId) -> None:
    """Say anew of the member's tasks in a thread, and in those read as one with it, whether there is something to read."""
    await connection.execute(
        f"""
        UPDATE conversation_task k SET unread = NOT k.unread
        FROM conversation c LEFT JOIN conversation_read r ON r.workspace_id = $1 AND r.member_id = $3 AND r.conversation_id = c.id
        WHERE c.workspace_id = $1 AND c.id = ANY(ARRAY{GROUP}) AND k.workspace_id = $1 AND k.conversation_id = c.id AND k.member_id = $3
          AND NOT k.closed AND k.unread <> (c.inbound_version > coalesce(r.version, 0))
        """,
        workspace,
        conversation,
        member,
    )


async def keep_tasks(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Keep the newest of each task. Rows: (task, conversation, discipline, member, urgency, due at, version, closed), one per task.

    The order of arrival does not matter: an older version changes nothing, and what is closed stays closed. Whether there is
    something to read is looked up, so the threads of those that have a member are locked.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        INSERT INTO conversation_task AS k
            (workspace_id, task_id, conversation_id, discipline, member_id, urgency, due_at, version, closed, unread)
        SELECT $1, n.*, n.member_id IS NOT NULL AND coalesce(c.inbound_version, 0) > coalesce(r.version, 0) FROM unnest(
            $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[], $8::int[], $9::boolean[]
        ) AS n (task_id, conversation_id, discipline, member_id, urgency, due_at, version, closed)
        LEFT JOIN conversation c ON c.workspace_id = $1 AND c.id = n.conversation_id
        LEFT JOIN conversation_read r ON r.workspace_id = $1 AND r.member_id = n.member_id AND r.conversation_id = n.conversation_id
        ORDER BY n.task_id
        ON CONFLICT ON CONSTRAINT conversation_task_pkey DO UPDATE SET
            discipline = CASE WHEN EXCLUDED.version > k.version THEN EXCLUDED.discipline ELSE k.discipline END,
            member_id = CASE WHEN EXCLUDED.version > k.version THEN EXCLUDED.member_id ELSE k.member_id END,
            urgency = CASE WHEN EXCLUDED.version > k.version THEN EXCLUDED.urgency ELSE k.urgency END,
            due_at = CASE WHEN EXCLUDED.version > k.version THEN EXCLUDED.due_at ELSE k.due_at END,
            unread = CASE WHEN EXCLUDED.version > k.version THEN EXCLUDED.unread ELSE k.unread END,
            version = greatest(k.version, EXCLUDED.version),
            closed = k.closed OR EXCLUDED.closed
        WHERE k.version < EXCLUDED.version OR (EXCLUDED.closed AND NOT k.closed)
        """,
        workspace,
        *columns,
    )


def _later(after: Position) -> tuple[datetime, UUID]:
    return after if after is not None else (BEGINNING_OF_TIME, FIRST_ID)
