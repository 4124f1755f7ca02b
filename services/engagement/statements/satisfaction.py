"""Statements about ratings: settings of channels, questions that wait, answers, averages. All under row-level security."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.contracts.views.ratings import SatisfactionView
from services.engagement.statements.reading import Position
from services.kit.db import Connection

RATING = (
    "id, conversation_id, channel_id, profile_id, reply_id, member_id, discipline, state, created_at, due_at, expires_at, stars, comment,"
    " rated_at, review_asked_at"
)
GROUPED_AT_MOST = 500


async def satisfaction_of_channels(connection: Connection, workspace: WorkspaceId, channels: Sequence[UUID]) -> list[asyncpg.Record]:
    """Whether and when channels ask, of those where that was ever said."""
    return await connection.fetch(
        """
        SELECT channel_id, asks, delay_minutes, review_url, review_text FROM satisfaction_setting
        WHERE workspace_id = $1 AND channel_id = ANY($2)
        """,
        workspace,
        list(channels),
    )


async def settings_of(connection: Connection, workspace: WorkspaceId, channels: Sequence[UUID]) -> list[asyncpg.Record]:
    """Those of these channels that ask, and how long after."""
    return await connection.fetch(
        "SELECT channel_id, delay_minutes FROM satisfaction_setting WHERE workspace_id = $1 AND channel_id = ANY($2) AND asks",
        workspace,
        list(channels),
    )


async def change_setting(connection: Connection, workspace: WorkspaceId, channel: UUID, setting: SatisfactionView) -> None:
    """Say whether and when a channel asks, and where the happy may write a review."""
    await connection.execute(
        """
        INSERT INTO satisfaction_setting (workspace_id, channel_id, asks, delay_minutes, review_url, review_text)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT ON CONSTRAINT satisfaction_setting_pkey
        DO UPDATE SET asks = EXCLUDED.asks, delay_minutes = EXCLUDED.delay_minutes, review_url = EXCLUDED.review_url,
            review_text = EXCLUDED.review_text
        """,
        workspace,
        channel,
        setting.asks,
        setting.delay_minutes,
        setting.review_url,
        setting.review_text,
    )


async def plan_ratings(
    connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]], *, since: datetime, now: datetime
) -> None:
    """Have people asked, unless their conversation was asked since then, or is public. The conversations are locked.

    Rows are (id, conversation id, channel id, profile id, reply id, member id, answered interaction id or None, due at, expires at), one
    per conversation.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        INSERT INTO rating (workspace_id, id, conversation_id, channel_id, profile_id, reply_id, member_id, discipline, state, created_at,
            due_at, expires_at, comment)
        SELECT $1, p.id, p.conversation_id, p.channel_id, p.profile_id, p.reply_id, p.member_id, i.discipline, 'waiting', $3, p.due_at,
            p.expires_at, ''
        FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[], $10::uuid[], $11::timestamptz[],
            $12::timestamptz[])
            AS p (id, conversation_id, channel_id, profile_id, reply_id, member_id, answered_id, due_at, expires_at)
        JOIN conversation c ON c.workspace_id = $1 AND c.id = p.conversation_id AND NOT c.public
        LEFT JOIN interaction i ON i.workspace_id = $1 AND i.id = p.answered_id
        WHERE NOT EXISTS (
            SELECT FROM rating r WHERE r.workspace_id = $1 AND r.conversation_id = p.conversation_id AND r.created_at > $2
        )
        ORDER BY p.id
        """,
        workspace,
        since,
        now,
        *columns,
    )


async def take_due(connection: Connection, workspace: WorkspaceId, *, now: datetime, limit: int) -> list[asyncpg.Record]:
    """Questions whose time has come, taken: nobody else asks them. Where the person waits for us, or is blocked, it is dropped."""
    return await connection.fetch(
        f"""
        UPDATE rating t SET state = CASE WHEN EXISTS (
            SELECT FROM interaction i WHERE i.workspace_id = $1 AND i.conversation_id = t.conversation_id AND i.ledger = 'owed'
        ) OR EXISTS (
            SELECT FROM blocked_profile b WHERE b.workspace_id = $1 AND b.profile_id = t.profile_id
        ) THEN 'dropped' ELSE 'asked' END
        WHERE workspace_id = $1 AND id = ANY(ARRAY(
            SELECT id FROM rating WHERE workspace_id = $1 AND state = 'waiting' AND due_at <= $2
            ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
        ))
        RETURNING {RATING}
        """,
        workspace,
        now,
        limit,
    )


async def drop_rating(connection: Connection, workspace: WorkspaceId, rating: UUID) -> None:
    """It will not be asked after all."""
    await connection.execute("UPDATE rating SET state = 'dropped' WHERE workspace_id = $1 AND id = $2", workspace, rating)


async def locked_rating(connection: Connection, workspace: WorkspaceId, rating: UUID) -> asyncpg.Record | None:
    """One question that was asked, about to be answered."""
    return await connection.fetchrow(
        f"SELECT {RATING} FROM rating WHERE workspace_id = $1 AND id = $2 AND state = 'asked' FOR UPDATE", workspace, rating
    )


async def rate(connection: Connection, workspace: WorkspaceId, rating: UUID, *, stars: int, comment: str, rated_at: datetime) -> None:
    """What the person said."""
    await connection.execute(
        "UPDATE rating SET stars = $3, comment = $4, rated_at = $5 WHERE workspace_id = $1 AND id = $2",
        workspace,
        rating,
        stars,
        comment,
        rated_at,
    )


async def review_asked(connection: Connection, workspace: WorkspaceId, rating: UUID, *, now: datetime) -> asyncpg.Record | None:
    """Where the person of a rating is asked to write a review; None where the channel has no place for it.

    None too where they were asked before, on any account of theirs, or are blocked.
    """
    return await connection.fetchrow(
        """
        UPDATE rating t SET review_asked_at = coalesce(t.review_asked_at, $3) FROM satisfaction_setting s
        WHERE t.workspace_id = $1 AND t.id = $2 AND s.workspace_id = $1 AND s.channel_id = t.channel_id AND s.review_url IS NOT NULL
          AND NOT EXISTS (SELECT FROM blocked_profile b WHERE b.workspace_id = $1 AND b.profile_id = t.profile_id)
          AND NOT EXISTS (
            SELECT FROM rating o
            WHERE o.workspace_id = $1 AND o.profile_id = t.profile_id AND o.review_asked_at IS NOT NULL AND o.id <> t.id
          )
          AND NOT EXISTS (
            SELECT FROM profile_contact own JOIN profile_contact other ON other.workspace_id = $1 AND other.contact_id = own.contact_id
            JOIN rating o ON o.workspace_id = $1 AND o.profile_id = other.profile_id
            WHERE own.workspace_id = $1 AND own.profile_id = t.profile_id AND o.review_asked_at IS NOT NULL AND o.id <> t.id
          )
        RETURNING s.review_url, s.review_text
        """,
        workspace,
        rating,
        now,
    )


async def ratings_page(
    connection: Connection,
    workspace: WorkspaceId,
    *,
    since: datetime | None,
    until: datetime | None,
    before: Position,
    limit: int,
) -> list[asyncpg.Record]:
    """What people said in a time, the newest first."""
    rated_at, id_ = before or (None, None)
    return await connection.fetch(
        f"""
        SELECT {RATING} FROM rating
        WHERE workspace_id = $1 AND rated_at IS NOT NULL AND ($2::timestamptz IS NULL OR rated_at >= $2)
            AND ($3::timestamptz IS NULL OR rated_at < $3) AND ($4::timestamptz IS NULL OR (rated_at, id) < ($4, $5))
        ORDER BY rated_at DESC, id DESC LIMIT $6
        """,
        workspace,
        since,
        until,
        rated_at,
        id_,
        limit,
    )


async def rating_averages(
    connection: Connection, workspace: WorkspaceId, *, by: Literal["member", "discipline", "channel"], since: datetime, until: datetime
) -> list[asyncpg.Record]:
    """How many ratings each has in a time, and their average; those with most first. At most 500."""
    column = {"member": "member_id::text", "discipline": "coalesce(discipline, 'none')", "channel": "channel_id::text"}[by]
    return await connection.fetch(
        f"""
        SELECT {column} AS key, count(*)::int AS count, avg(stars)::float AS average, count(*) FILTER (WHERE stars <= 2)::int AS low
        FROM rating WHERE workspace_id = $1 AND rated_at >= $2 AND rated_at < $3
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {GROUPED_AT_MOST}
        """,
        workspace,
        since,
        until,
    )
