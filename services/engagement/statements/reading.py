"""Statements that read the history: timelines, threads, the ledger. Keyset everywhere, newest first, as `app`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, WorkspaceId
from services.kit.db import Connection
from services.kit.ids import LAST_ID

_OF_REPLY = (
    "id text state member_id attempt reason external_id queued_at due_at doubted_at escalated_at sent_at delivered_at read_at version"
    " attachments automatic purpose decided_by decided_at change_kind change_text change_state change_reason change_member_id"
    " change_asked_at"
)
REPLY = ", ".join(f"r.{name} AS reply_{name}" for name in _OF_REPLY.split()) + ", r.begun -> 'choices' AS reply_choices"
INTERACTION = """i.id, i.conversation_id, i.channel_id, i.profile_id, i.external_id, i.kind, i.direction, i.public, i.occurred_at, i.source,
    i.text, i.rating, i.attachments, i.author_handle, i.author_name, i.venue_network, i.venue_scope, i.venue_external_id, i.venue_url,
    i.venue_title, i.venue_control, i.venue_media, i.reply_to, i.addressed, i.native, i.member_id, i.ledger, i.ledger_reason,
    i.discipline, i.phase, i.sentiment, i.urgency, i.due_at, i.edited_at, i.deleted_at, i.mentioned_member_ids,
    i.settled_at, i.answer_id, i.reply_to_profile_id, i.extra ->> 'payload' AS choice"""
# A thread that others were merged into counts with them; one without pays for no more than its own rows.
CONVERSATION = """c.id, c.channel_id, c.profile_id, c.platform, c.kind, c.public, c.status, c.title, c.started_at, c.last_activity_at,
    c.version, c.owner_id, c.priority, c.snoozed_until, c.spam,
    c.message_count + CASE WHEN c.absorbs THEN (
        SELECT coalesce(sum(m.message_count), 0) FROM conversation m WHERE m.workspace_id = c.workspace_id AND m.survivor_id = c.id
    )::int ELSE 0 END AS message_count,
    (SELECT count(*) FROM interaction o WHERE o.workspace_id = c.workspace_id AND o.conversation_id = c.id AND o.ledger = 'owed')::int
        + CASE WHEN c.absorbs THEN (
            SELECT count(*) FROM conversation m JOIN interaction o ON o.workspace_id = m.workspace_id AND o.conversation_id = m.id
            WHERE m.workspace_id = c.workspace_id AND m.survivor_id = c.id AND o.ledger = 'owed'
        )::int ELSE 0 END AS owed_count,
    ARRAY(SELECT l.label_id FROM conversation_label l WHERE l.workspace_id = c.workspace_id AND l.conversation_id = c.id) AS label_ids,
    ARRAY(SELECT f.member_id FROM conversation_follower f WHERE f.workspace_id = c.workspace_id AND f.conversation_id = c.id)
        AS follower_ids,
    ARRAY(SELECT k.linked_id FROM conversation_link k WHERE k.workspace_id = c.workspace_id AND k.conversation_id = c.id) AS linked_ids,
    CASE WHEN c.absorbs THEN ARRAY(
        SELECT m.id FROM conversation m WHERE m.workspace_id = c.workspace_id AND m.survivor_id = c.id
    ) ELSE '{}' END AS merged_ids"""
# The thread that speaks for another. A condition on coalesce loses its index under row-level security; one on CASE does not.
LEAD = "CASE WHEN o.survivor_id IS NULL THEN o.id ELSE o.survivor_id END"
# The threads that are read as one with the thread $2: the survivor and all that were merged into it.
GROUP = f"""(
    SELECT {LEAD} FROM conversation o WHERE o.workspace_id = $1 AND o.id = $2
    UNION ALL
    SELECT g.id FROM conversation o JOIN conversation g ON g.survivor_id = {LEAD}
    WHERE o.workspace_id = $1 AND o.id = $2 AND g.workspace_id = $1
)"""
_REPLY_JOIN = "LEFT JOIN reply r ON r.workspace_id = $1 AND r.interaction_id = i.id"
_PLATFORM_JOIN = "JOIN channel ch ON ch.workspace_id = $1 AND ch.id = i.channel_id"
# What a list says of a person came by no channel: its network stands for the platform.
_ANY_PLATFORM = "coalesce(ch.platform, i.venue_network) AS platform"
_ANY_PLATFORM_JOIN = f"LEFT {_PLATFORM_JOIN}"

Position = tuple[datetime, UUID] | None

TIMELINES = f"""
SELECT c.n::int AS n, {_ANY_PLATFORM}, {INTERACTION}, {REPLY}
FROM unnest($2::uuid[]) WITH ORDINALITY AS c (contact_id, n)
CROSS JOIN LATERAL (
    SELECT row.* FROM profile_contact pc
    CROSS JOIN LATERAL (
        SELECT * FROM interaction h
        WHERE h.workspace_id = $1 AND h.profile_id = pc.profile_id AND (h.occurred_at, h.id) < ($3, $4)
        ORDER BY h.occurred_at DESC, h.id DESC LIMIT $5
    ) row
    WHERE pc.workspace_id = $1 AND pc.contact_id = c.contact_id
    ORDER BY row.occurred_at DESC, row.id DESC LIMIT $5
) i
{_ANY_PLATFORM_JOIN}
{_REPLY_JOIN}
ORDER BY c.n, i.occurred_at DESC, i.id DESC
"""

THREADS = f"""
SELECT c.n::int AS n, ch.platform, {INTERACTION}, {REPLY}
FROM unnest($2::uuid[]) WITH ORDINALITY AS c (conversation_id, n)
JOIN conversation o ON o.workspace_id = $1 AND o.id = c.conversation_id
CROSS JOIN LATERAL (
    SELECT row.* FROM (
        SELECT {LEAD} AS id
        UNION ALL
        SELECT g.id FROM conversation g WHERE g.workspace_id = $1 AND g.survivor_id = {LEAD}
    ) t
    CROSS JOIN LATERAL (
        SELECT * FROM interaction h
        WHERE h.workspace_id = $1 AND h.conversation_id = t.id AND (h.occurred_at, h.id) < ($3, $4)
        ORDER BY h.occurred_at DESC, h.id DESC LIMIT $5
    ) row
    ORDER BY row.occurred_at DESC, row.id DESC LIMIT $5
) i
{_PLATFORM_JOIN}
{_REPLY_JOIN}
ORDER BY c.n, i.occurred_at DESC, i.id DESC
"""

END_OF_TIME = datetime.max.replace(tzinfo=UTC)


async def timelines_of_contacts(
    connection: Connection, workspace: WorkspaceId, contacts: Sequence[UUID], *, before: Position, limit: int
) -> list[asyncpg.Record]:
    """The newest rows of each contact's profiles, merged; `n` says of which contact (from 1). One statement for all."""
    return await connection.fetch(TIMELINES, workspace, list(contacts), *_position(before), limit)


async def threads_of_conversations(
    connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID], *, before: Position, limit: int
) -> list[asyncpg.Record]:
    """The newest rows of each conversation; `n` says of which (from 1)."""
    return await connection.fetch(THREADS, workspace, list(conversations), *_position(before), limit)


async def interactions_by_id(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Rows of the history with their replies and, where they have one, their `subject`; in no order."""
    return await connection.fetch(
        f"""
        SELECT {_ANY_PLATFORM}, {INTERACTION}, {REPLY}, i.extra ->> 'subject' AS subject
        FROM interaction i {_ANY_PLATFORM_JOIN} {_REPLY_JOIN}
        WHERE i.workspace_id = $1 AND i.id = ANY($2)
        """,
        workspace,
        list(ids),
    )


async def conversations_by_id(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Threads, in no order; `asked_id` is the id that was asked for, which a thread that was merged away answers with its survivor."""
    return await connection.fetch(
        f"""
        SELECT a.id AS asked_id, {CONVERSATION} FROM conversation a
        JOIN conversation c ON c.workspace_id = $1 AND c.id = CASE WHEN a.survivor_id IS NULL THEN a.id ELSE a.survivor_id END
        WHERE a.workspace_id = $1 AND a.id = ANY($2)
        """,
        workspace,
        list(ids),
    )


async def conversations_of_profiles(
    connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID], *, limit: int
) -> list[asyncpg.Record]:
    """The newest threads that each profile began; for one that was merged away, its survivor."""
    return await connection.fetch(
        f"""
        SELECT p.n::int AS n, {CONVERSATION} FROM unnest($2::uuid[]) WITH ORDINALITY AS p (profile_id, n)
        CROSS JOIN LATERAL (
            SELECT DISTINCT coalesce(k.survivor_id, k.id) AS id FROM (
                SELECT id, survivor_id FROM conversation WHERE workspace_id = $1 AND profile_id = p.profile_id
                ORDER BY last_activity_at DESC LIMIT $3
            ) k
        ) k
        JOIN conversation c ON c.workspace_id = $1 AND c.id = k.id
        ORDER BY p.n, c.last_activity_at DESC
        """,
        workspace,
        list(profiles),
        limit,
    )


async def conversations_page(  # noqa: PLR0913 - each narrows the page
    connection: Connection,
    workspace: WorkspaceId,
    *,
    status: str | None,
    channel: ChannelId | None,
    owner: UUID | None = None,
    label: UUID | None = None,
    before: Position,
    limit: int,
) -> list[asyncpg.Record]:
    """Threads by their last activity, the newest first; with a status or an owner by its own index. What was merged away is left out."""
    by_status = "AND c.status = $6" if status is not None else "AND $6::text IS NULL"
    by_owner = "AND c.owner_id = $7" if owner is not None else "AND $7::uuid IS NULL"
    return await connection.fetch(
        f"""
        SELECT {CONVERSATION} FROM conversation c
        WHERE c.workspace_id = $1 AND (c.last_activity_at, c.id) < ($2, $3) AND ($5::uuid IS NULL OR c.channel_id = $5)
          {by_status} {by_owner} AND c.survivor_id IS NULL
          AND ($8::uuid IS NULL OR EXISTS (
            SELECT FROM conversation_label l WHERE l.workspace_id = $1 AND l.conversation_id = c.id AND l.label_id = $8
          ))
        ORDER BY c.last_activity_at DESC, c.id DESC LIMIT $4
        """,
        workspace,
        *_position(before),
        limit,
        channel,
        status,
        owner,
        label,
    )


async def events_after(connection: Connection, workspace: WorkspaceId, *, sequence: int, limit: int) -> list[asyncpg.Record]:
    """The workspace's events after an outbox position, as far as the retention reaches."""
    return await connection.fetch(
        """
        SELECT id, type, version, subject, time, traceparent, data FROM outbox
        WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3
        """,
        workspace,
        sequence,
        limit,
    )


async def oldest_event(connection: Connection, workspace: WorkspaceId) -> int | None:
    """The first outbox position that is still there."""
    found: int | None = await connection.fetchval("SELECT id FROM outbox WHERE workspace_id = $1 ORDER BY id LIMIT 1", workspace)
    return found


async def whole_interactions(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Rows of the history with all columns: what a connector needs in order to answer them."""
    return await connection.fetch("SELECT * FROM interaction WHERE workspace_id = $1 AND id = ANY($2)", workspace, list(ids))


def _position(before: Position) -> tuple[datetime, UUID]:
    return before if before is not None else (END_OF_TIME, LAST_ID)
