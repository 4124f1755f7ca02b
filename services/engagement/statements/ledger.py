"""Statements of the ledger as a whole: its sums, what is withheld from it, and who is blocked. Set-based, as `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ConversationId, ProfileId, WorkspaceId
from services.engagement.statements.reading import GROUP, Position
from services.kit.db import Connection

_SETTLED = "i.id, i.profile_id, i.conversation_id"
OWN_LEAD = "CASE WHEN c.survivor_id IS NULL THEN c.id ELSE c.survivor_id END"
# The lock on who is blocked in the workspace $1.
BLOCKS = "hashtextextended('engagement.blocks:' || $1::uuid, 0)"
# What was withheld for the reason $3 is owed again, unless the other reason holds as well: then it is withheld for that.
_REINSTATED = f"""
WITH withheld AS (
    SELECT i.id, CASE WHEN b.profile_id IS NOT NULL THEN 'blocked' WHEN lead.spam THEN 'spam' ELSE '' END AS still
    FROM interaction i JOIN conversation c ON c.workspace_id = $1 AND c.id = i.conversation_id
    JOIN conversation lead ON lead.workspace_id = $1 AND lead.id = {OWN_LEAD}
    LEFT JOIN blocked_profile b ON b.workspace_id = $1 AND b.profile_id = i.profile_id
    WHERE i.workspace_id = $1 AND {{whose}} AND i.ledger = 'exempt' AND i.ledger_reason = $3 AND i.deleted_at IS NULL
    ORDER BY i.id FOR UPDATE OF i
), written AS (
    UPDATE interaction i SET ledger = CASE w.still WHEN '' THEN 'owed' ELSE 'exempt' END, ledger_reason = w.still,
        settled_at = CASE WHEN w.still <> '' THEN i.settled_at END, member_id = CASE WHEN w.still <> '' THEN i.member_id END,
        due_at = coalesce(i.due_at, $4)
    FROM withheld w WHERE i.workspace_id = $1 AND i.id = w.id RETURNING {_SETTLED}, w.still
)
SELECT id, profile_id, conversation_id FROM written WHERE still = ''
"""


async def ledger_counts(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> asyncpg.Record:
    """The ledger's five states and their sum at this instant, from one statement. Owed past its due time is alarm.

    The sums are kept; only what is overdue is counted, by its index.
    """
    row = await connection.fetchrow(
        """
        WITH kept AS (
            SELECT coalesce(sum(count) FILTER (WHERE ledger = 'owed'), 0)::int AS owed,
                coalesce(sum(count) FILTER (WHERE ledger = 'answered'), 0)::int AS answered,
                coalesce(sum(count) FILTER (WHERE ledger = 'declined'), 0)::int AS declined,
                coalesce(sum(count) FILTER (WHERE ledger = 'exempt'), 0)::int AS exempt
            FROM ledger_sum WHERE workspace_id = $1
        ), late AS (
            SELECT count(*)::int AS alarm FROM interaction WHERE workspace_id = $1 AND ledger = 'owed' AND due_at < $2
        )
        SELECT owed + answered + declined + exempt AS inbound, owed - alarm AS owed, answered, declined, exempt, alarm FROM kept, late
        """,
        workspace,
        now,
    )
    if row is None:
        message = "an aggregate gives one row"
        raise LookupError(message)
    return row


async def fold_sums(connection: Connection, workspace: WorkspaceId, *, beyond: int) -> None:
    """Add the parts of the workspace's sums together once there are more than `beyond`. Readers see the old parts or the new."""
    await connection.execute(
        """
        WITH parts AS (
            SELECT id FROM ledger_sum WHERE workspace_id = $1
              AND (SELECT count(*) FROM ledger_sum WHERE workspace_id = $1) > $2 FOR UPDATE SKIP LOCKED
        ), gone AS (
            DELETE FROM ledger_sum WHERE workspace_id = $1 AND id = ANY(ARRAY(SELECT id FROM parts)) RETURNING ledger, count
        )
        INSERT INTO ledger_sum (workspace_id, ledger, count)
        SELECT $1, ledger, sum(count) FROM gone GROUP BY ledger HAVING sum(count) <> 0
        """,
        workspace,
        beyond,
    )


async def exempted_of_profile(
    connection: Connection, workspace: WorkspaceId, profile: ProfileId, *, member: UUID | None, now: datetime
) -> list[asyncpg.Record]:
    """Exempt all that a person is owed, as blocked."""
    return await connection.fetch(
        f"""
        UPDATE interaction i SET ledger = 'exempt', ledger_reason = 'blocked', settled_at = $3, member_id = $4
        WHERE workspace_id = $1 AND profile_id = $2 AND ledger = 'owed' RETURNING {_SETTLED}
        """,
        workspace,
        profile,
        now,
        member,
    )


async def exempted_of_conversation(
    connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, member: UUID | None, now: datetime
) -> list[asyncpg.Record]:
    """Exempt all that is owed in a thread, and those read as one with it, as spam."""
    return await connection.fetch(
        f"""
        UPDATE interaction i SET ledger = 'exempt', ledger_reason = 'spam', settled_at = $3, member_id = $4
        WHERE workspace_id = $1 AND conversation_id = ANY(ARRAY{GROUP}) AND ledger = 'owed' RETURNING {_SETTLED}
        """,
        workspace,
        conversation,
        now,
        member,
    )


async def reinstated_of_profile(
    connection: Connection, workspace: WorkspaceId, profile: ProfileId, *, due: datetime
) -> list[asyncpg.Record]:
    """Owe again what was exempt as blocked; in a thread that is spam it is exempt as that. Without a due time it is due then."""
    return await connection.fetch(_REINSTATED.format(whose="i.profile_id = $2"), workspace, profile, "blocked", due)


async def reinstated_of_conversation(
    connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, due: datetime
) -> list[asyncpg.Record]:
    """Owe again what was exempt as spam; what a blocked person wrote is exempt as that. Without a due time it is due then."""
    whose = f"i.conversation_id = ANY(ARRAY{GROUP})"
    return await connection.fetch(_REINSTATED.format(whose=whose), workspace, conversation, "spam", due)


async def hold_blocks(connection: Connection, workspace: WorkspaceId) -> None:
    """Let nobody be blocked, or blocked no more, until this transaction ends: for who is about to owe something again.

    Any number hold them at once. Locked before anything else, so that nobody waits in a circle.
    """
    await connection.execute(f"SELECT pg_advisory_xact_lock_shared({BLOCKS})", workspace)


async def change_blocks(connection: Connection, workspace: WorkspaceId) -> None:
    """Wait until nobody holds the workspace's blocks, and be the only one until this transaction ends. Locked before anything else.

    What is owed anew takes no row that a block could wait for: without this, each would not see what the other is about to write.
    """
    await connection.execute(f"SELECT pg_advisory_xact_lock({BLOCKS})", workspace)


async def inserted_block(
    connection: Connection, workspace: WorkspaceId, profile: ProfileId, *, reason: str, member: UUID | None, now: datetime
) -> bool:
    """Block a person; False where they are blocked already."""
    answer = await connection.execute(
        """
        INSERT INTO blocked_profile (workspace_id, profile_id, reason, member_id, blocked_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT ON CONSTRAINT blocked_profile_pkey DO NOTHING
        """,
        workspace,
        profile,
        reason,
        member,
        now,
    )
    return answer != "INSERT 0 0"


async def delete_block(connection: Connection, workspace: WorkspaceId, profile: ProfileId) -> bool:
    """Take a block back; False where there is none."""
    answer = await connection.execute("DELETE FROM blocked_profile WHERE workspace_id = $1 AND profile_id = $2", workspace, profile)
    return answer != "DELETE 0"


async def blocks_of(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID]) -> list[asyncpg.Record]:
    """Which of these people are blocked, since when and why."""
    return await connection.fetch(
        """
        SELECT profile_id, reason, member_id, blocked_at FROM blocked_profile WHERE workspace_id = $1 AND profile_id = ANY($2)
        """,
        workspace,
        list(profiles),
    )


async def blocks_page(connection: Connection, workspace: WorkspaceId, *, before: Position, limit: int) -> list[asyncpg.Record]:
    """Who is blocked, the latest first."""
    after = "AND (blocked_at, profile_id) < ($3, $4)" if before is not None else ""
    return await connection.fetch(
        f"""
        SELECT profile_id AS id, profile_id, reason, member_id, blocked_at FROM blocked_profile
        WHERE workspace_id = $1 {after} ORDER BY blocked_at DESC, profile_id DESC LIMIT $2
        """,
        workspace,
        limit,
        *(before or ()),
    )


async def is_known_profile(connection: Connection, workspace: WorkspaceId, profile: ProfileId) -> bool:
    """Whether anything is known of this person here."""
    found = await connection.fetchval(
        """
        SELECT EXISTS (SELECT FROM profile_contact WHERE workspace_id = $1 AND profile_id = $2)
            OR EXISTS (SELECT FROM interaction WHERE workspace_id = $1 AND profile_id = $2)
        """,
        workspace,
        profile,
    )
    return bool(found)
