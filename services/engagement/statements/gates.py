"""Statements of what senders share about channels: holds, the breaker, the buckets. One row per channel, made when first needed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, ReplyId, WorkspaceId
from services.kit.db import Connection

_COUNT_FAILURE = """
INSERT INTO channel_state AS s (workspace_id, channel_id, failures, failed_at, failure, breaker, openings, opened_at, probe_at)
VALUES ($1, $2, 1, $4::timestamptz, $5, CASE WHEN $6::int <= 1 THEN 'open' ELSE 'closed' END, CASE WHEN $6 <= 1 THEN 1 ELSE 0 END,
    CASE WHEN $6 <= 1 THEN $4 END,
    CASE WHEN $6 <= 1 THEN $4 + $9::float8 * least($7::float8, $8::float8) * interval '1 second' END)
ON CONFLICT ON CONSTRAINT channel_state_pkey DO UPDATE SET
    failures = s.failures + 1, failed_at = EXCLUDED.failed_at, failure = EXCLUDED.failure,
    breaker = CASE WHEN s.breaker = 'closed' AND s.failures + 1 >= $6 OR s.probe_id = $3 THEN 'open' ELSE s.breaker END,
    openings = s.openings + CASE WHEN s.breaker = 'closed' AND s.failures + 1 >= $6 OR s.probe_id = $3 THEN 1 ELSE 0 END,
    opened_at = CASE WHEN s.breaker = 'closed' AND s.failures + 1 >= $6 THEN EXCLUDED.failed_at ELSE s.opened_at END,
    probe_at = CASE
        WHEN s.breaker = 'closed' AND s.failures + 1 >= $6 OR s.probe_id = $3
        THEN EXCLUDED.failed_at + $9 * least($7 * power(2, least(s.openings, 30)), $8) * interval '1 second'
        ELSE s.probe_at END,
    probe_id = CASE WHEN s.probe_id = $3 THEN NULL ELSE s.probe_id END
RETURNING breaker, probe_at, breaker = 'open' AND opened_at = $4 AS opened
"""
_TAKE_TOKENS = """
INSERT INTO send_bucket AS b (workspace_id, channel_id, subject_id, granted, burst, interval_seconds, spent_until, next_at)
SELECT $1, w.channel_id, w.subject_id, least(w.wanted, w.burst), w.burst, w.seconds,
    $7::timestamptz + least(w.wanted, w.burst) * w.seconds * interval '1 second',
    $7 + (least(w.wanted, w.burst) - w.burst + 1) * w.seconds * interval '1 second'
FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::int[], $6::float8[]) WITH ORDINALITY
    AS w (channel_id, subject_id, wanted, burst, seconds, place)
ORDER BY w.place
ON CONFLICT ON CONSTRAINT send_bucket_pkey DO UPDATE SET
    burst = EXCLUDED.burst, interval_seconds = EXCLUDED.interval_seconds,
    (granted, spent_until, next_at) = (
        SELECT t.granted, t.spent_from + t.granted * EXCLUDED.interval_seconds * interval '1 second',
            t.spent_from + (t.granted - EXCLUDED.burst + 1) * EXCLUDED.interval_seconds * interval '1 second'
        FROM (
            SELECT greatest(b.spent_until, $7) AS spent_from, greatest(0, least(EXCLUDED.granted, EXCLUDED.burst - ceil(
                extract(epoch FROM greatest(b.spent_until, $7) - $7) / EXCLUDED.interval_seconds - 0.000001)::int)) AS granted
        ) t
    )
RETURNING b.subject_id, b.granted, b.next_at
"""


async def note_heard(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, at: datetime) -> None:
    """Remember that the channel delivered something."""
    await connection.execute(
        """
        INSERT INTO channel_state AS s (workspace_id, channel_id, last_event_at) VALUES ($1, $2, $3)
        ON CONFLICT ON CONSTRAINT channel_state_pkey DO UPDATE SET last_event_at = greatest(s.last_event_at, EXCLUDED.last_event_at)
        """,
        workspace,
        channel,
        at,
    )


async def hold_channel(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, until: datetime, reason: str) -> None:
    """Let the whole channel wait, whatever is queued now or later: the platform asked for it. The longer of two holds counts."""
    await connection.execute(
        """
        INSERT INTO channel_state AS s (workspace_id, channel_id, held_until, hold_reason) VALUES ($1, $2, $3, $4)
        ON CONFLICT ON CONSTRAINT channel_state_pkey DO UPDATE SET held_until = EXCLUDED.held_until, hold_reason = EXCLUDED.hold_reason
        WHERE s.held_until IS NULL OR s.held_until < EXCLUDED.held_until
        """,
        workspace,
        channel,
        until,
        reason,
    )


async def count_failure(  # noqa: PLR0913 - the terms of the breaker, all by name
    connection: Connection,
    workspace: WorkspaceId,
    channel: ChannelId,
    *,
    reply: ReplyId,
    now: datetime,
    reason: str,
    threshold: int,
    first_wait_seconds: float,
    longest_wait_seconds: float,
    share: float,
) -> asyncpg.Record | None:
    """One failure more. At `threshold` in a row, or when the probe fails, the breaker opens for `share` of a wait that doubles.

    Attempts that were under way when it opened change nothing more. Gives breaker, probe_at, and whether this opened it first.
    """
    return await connection.fetchrow(
        _COUNT_FAILURE,
        workspace,
        channel,
        reply,
        now,
        reason,
        threshold,
        first_wait_seconds,
        longest_wait_seconds,
        share,
    )


async def mark_sound(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, reply: ReplyId) -> asyncpg.Record | None:
    """The platform answered: no failures, and the breaker closes if `reply` was its probe. None where there was nothing to say.

    Gives whether the breaker had been open, and whether the credentials had been refused.
    """
    return await connection.fetchrow(
        """
        WITH before AS (
            SELECT breaker, refused_at FROM channel_state
            WHERE workspace_id = $1 AND channel_id = $2 AND (breaker = 'closed' OR probe_id = $3)
              AND (failures > 0 OR breaker <> 'closed' OR refused_at IS NOT NULL) FOR UPDATE
        )
        UPDATE channel_state SET failures = 0, openings = 0, breaker = 'closed', opened_at = NULL, probe_at = NULL, probe_id = NULL,
            refused_at = NULL
        FROM before WHERE workspace_id = $1 AND channel_id = $2
        RETURNING before.breaker <> 'closed' AS reopened, before.refused_at IS NOT NULL AS accepted_again
        """,
        workspace,
        channel,
        reply,
    )


async def mark_refused(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, now: datetime) -> None:
    """The platform no longer takes the channel's credentials."""
    await connection.execute(
        """
        INSERT INTO channel_state AS s (workspace_id, channel_id, refused_at) VALUES ($1, $2, $3)
        ON CONFLICT ON CONSTRAINT channel_state_pkey DO UPDATE SET refused_at = coalesce(s.refused_at, EXCLUDED.refused_at)
        """,
        workspace,
        channel,
        now,
    )


async def forget_refusal(connection: Connection, workspace: WorkspaceId, channel: ChannelId) -> None:
    """The channel has other credentials than those that were refused."""
    await connection.execute(
        "UPDATE channel_state SET refused_at = NULL WHERE workspace_id = $1 AND channel_id = $2 AND refused_at IS NOT NULL",
        workspace,
        channel,
    )


async def begin_probes(
    connection: Connection, workspace: WorkspaceId, probes: Sequence[tuple[UUID, UUID]], *, now: datetime, until: datetime
) -> set[UUID]:
    """Let one reply try each open channel, until then; `probes` are (channel, reply). Gives the replies that may: one per channel."""
    rows = await connection.fetch(
        """
        UPDATE channel_state s SET breaker = 'half_open', probe_id = p.reply_id, probe_at = $5
        FROM (
            SELECT DISTINCT ON (channel_id) channel_id, reply_id FROM unnest($2::uuid[], $3::uuid[]) AS t (channel_id, reply_id)
            ORDER BY channel_id, reply_id
        ) p
        WHERE s.workspace_id = $1 AND s.channel_id = p.channel_id AND s.breaker <> 'closed' AND s.probe_at <= $4
        RETURNING s.probe_id
        """,
        workspace,
        [channel for channel, _ in probes],
        [reply for _, reply in probes],
        now,
        until,
    )
    return {row["probe_id"] for row in rows}


async def release_probe(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, reply: ReplyId, now: datetime) -> None:
    """The probe never reached the platform: another may try at once."""
    await connection.execute(
        """
        UPDATE channel_state SET breaker = 'open', probe_id = NULL, probe_at = $4
        WHERE workspace_id = $1 AND channel_id = $2 AND probe_id = $3
        """,
        workspace,
        channel,
        reply,
        now,
    )


async def take_tokens(
    connection: Connection, workspace: WorkspaceId, wanted: Sequence[tuple[UUID, UUID, int, int, float]], *, now: datetime
) -> list[asyncpg.Record]:
    """Take from buckets, each as many as it holds and no more than wanted; those who ask at the same time wait for one another.

    Rows are (channel, subject, how many, burst, seconds from token to token). Gives subject_id, granted, next_at. A bucket is kept as
    one instant, `spent_until`: when it will be full again.
    """
    columns = [list(column) for column in zip(*sorted(wanted), strict=True)]
    return await connection.fetch(
        _TAKE_TOKENS,
        workspace,
        *columns,
        now,
    )


async def drain_bucket(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, subject: UUID, until: datetime) -> None:
    """Let a bucket give nothing before then: the platform counts otherwise than was declared."""
    await connection.execute(
        """
        UPDATE send_bucket SET spent_until = greatest(spent_until, $4::timestamptz + burst * interval_seconds * interval '1 second')
        WHERE workspace_id = $1 AND channel_id = $2 AND subject_id = $3
        """,
        workspace,
        channel,
        subject,
        until,
    )


async def forget_full_buckets(connection: Connection, workspace: WorkspaceId, *, before: datetime) -> None:
    """Drop the rows of buckets that have been full since then: a bucket without a row is full."""
    await connection.execute("DELETE FROM send_bucket WHERE workspace_id = $1 AND spent_until < $2", workspace, before)
