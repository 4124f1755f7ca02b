"""Statements that change threads: status, owner, priority, merges, links, followers. Set-based, as `app`.

Whoever changes several threads locks them first, in the order of their ids (`history.lock_conversations`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ConversationId, WorkspaceId
from services.engagement.statements.reading import GROUP
from services.kit.db import Connection

STATE = "id, channel_id, profile_id, status, owner_id, priority, snoozed_until, spam, survivor_id, merged_into, version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of a thread; None leaves a thing as it is. `owner` counts where `sets_owner`, and None is then nobody."""

    status: str | None = None
    snoozed_until: datetime | None = None
    sets_owner: bool = False
    owner: UUID | None = None
    priority: str | None = None
    spam: bool | None = None


async def owners_found(connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID]) -> list[asyncpg.Record]:
    """Give threads without an owner to the member whose reply went out last, if that member works here; gives id and owner_id."""
    return await connection.fetch(
        """
        UPDATE conversation c SET owner_id = answered.member_id
        FROM unnest($2::uuid[]) AS asked (id) CROSS JOIN LATERAL (
            SELECT r.member_id FROM reply r
            WHERE r.workspace_id = $1 AND r.conversation_id = asked.id AND r.member_id IS NOT NULL
                AND r.state IN ('sent', 'delivered', 'read')
            ORDER BY r.id DESC LIMIT 1
        ) answered
        WHERE c.workspace_id = $1 AND c.id = asked.id AND c.owner_id IS NULL
            AND NOT EXISTS (SELECT FROM member m WHERE m.workspace_id = $1 AND m.id = answered.member_id AND NOT m.active)
        RETURNING c.id, c.owner_id
        """,
        workspace,
        list(conversations),
    )


async def give_conversations(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Give threads that are locked to others; rows are (conversation, owner or None). Their versions are the caller's."""
    await connection.execute(
        """
        UPDATE conversation c SET owner_id = r.owner_id FROM unnest($2::uuid[], $3::uuid[]) AS r (id, owner_id)
        WHERE c.workspace_id = $1 AND c.id = r.id
        """,
        workspace,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def handed_conversations(
    connection: Connection, workspace: WorkspaceId, *, former: UUID, owner: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Give some of a member's threads that are not closed to another, or to nobody; gives them as they are now."""
    return await connection.fetch(
        f"""
        UPDATE conversation SET owner_id = $3, version = version + 1
        WHERE workspace_id = $1 AND id = ANY(ARRAY(
            SELECT k.id FROM conversation k
            WHERE k.workspace_id = $1 AND k.owner_id = $2 AND k.status <> 'closed' AND k.survivor_id IS NULL
            ORDER BY k.id LIMIT $4 FOR UPDATE
        ))
        RETURNING {STATE}
        """,
        workspace,
        former,
        owner,
        limit,
    )


async def handed_follows(connection: Connection, workspace: WorkspaceId, *, former: UUID, successor: UUID, limit: int) -> int:
    """Let another follow some of the threads that a member follows, in the member's place; gives how many."""
    return (
        await connection.fetchval(
            """
            WITH left_behind AS (
                DELETE FROM conversation_follower WHERE workspace_id = $1 AND member_id = $2 AND conversation_id = ANY(ARRAY(
                    SELECT f.conversation_id FROM conversation_follower f
                    WHERE f.workspace_id = $1 AND f.member_id = $2 ORDER BY f.conversation_id LIMIT $4
                )) RETURNING conversation_id, since
            ), taken AS (
                INSERT INTO conversation_follower (workspace_id, conversation_id, member_id, since)
                SELECT $1, conversation_id, $3, since FROM left_behind
                ON CONFLICT ON CONSTRAINT conversation_follower_pkey DO NOTHING
            )
            SELECT count(*) FROM left_behind
            """,
            workspace,
            former,
            successor,
            limit,
        )
        or 0
    )


async def survivors(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """The thread that speaks for each: itself, or the one it was merged into. Rows are (asked_id, id)."""
    return await connection.fetch(
        "SELECT id AS asked_id, coalesce(survivor_id, id) AS id FROM conversation WHERE workspace_id = $1 AND id = ANY($2)",
        workspace,
        list(ids),
    )


async def changed_conversations(
    connection: Connection,
    workspace: WorkspaceId,
    ids: Sequence[UUID],
    *,
    change: Change,
    version: int | None,
    member: UUID | None,
) -> list[asyncpg.Record]:
    """Change threads, where `version` is given only at that version. Gives those that changed, as they are now."""
    return await connection.fetch(
        f"""
        UPDATE conversation SET
            status = coalesce($3, status),
            snoozed_until = CASE WHEN $3::text IS NULL THEN snoozed_until WHEN $3 = 'snoozed' THEN $4::timestamptz END,
            owner_id = CASE WHEN $5::boolean THEN $6 ELSE owner_id END,
            priority = coalesce($7, priority),
            spam = coalesce($8, spam),
            version = version + 1,
            closed_version = CASE WHEN $3 = 'closed' THEN version + 1 ELSE closed_version END,
            closed_by = CASE WHEN $3 = 'closed' THEN $9 ELSE closed_by END
        WHERE workspace_id = $1 AND id = ANY($2) AND survivor_id IS NULL AND ($10::int IS NULL OR version = $10)
        RETURNING {STATE}
        """,
        workspace,
        list(ids),
        change.status,
        change.snoozed_until,
        change.sets_owner,
        change.owner,
        change.priority,
        change.spam,
        member,
        version,
    )


async def woken_conversations(connection: Connection, workspace: WorkspaceId, *, now: datetime, limit: int) -> list[asyncpg.Record]:
    """Open the threads whose snooze is over, the longest overdue first; those that somebody holds come next time."""
    return await connection.fetch(
        f"""
        UPDATE conversation SET status = 'open', snoozed_until = NULL, version = version + 1
        WHERE workspace_id = $1 AND id = ANY(ARRAY(
            SELECT id FROM conversation WHERE workspace_id = $1 AND status = 'snoozed' AND snoozed_until <= $2
            ORDER BY snoozed_until LIMIT $3 FOR UPDATE SKIP LOCKED
        ))
        RETURNING {STATE}
        """,
        workspace,
        now,
        limit,
    )


async def follow_conversation(
    connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, members: Sequence[UUID], now: datetime
) -> None:
    """Let members follow a thread; who does already, does so since before."""
    await connection.execute(
        """
        INSERT INTO conversation_follower (workspace_id, conversation_id, member_id, since)
        SELECT $1, $2, m, $4 FROM unnest($3::uuid[]) AS m ON CONFLICT ON CONSTRAINT conversation_follower_pkey DO NOTHING
        """,
        workspace,
        conversation,
        sorted(set(members)),
        now,
    )


async def unfollow_conversation(connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, member: UUID) -> None:
    """Let a member follow a thread no longer."""
    await connection.execute(
        "DELETE FROM conversation_follower WHERE workspace_id = $1 AND conversation_id = $2 AND member_id = $3",
        workspace,
        conversation,
        member,
    )


async def followers_of(connection: Connection, workspace: WorkspaceId, conversation: ConversationId) -> list[UUID]:
    """Who follows a thread, the longest first."""
    rows = await connection.fetch(
        "SELECT member_id FROM conversation_follower WHERE workspace_id = $1 AND conversation_id = $2 ORDER BY since, member_id",
        workspace,
        conversation,
    )
    return [row["member_id"] for row in rows]


async def states_of(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Threads as they are themselves, also those that were merged away; in no order."""
    return await connection.fetch(f"SELECT {STATE} FROM conversation WHERE workspace_id = $1 AND id = ANY($2)", workspace, list(ids))


async def merged_conversations(
    connection: Connection, workspace: WorkspaceId, source: ConversationId, *, target: ConversationId
) -> list[asyncpg.Record]:
    """Let `target` speak for `source` and for all that `source` spoke for. Both are locked and speak for themselves.

    The target counts on from the higher version, so that what either has seen is older. It is open if either was, and keeps its owner.
    What people said in the source is news to whoever has work in the target.
    """
    return await connection.fetch(
        f"""
        WITH source AS (SELECT * FROM conversation WHERE workspace_id = $1 AND id = $2), away AS (
            UPDATE conversation SET survivor_id = $3, merged_into = CASE WHEN id = $2 THEN $3 ELSE merged_into END,
                status = 'closed', snoozed_until = NULL, absorbs = false, version = version + 1
            WHERE workspace_id = $1 AND id = ANY(ARRAY(
                SELECT id FROM conversation WHERE workspace_id = $1 AND survivor_id = $2 UNION ALL SELECT $2::uuid
            )) RETURNING {STATE}
        ), lead AS (
            UPDATE conversation t SET absorbs = true, version = greatest(t.version, s.version) + 1,
                status = CASE WHEN s.status = 'open' THEN 'open' ELSE t.status END,
                snoozed_until = CASE WHEN s.status = 'open' THEN NULL ELSE t.snoozed_until END,
                owner_id = coalesce(t.owner_id, s.owner_id), last_activity_at = greatest(t.last_activity_at, s.last_activity_at),
                inbound_version = CASE WHEN s.inbound_version > 0 THEN greatest(t.version, s.version) + 1 ELSE t.inbound_version END,
                answered_at = greatest(t.answered_at, s.answered_at)
            FROM source s WHERE t.workspace_id = $1 AND t.id = $3
            RETURNING {", ".join("t." + name for name in STATE.split(", "))}
        ), told AS (
            UPDATE conversation_task k SET unread = true FROM source s
            WHERE k.workspace_id = $1 AND k.conversation_id = $3 AND s.inbound_version > 0
              AND k.member_id IS NOT NULL AND NOT k.closed AND NOT k.unread
        )
        SELECT * FROM away WHERE id = $2 UNION ALL SELECT * FROM lead
        """,
        workspace,
        source,
        target,
    )


async def split_conversations(
    connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, lead: ConversationId
) -> list[asyncpg.Record]:
    """Let a thread that was merged away speak again for itself and for those that were merged into it. Both are locked."""
    return await connection.fetch(
        f"""
        WITH RECURSIVE tree AS (
            SELECT $2::uuid AS id
            UNION
            SELECT k.id FROM tree JOIN conversation k ON k.merged_into = tree.id
            WHERE k.workspace_id = $1 AND k.survivor_id = $3
        ), old AS (SELECT version FROM conversation WHERE workspace_id = $1 AND id = $3), back AS (
            UPDATE conversation c SET
                survivor_id = CASE WHEN c.id = $2 THEN NULL ELSE $2 END, merged_into = CASE WHEN c.id = $2 THEN NULL ELSE c.merged_into END,
                absorbs = c.id = $2 AND (SELECT count(*) FROM tree) > 1, version = greatest(c.version, old.version) + 1,
                status = CASE WHEN c.id = $2 THEN 'open' ELSE c.status END
            FROM old WHERE c.workspace_id = $1 AND c.id = ANY(ARRAY(SELECT id FROM tree))
            RETURNING {", ".join("c." + name for name in STATE.split(", "))}
        ), left_behind AS (
            UPDATE conversation SET version = version + 1, absorbs = EXISTS (
                SELECT FROM conversation k WHERE k.workspace_id = $1 AND k.survivor_id = $3 AND NOT k.id = ANY(ARRAY(SELECT id FROM tree))
            ) WHERE workspace_id = $1 AND id = $3 RETURNING {STATE}
        )
        SELECT * FROM back WHERE id = $2 UNION ALL SELECT * FROM left_behind
        """,
        workspace,
        conversation,
        lead,
    )


async def refresh_activity(connection: Connection, workspace: WorkspaceId, conversation: ConversationId) -> None:
    """Say anew when a thread, with those read as one with it, was last active: from its rows."""
    await connection.execute(
        f"""
        UPDATE conversation SET last_activity_at = greatest(started_at, (
            SELECT max(newest.occurred_at) FROM unnest(ARRAY{GROUP}) AS m (id) CROSS JOIN LATERAL (
                SELECT h.occurred_at FROM interaction h WHERE h.workspace_id = $1 AND h.conversation_id = m.id
                ORDER BY h.occurred_at DESC, h.id DESC LIMIT 1
            ) newest
        )) WHERE workspace_id = $1 AND id = $2
        """,
        workspace,
        conversation,
    )


async def copy_followers(connection: Connection, workspace: WorkspaceId, source: ConversationId, *, target: ConversationId) -> None:
    """Let whoever follows one thread follow another too."""
    await connection.execute(
        """
        INSERT INTO conversation_follower (workspace_id, conversation_id, member_id, since)
        SELECT workspace_id, $3, member_id, since FROM conversation_follower WHERE workspace_id = $1 AND conversation_id = $2
        ON CONFLICT ON CONSTRAINT conversation_follower_pkey DO NOTHING
        """,
        workspace,
        source,
        target,
    )


async def copy_links(
    connection: Connection, workspace: WorkspaceId, source: ConversationId, *, target: ConversationId, member: UUID | None, now: datetime
) -> None:
    """Tie a thread to whatever another is tied to, both ways, but not to itself."""
    await connection.execute(
        """
        WITH linked AS (
            SELECT linked_id AS id FROM conversation_link WHERE workspace_id = $1 AND conversation_id = $2 AND linked_id <> $3
        )
        INSERT INTO conversation_link (workspace_id, conversation_id, linked_id, member_id, created_at)
        SELECT $1, pair.conversation_id, pair.linked_id, $4, $5 FROM (
            SELECT $3 AS conversation_id, id AS linked_id FROM linked UNION ALL SELECT id, $3 FROM linked
        ) pair ORDER BY pair.conversation_id, pair.linked_id
        ON CONFLICT ON CONSTRAINT conversation_link_pkey DO NOTHING
        """,
        workspace,
        source,
        target,
        member,
        now,
    )


async def insert_link(
    connection: Connection,
    workspace: WorkspaceId,
    conversation: ConversationId,
    *,
    other: ConversationId,
    member: UUID | None,
    now: datetime,
) -> bool:
    """Tie two threads together, both ways; False where they are tied."""
    answer = await connection.execute(
        """
        INSERT INTO conversation_link (workspace_id, conversation_id, linked_id, member_id, created_at)
        VALUES ($1, least($2::uuid, $3::uuid), greatest($2::uuid, $3::uuid), $4, $5),
            ($1, greatest($2::uuid, $3::uuid), least($2::uuid, $3::uuid), $4, $5)
        ON CONFLICT ON CONSTRAINT conversation_link_pkey DO NOTHING
        """,
        workspace,
        conversation,
        other,
        member,
        now,
    )
    return answer != "INSERT 0 0"


async def delete_link(connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, other: ConversationId) -> bool:
    """Untie two threads; False where they are not tied."""
    answer = await connection.execute(
        """
        DELETE FROM conversation_link WHERE workspace_id = $1
          AND ((conversation_id = $2 AND linked_id = $3) OR (conversation_id = $3 AND linked_id = $2))
        """,
        workspace,
        conversation,
        other,
    )
    return answer != "DELETE 0"
