"""Statements of completing: what interactions lack, what was told of them and of people. Set-based, as `app`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, WorkspaceId
from services.kit.db import Connection

TOLD_COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("profile_id", "uuid"),
    ("text", "text"),
    ("rating", "float8"),
    ("attachments", "text"),
    ("author_network", "text"),
    ("author_scope", "text"),
    ("author_external_id", "text"),
    ("author_handle", "text"),
    ("author_name", "text"),
    ("author_followers", "int"),
    ("venue_url", "text"),
    ("venue_title", "text"),
    ("extra", "text"),
    ("blocked", "boolean"),
)
_NAMES = ", ".join(name for name, _ in TOLD_COLUMNS)
_ARRAYS = ", ".join(f"${n}::{type_}[]" for n, (_, type_) in enumerate(TOLD_COLUMNS, start=2))
# What somebody wrote since, by an edit, stays; a row that was taken back gets nothing.
_COMPLETE = f"""
UPDATE interaction i SET profile_id = t.profile_id, text = coalesce(nullif(i.text, ''), t.text), rating = coalesce(i.rating, t.rating),
    attachments = coalesce(i.attachments, t.attachments::jsonb), author_network = t.author_network, author_scope = t.author_scope,
    author_external_id = t.author_external_id, author_handle = coalesce(t.author_handle, i.author_handle),
    author_name = coalesce(t.author_name, i.author_name), author_followers = coalesce(t.author_followers, i.author_followers),
    venue_url = coalesce(t.venue_url, i.venue_url), venue_title = coalesce(t.venue_title, i.venue_title),
    extra = CASE WHEN t.extra IS NULL THEN i.extra ELSE coalesce(i.extra, '{{}}'::jsonb) || t.extra::jsonb END,
    ledger = CASE WHEN t.blocked AND i.ledger = 'owed' THEN 'exempt' ELSE i.ledger END,
    ledger_reason = CASE WHEN t.blocked AND i.ledger = 'owed' THEN 'blocked' ELSE i.ledger_reason END,
    settled_at = CASE WHEN t.blocked AND i.ledger = 'owed' THEN i.received_at ELSE i.settled_at END
FROM unnest({_ARRAYS}) AS t ({_NAMES})
WHERE i.workspace_id = $1 AND i.id = t.id AND i.id = ANY($2) AND i.deleted_at IS NULL
RETURNING i.id, i.conversation_id, i.profile_id, i.text, i.rating, i.ledger, i.ledger_reason
"""


async def want(connection: Connection, workspace: WorkspaceId, channel: ChannelId, rows: Sequence[tuple[object, ...]]) -> None:
    """Note what interactions of a channel lack; rows are (interaction, lack, received, held until or None, due at)."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        INSERT INTO completion (workspace_id, channel_id, interaction_id, lack, received, held_until, due_at)
        SELECT $1, $2, w.* FROM unnest($3::uuid[], $4::text[], $5::bytea[], $6::timestamptz[], $7::timestamptz[])
            AS w (interaction_id, lack, received, held_until, due_at)
        ON CONFLICT ON CONSTRAINT completion_pkey DO NOTHING
        """,
        workspace,
        channel,
        *columns,
    )


async def claim_due(
    connection: Connection, workspace: WorkspaceId, *, now: datetime, lease: UUID, lease_until: datetime, limit: int
) -> list[asyncpg.Record]:
    """Take what is due under a lease, the longest due first. Beside each row: until when its channel must be left alone, if it must."""
    return await connection.fetch(
        """
        WITH due AS (
            SELECT interaction_id FROM completion
            WHERE workspace_id = $1 AND due_at <= $2 AND (lease_until IS NULL OR lease_until < $2)
            ORDER BY due_at LIMIT $5 FOR UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE completion c SET lease_id = $3, lease_until = $4
            FROM due WHERE c.workspace_id = $1 AND c.interaction_id = due.interaction_id
            RETURNING c.interaction_id, c.channel_id, c.lack, c.received, c.held_until, c.attempts
        )
        SELECT c.*, greatest(s.held_until, CASE WHEN s.breaker <> 'closed' THEN s.probe_at END,
            CASE WHEN s.refused_at IS NOT NULL THEN $2 + interval '5 minutes' END) AS shut_until
        FROM claimed c LEFT JOIN channel_state s ON s.workspace_id = $1 AND s.channel_id = c.channel_id
        ORDER BY c.channel_id, c.interaction_id
        """,
        workspace,
        now,
        lease,
        lease_until,
        limit,
    )


async def leased(connection: Connection, workspace: WorkspaceId, lease: UUID, interactions: Sequence[UUID]) -> list[asyncpg.Record]:
    """Those of these rows that the lease still holds, locked, in order of arrival."""
    return await connection.fetch(
        """
        SELECT interaction_id, lack, received, held_until, attempts FROM completion
        WHERE workspace_id = $1 AND interaction_id = ANY($3) AND lease_id = $2 ORDER BY interaction_id FOR UPDATE
        """,
        workspace,
        lease,
        list(interactions),
    )


async def tell_held(connection: Connection, workspace: WorkspaceId, *, now: datetime, limit: int) -> list[bytes]:
    """Hold those no longer whose time is over; gives what they held back. What is being completed at this moment is left to that."""
    rows = await connection.fetch(
        """
        WITH over AS (
            SELECT interaction_id FROM completion WHERE workspace_id = $1 AND held_until <= $2
            ORDER BY held_until LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        UPDATE completion c SET held_until = NULL FROM over WHERE c.workspace_id = $1 AND c.interaction_id = over.interaction_id
        RETURNING c.interaction_id, c.received
        """,
        workspace,
        now,
        limit,
    )
    return [row["received"] for row in sorted(rows, key=lambda row: row["interaction_id"])]


async def put_off(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]], *, lease: UUID) -> None:
    """Ask again later, or never; rows are (interaction, due at or None, attempts more, reason). What another process took stays."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        UPDATE completion c SET due_at = p.due_at, attempts = c.attempts + p.attempts, reason = p.reason,
            lease_id = NULL, lease_until = NULL
        FROM unnest($3::uuid[], $4::timestamptz[], $5::int[], $6::text[]) AS p (interaction_id, due_at, attempts, reason)
        WHERE c.workspace_id = $1 AND c.interaction_id = p.interaction_id AND c.interaction_id = ANY($3) AND c.lease_id = $2
        """,
        workspace,
        lease,
        *columns,
    )


async def release_held(connection: Connection, workspace: WorkspaceId, interactions: Sequence[UUID]) -> None:
    """What these held back was told."""
    await connection.execute(
        "UPDATE completion SET held_until = NULL WHERE workspace_id = $1 AND interaction_id = ANY($2)", workspace, list(interactions)
    )


async def forget(connection: Connection, workspace: WorkspaceId, interactions: Sequence[UUID]) -> None:
    """These lack nothing any more."""
    await connection.execute("DELETE FROM completion WHERE workspace_id = $1 AND interaction_id = ANY($2)", workspace, list(interactions))


async def complete_interactions(
    connection: Connection, workspace: WorkspaceId, columns: Sequence[Sequence[object]]
) -> list[asyncpg.Record]:
    """Write what was told, given as columns (TOLD_COLUMNS); gives the rows as they are now, without those that were taken back."""
    return await connection.fetch(_COMPLETE, workspace, *columns)


async def name_conversations(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Let threads be of the person who began them, once that is known; rows are (thread, profile before, profile now, title or None)."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        UPDATE conversation c SET profile_id = CASE WHEN c.profile_id = n.before THEN n.now ELSE c.profile_id END,
            title = coalesce(c.title, n.title)
        FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[]) AS n (id, before, now, title)
        WHERE c.workspace_id = $1 AND c.id = n.id AND c.id = ANY($2) AND (c.profile_id = n.before OR c.title IS NULL)
        """,
        workspace,
        *columns,
    )


async def want_media(connection: Connection, workspace: WorkspaceId, interactions: Sequence[UUID]) -> None:
    """Want the files of live interactions whose attachments came only now, as is done for those that came with the message."""
    await connection.execute(
        """
        INSERT INTO media (workspace_id, id, state, source, name, type, size_bytes, interaction_id, place, source_url, attempts,
            due_at, reason, created_at)
        SELECT i.workspace_id, gen_random_uuid(), 'wanted', 'platform', left(coalesce(a.told ->> 'name', ''), 200), '', 0, i.id,
            a.place - 1, a.told ->> 'url', 0, i.received_at, '', i.received_at
        FROM interaction i CROSS JOIN LATERAL jsonb_array_elements(
            CASE WHEN jsonb_typeof(i.attachments) = 'array' THEN i.attachments ELSE '[]' END
        ) WITH ORDINALITY AS a (told, place)
        WHERE i.workspace_id = $1 AND i.id = ANY($2) AND i.direction = 'inbound' AND i.source = 'live' AND a.place <= 20
          AND a.told ->> 'url' ~ '^https?://'
        ON CONFLICT DO NOTHING
        """,
        workspace,
        list(interactions),
    )


async def facts_of(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID], *, since: datetime) -> list[asyncpg.Record]:
    """What platforms told of these people since then."""
    return await connection.fetch(
        """
        SELECT profile_id, handle, name, avatar_url FROM author_facts
        WHERE workspace_id = $1 AND profile_id = ANY($2) AND told_at >= $3
        """,
        workspace,
        list(profiles),
        since,
    )


async def keep_facts(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]], *, now: datetime) -> None:
    """Keep what platforms told of people just now; rows are (profile, handle, name, avatar), a profile at most once, in their order."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        INSERT INTO author_facts (workspace_id, profile_id, handle, name, avatar_url, told_at)
        SELECT $1, f.*, $2 FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) AS f (profile_id, handle, name, avatar_url)
        ON CONFLICT ON CONSTRAINT author_facts_pkey DO UPDATE SET handle = EXCLUDED.handle, name = EXCLUDED.name,
            avatar_url = EXCLUDED.avatar_url, told_at = EXCLUDED.told_at
        """,
        workspace,
        now,
        *columns,
    )


async def standing_of(
    connection: Connection, workspace: WorkspaceId, channels: Sequence[UUID], *, most: int, shown: int
) -> list[asyncpg.Record]:
    """Of each channel that lacks something: how many wait, how many were given up, `most` at the most, and why the newest of those."""
    return await connection.fetch(
        """
        SELECT c.id AS channel_id, count(*) FILTER (WHERE l.due_at IS NOT NULL)::int AS waiting,
            count(*) FILTER (WHERE l.due_at IS NULL)::int AS given_up,
            (array_agg(l.reason ORDER BY l.interaction_id DESC) FILTER (WHERE l.due_at IS NULL))[1:$4::int] AS reasons
        FROM unnest($2::uuid[]) AS c (id) CROSS JOIN LATERAL (
            SELECT due_at, reason, interaction_id FROM completion
            WHERE workspace_id = $1 AND channel_id = c.id ORDER BY interaction_id DESC LIMIT $3
        ) l GROUP BY c.id
        """,
        workspace,
        list(channels),
        most,
        shown,
    )


async def ask_again(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, now: datetime) -> int:
    """Let what was given up in a channel be asked for once more; gives how much that is."""
    answer = await connection.execute(
        """
        UPDATE completion SET due_at = $3, attempts = 0, lease_id = NULL, lease_until = NULL
        WHERE workspace_id = $1 AND channel_id = $2 AND due_at IS NULL
        """,
        workspace,
        channel,
        now,
    )
    return int(answer.rpartition(" ")[2])
