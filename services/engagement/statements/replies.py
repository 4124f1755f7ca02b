"""Statements of replies: queueing, claiming one per conversation, and results that only the holder of the lease may write."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, ConversationId, InteractionId, MemberId, ReplyId, WorkspaceId
from services.engagement.statements.reading import GROUP
from services.kit.db import Connection

REPLY = """id, interaction_id, conversation_id, channel_id, profile_id, answers_id, about_id, kind, text, state, attempt, lease_id,
    due_at, member_id, reason, external_id, queued_at, doubted_at, escalated_at, sent_at, delivered_at, read_at, version,
    attachments, begun, automatic, purpose, decided_by, decided_at, change_kind, change_text, change_state, change_reason, change_attempt,
    change_member_id, change_asked_at, change_lease_id"""
# What a new reply is made of; lists and documents travel as text.
NEW_REPLY: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("interaction_id", "uuid"),
    ("conversation_id", "uuid"),
    ("channel_id", "uuid"),
    ("profile_id", "uuid"),
    ("answers_id", "uuid"),
    ("kind", "text"),
    ("text", "text"),
    ("state", "text"),
    ("due_at", "timestamptz"),
    ("member_id", "uuid"),
    ("queued_at", "timestamptz"),
    ("attachments", "text"),
    ("begun", "text"),
    ("automatic", "boolean"),
    ("purpose", "text"),
)
_DOCUMENTS = {"attachments", "begun"}
_NEW_NAMES = ", ".join(name for name, _ in NEW_REPLY)
_NEW_VALUES = ", ".join(f"n.{name}::jsonb" if name in _DOCUMENTS else f"n.{name}" for name, _ in NEW_REPLY)
_NEW_ARRAYS = ", ".join(f"${n}::{type_}[]" for n, (_, type_) in enumerate(NEW_REPLY, start=2))


async def locked_conversation(connection: Connection, workspace: WorkspaceId, conversation: ConversationId) -> asyncpg.Record | None:
    """The thread that is about to be answered, locked; for one that was merged away, its survivor."""
    return await connection.fetchrow(
        """
        SELECT id, channel_id, profile_id, kind, public, status, version, closed_version, closed_by, absorbs FROM conversation
        WHERE workspace_id = $1 AND id = (SELECT coalesce(survivor_id, id) FROM conversation WHERE workspace_id = $1 AND id = $2)
        FOR UPDATE
        """,
        workspace,
        conversation,
    )


async def answerable(
    connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, interaction: InteractionId | None
) -> asyncpg.Record | None:
    """The inbound row to answer: the given one, or the newest of the thread that is still there."""
    return await connection.fetchrow(
        f"""
        SELECT * FROM interaction
        WHERE workspace_id = $1 AND conversation_id = ANY(ARRAY{GROUP}) AND direction = 'inbound' AND ($3::uuid IS NULL OR id = $3)
        ORDER BY (deleted_at IS NOT NULL), occurred_at DESC, id DESC LIMIT 1
        """,
        workspace,
        conversation,
        interaction,
    )


async def last_inbound_at(
    connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, profile: UUID
) -> datetime | None:
    """When the person last wrote in this thread; reply windows count from there."""
    found: datetime | None = await connection.fetchval(
        """
        SELECT max(occurred_at) FROM interaction
        WHERE workspace_id = $1 AND conversation_id = $2 AND profile_id = $3 AND direction = 'inbound'
        """,
        workspace,
        conversation,
        profile,
    )
    return found


async def rows_since_version(
    connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, version: int
) -> list[asyncpg.Record]:
    """What came into the thread after the version that a member saw; neither automatic notices nor what was rejected."""
    return await connection.fetch(
        f"""
        SELECT i.id, i.direction, i.member_id, i.native FROM interaction i
        LEFT JOIN reply r ON r.workspace_id = $1 AND r.interaction_id = i.id
        WHERE i.workspace_id = $1 AND i.conversation_id = ANY(ARRAY{GROUP}) AND i.conversation_version > $3 AND i.kind <> 'note'
          AND r.automatic IS NOT TRUE AND r.state IS DISTINCT FROM 'rejected'
        ORDER BY i.conversation_version LIMIT 50
        """,
        workspace,
        conversation,
        version,
    )


async def insert_replies(connection: Connection, workspace: WorkspaceId, rows: Sequence[Mapping[str, object]]) -> list[asyncpg.Record]:
    """New replies, keyed by the names of NEW_REPLY; the absent ones are null."""
    columns = [[row.get(name) for row in rows] for name, _ in NEW_REPLY]
    return await connection.fetch(
        f"""
        INSERT INTO reply (workspace_id, {_NEW_NAMES}, attempt, reason, version)
        SELECT $1, {_NEW_VALUES}, 0, '', 1 FROM unnest({_NEW_ARRAYS}) AS n ({_NEW_NAMES}) RETURNING {REPLY}
        """,
        workspace,
        *columns,
    )


async def begun_with(connection: Connection, workspace: WorkspaceId, conversation: ConversationId) -> asyncpg.Record | None:
    """The reply with which we began this thread, if it was us."""
    return await connection.fetchrow(
        f"""
        SELECT {REPLY} FROM reply WHERE workspace_id = $1 AND conversation_id = $2 AND begun IS NOT NULL ORDER BY id LIMIT 1
        """,
        workspace,
        conversation,
    )


async def finish_attempt(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    reply: ReplyId,
    *,
    lease: UUID,
    state: str,
    reason: str,
    external_id: str | None,
    due_at: datetime | None,
    now: datetime,
) -> asyncpg.Record | None:
    """Write an attempt's result, if it still holds the lease; None where it does not."""
    return await connection.fetchrow(
        f"""
        UPDATE reply SET state = $4, reason = $5, external_id = coalesce($6, external_id), due_at = coalesce($7, due_at),
            sent_at = CASE WHEN $4 = 'sent' THEN $8 ELSE sent_at END,
            doubted_at = CASE WHEN $4 = 'unknown' THEN $8 ELSE doubted_at END, escalated_at = NULL,
            lease_id = NULL, lease_until = NULL, version = version + 1
        WHERE workspace_id = $1 AND id = $2 AND lease_id = $3 AND state = 'sending' RETURNING {REPLY}
        """,
        workspace,
        reply,
        lease,
        state,
        reason,
        external_id,
        due_at,
        now,
    )


async def settle_reply(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    reply: ReplyId,
    *,
    states: Sequence[str],
    state: str,
    reason: str,
    external_id: str | None,
    now: datetime,
) -> asyncpg.Record | None:
    """Move a reply from one of `states` to `state`, without a lease: by an echo, a receipt, a look-up or a person."""
    return await connection.fetchrow(
        f"""
        UPDATE reply SET state = $4, reason = $5, external_id = coalesce($6, external_id),
            sent_at = CASE WHEN $4 IN ('sent', 'delivered', 'read') THEN coalesce(sent_at, $7) ELSE sent_at END,
            delivered_at = CASE WHEN $4 IN ('delivered', 'read') THEN coalesce(delivered_at, $7) ELSE delivered_at END,
            read_at = CASE WHEN $4 = 'read' THEN coalesce(read_at, $7) ELSE read_at END,
            due_at = CASE WHEN $4 = 'queued' THEN $7 ELSE due_at END,
            lease_id = NULL, lease_until = NULL, version = version + 1
        WHERE workspace_id = $1 AND id = $2 AND state = ANY($3) RETURNING {REPLY}
        """,
        workspace,
        reply,
        list(states),
        state,
        reason,
        external_id,
        now,
    )


async def replies_by_id(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Replies, in no order."""
    return await connection.fetch(f"SELECT {REPLY} FROM reply WHERE workspace_id = $1 AND id = ANY($2)", workspace, list(ids))


async def replies_known_as(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, references: Sequence[str]
) -> list[asyncpg.Record]:
    """Replies of a channel by what the platform calls them: its own id, or the reply id that it hands back."""
    return await connection.fetch(
        f"""
        SELECT {REPLY} FROM reply WHERE workspace_id = $1 AND channel_id = $2 AND external_id = ANY($3)
        UNION
        SELECT {REPLY} FROM reply WHERE workspace_id = $1 AND channel_id = $2 AND id = ANY($4)
        """,
        workspace,
        channel,
        list(references),
        [reference for reference in map(_uuid, references) if reference is not None],
    )


async def replies_in_threads(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, keys: Sequence[bytes], until: datetime, limit: int
) -> list[asyncpg.Record]:
    """Replies that were sent until then and not read yet, in the threads of these keys, the latest first; beside each, its thread's key."""
    return await connection.fetch(
        f"""
        WITH thread AS (SELECT id, key FROM conversation WHERE workspace_id = $1 AND channel_id = $2 AND key = ANY($3))
        SELECT {REPLY}, (SELECT thread.key FROM thread WHERE thread.id = reply.conversation_id) AS thread_key
        FROM reply WHERE workspace_id = $1 AND conversation_id = ANY(SELECT thread.id FROM thread)
        AND state IN ('sent', 'delivered') AND sent_at <= $4 ORDER BY id DESC LIMIT $5
        """,
        workspace,
        channel,
        list(keys),
        until,
        limit,
    )


async def doubtful_replies(connection: Connection, workspace: WorkspaceId, *, since: datetime, limit: int) -> list[asyncpg.Record]:
    """Replies that came in doubt since then and that nobody has settled, the latest first; beside each, until when its channel is held."""
    return await connection.fetch(
        f"""
        SELECT {REPLY},
            (SELECT s.held_until FROM channel_state s WHERE s.workspace_id = $1 AND s.channel_id = reply.channel_id) AS held_until
        FROM reply WHERE workspace_id = $1 AND state = 'unknown' AND doubted_at > $2 ORDER BY doubted_at DESC LIMIT $3
        """,
        workspace,
        since,
        limit,
    )


async def unsettled_replies_to(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, profiles: Sequence[UUID], keys: Sequence[bytes]
) -> list[asyncpg.Record]:
    """Replies being sent or in doubt, to these people or in the threads of these keys, the oldest first; beside each, its thread's key."""
    return await connection.fetch(
        f"""
        WITH thread AS (SELECT id, key FROM conversation WHERE workspace_id = $1 AND channel_id = $2 AND key = ANY($4)),
        found AS (
            SELECT {REPLY} FROM reply WHERE workspace_id = $1 AND channel_id = $2 AND profile_id = ANY($3) AND state = 'sending'
            UNION
            SELECT {REPLY} FROM reply WHERE workspace_id = $1 AND channel_id = $2 AND profile_id = ANY($3) AND state = 'unknown'
            UNION
            SELECT {REPLY} FROM reply WHERE workspace_id = $1 AND conversation_id = ANY(SELECT thread.id FROM thread)
            AND state IN ('sending', 'unknown')
        )
        SELECT found.*, (SELECT thread.key FROM thread WHERE thread.id = found.conversation_id) AS thread_key FROM found ORDER BY id
        """,
        workspace,
        channel,
        list(profiles),
        list(keys),
    )


async def name_reply(connection: Connection, workspace: WorkspaceId, reply: ReplyId, *, attempt: int, external_id: str) -> None:
    """Keep what the platform calls a reply whose attempt was overtaken by news of it."""
    await connection.execute(
        """
        UPDATE reply SET external_id = $4
        WHERE workspace_id = $1 AND id = $2 AND attempt = $3 AND external_id IS NULL AND state IN ('sent', 'delivered', 'read')
        """,
        workspace,
        reply,
        attempt,
        external_id,
    )


async def name_interaction(
    connection: Connection, workspace: WorkspaceId, interaction: InteractionId, *, external_id: str, sent_at: datetime
) -> None:
    """Give a reply's row in the history the id that the platform gave it, unless another row already has it."""
    await connection.execute(
        """
        UPDATE interaction SET external_id = $3, occurred_at = $4
        WHERE workspace_id = $1 AND id = $2
          AND NOT EXISTS (
            SELECT FROM interaction o
            WHERE o.workspace_id = $1 AND o.channel_id = interaction.channel_id AND o.external_id = $3 AND o.id <> $2
          )
        """,
        workspace,
        interaction,
        external_id,
        sent_at,
    )


async def cancel_queued(
    connection: Connection, workspace: WorkspaceId, reply: ReplyId, *, member: MemberId | None
) -> asyncpg.Record | None:
    """Take back a reply that no sender has claimed; None where it is too late."""
    return await connection.fetchrow(
        f"""
        UPDATE reply SET state = 'failed', reason = 'cancelled', version = version + 1, member_id = coalesce(member_id, $3)
        WHERE workspace_id = $1 AND id = $2 AND state IN ('queued', 'proposed') RETURNING {REPLY}
        """,
        workspace,
        reply,
        member,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def unsent_page(
    connection: Connection, workspace: WorkspaceId, *, state: str, cancelled: str, after: tuple[datetime, UUID], limit: int
) -> list[asyncpg.Record]:
    """Replies that did not go out, the newest first; without those that were taken back, whose reason is `cancelled`."""
    return await connection.fetch(
        f"""
        SELECT {REPLY} FROM reply
        WHERE workspace_id = $1 AND state = $2 AND state IN ('failed', 'unknown', 'rejected') AND reason <> $3
            AND (queued_at, id) < ($4, $5)
        ORDER BY queued_at DESC, id DESC LIMIT $6
        """,
        workspace,
        state,
        cancelled,
        *after,
        limit,
    )


async def requeue_failed(connection: Connection, workspace: WorkspaceId, reply: ReplyId, *, now: datetime) -> asyncpg.Record | None:
    """Let a reply that failed wait to be sent again, as if it were new; None where it has not failed."""
    return await connection.fetchrow(
        f"""
        UPDATE reply SET state = 'queued', reason = '', attempt = 0, queued_at = $3, due_at = $3,
            lease_id = NULL, lease_until = NULL, version = version + 1
        WHERE workspace_id = $1 AND id = $2 AND state = 'failed' RETURNING {REPLY}
        """,
        workspace,
        reply,
        now,
    )
