"""Statements of the journal: intake as the insert-only role, reading and settling as `app`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.statements.ledger import BLOCKS
from services.kit.db import Connection
from services.kit.ids import LAST_ID

# No conflict target and no RETURNING: the role may insert and nothing else. A body's id was made for it a moment ago; looking whether
# it is there already would cost a third of the statement.
ADMIT = """
WITH item AS (
    SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::bytea[], $5::uuid[], $6::text[], $7::bytea[], $8::bigint[])
        AS item (workspace_id, channel_id, key, id, headers, body, sequence)
), journaled AS (
    INSERT INTO journal (workspace_id, channel_id, key, id, day, received_at, sequence)
    SELECT workspace_id, channel_id, key, id, current_date, $1, sequence FROM item
    ON CONFLICT DO NOTHING
)
INSERT INTO journal_body (workspace_id, journal_id, day, headers, body)
SELECT workspace_id, id, current_date, headers, body FROM item
"""


@dataclass(slots=True)  # Not frozen: that costs three times as much to make, and one is made for every delivery.
class JournalItem:
    """One raw item of a delivery on its way into the journal. `key` is 32 bytes (sha256)."""

    workspace_id: WorkspaceId
    channel_id: ChannelId
    key: bytes
    id: UUID
    headers: str
    body: bytes
    sequence: int | None = None


async def admit_items(connection: Connection, items: Sequence[JournalItem], *, received_at: datetime) -> None:
    """Insert all items in one statement, which is its own transaction. Sort them by key before: crossing duplicates deadlock otherwise."""
    await connection.execute(ADMIT, received_at, *_columns(items))


def _columns(items: Sequence[JournalItem]) -> tuple[list[object], ...]:
    return (
        [item.workspace_id for item in items],
        [item.channel_id for item in items],
        [item.key for item in items],
        [item.id for item in items],
        [item.headers for item in items],
        [item.body for item in items],
        [item.sequence for item in items],
    )


async def admit_missing(connection: Connection, items: Sequence[JournalItem], *, received_at: datetime) -> int:
    """Insert those items of one workspace that were never delivered, as `app`; gives their number."""
    counted: int = await connection.fetchval(
        """
        WITH item AS (
            SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::bytea[], $5::uuid[], $6::text[], $7::bytea[], $8::bigint[])
                AS item (workspace_id, channel_id, key, id, headers, body, sequence)
        ), journaled AS (
            INSERT INTO journal (workspace_id, channel_id, key, id, day, received_at, sequence, backfilled)
            SELECT workspace_id, channel_id, key, id, current_date, $1, sequence, true FROM item
            ON CONFLICT DO NOTHING RETURNING id
        ), kept AS (
            INSERT INTO journal_body (workspace_id, journal_id, day, headers, body)
            SELECT workspace_id, id, current_date, headers, body FROM item WHERE id IN (SELECT id FROM journaled)
        )
        SELECT count(*) FROM journaled
        """,
        received_at,
        *_columns(items),
    )
    return counted


async def claim_channel(connection: Connection, workspace: WorkspaceId, channel: ChannelId) -> bool:
    """Whether this transaction is now the only one that works on the channel's journal; it holds the workspace's blocks as well."""
    claimed: bool = await connection.fetchval(
        f"SELECT pg_try_advisory_xact_lock(hashtextextended($2, 1)) FROM pg_advisory_xact_lock_shared({BLOCKS})",
        workspace,
        str(channel),
    )
    return claimed


async def waiting_items(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, limit: int) -> list[asyncpg.Record]:
    """The channel's oldest unread rows with their bodies, in order of arrival.

    Each body is found by its key, whatever the planner believes of a day that has just begun: its rows are not read through for each.
    """
    return await connection.fetch(
        """
        SELECT j.key, j.id, j.received_at, j.backfilled, b.headers, b.body FROM (
            SELECT key, id, day, received_at, backfilled FROM journal
            WHERE workspace_id = $1 AND channel_id = $2 AND state = 'waiting' ORDER BY id LIMIT $3
        ) j LEFT JOIN LATERAL (
            SELECT o.headers, o.body FROM journal_body o WHERE o.workspace_id = $1 AND o.journal_id = j.id AND o.day = j.day OFFSET 0
        ) b ON true
        ORDER BY j.id
        """,
        workspace,
        channel,
        limit,
    )


async def settle_items(  # noqa: PLR0913 - parallel columns of one statement
    connection: Connection,
    workspace: WorkspaceId,
    channel: ChannelId,
    *,
    keys: Sequence[bytes],
    states: Sequence[str],
    reasons: Sequence[str],
    waits_for: Sequence[str | None],
) -> None:
    """Write what became of the rows: done, parked (waits for another message), failed or unknown."""
    await connection.execute(
        """
        UPDATE journal SET state = s.state, reason = s.reason, waits_for = s.waits_for, attempts = attempts + 1
        FROM unnest($3::bytea[], $4::text[], $5::text[], $6::text[]) AS s (key, state, reason, waits_for)
        WHERE journal.workspace_id = $1 AND journal.channel_id = $2 AND journal.key = s.key AND journal.key = ANY($3)
          AND journal.state = 'waiting'
        """,
        workspace,
        channel,
        list(keys),
        list(states),
        list(reasons),
        list(waits_for),
    )


async def unpark_items(connection: Connection, workspace: WorkspaceId, channel: ChannelId, arrived: Sequence[str]) -> int:
    """Let rows that waited for these messages be read again; gives their number."""
    answer = await connection.execute(
        """
        UPDATE journal SET state = 'waiting', waits_for = NULL
        WHERE workspace_id = $1 AND channel_id = $2 AND state = 'parked' AND waits_for = ANY($3)
        """,
        workspace,
        channel,
        list(arrived),
    )
    return int(answer.rpartition(" ")[2])


async def return_parked(connection: Connection, workspace: WorkspaceId, *, now: datetime, given_up_before: datetime) -> None:
    """Let parked rows be read again, each after a longer while; those received before `given_up_before` fail."""
    await connection.execute(
        """
        UPDATE journal SET waits_for = NULL,
            state = CASE WHEN received_at < $3 THEN 'failed' ELSE 'waiting' END,
            reason = CASE WHEN received_at < $3 THEN 'what it belongs to never came' ELSE reason END
        WHERE workspace_id = $1 AND state = 'parked'
          AND received_at + interval '5 seconds' * power(4, least(attempts, 9) - 1) < $2
        """,
        workspace,
        now,
        given_up_before,
    )


async def forget_read(connection: Connection, workspace: WorkspaceId, *, before: UUID, limit: int) -> int:
    """Delete up to `limit` rows born before an id, whose bodies are gone; those never read stay. Answers how many."""
    answer = await connection.execute(
        """
        DELETE FROM journal WHERE workspace_id = $1 AND id IN (
            SELECT id FROM journal WHERE workspace_id = $1 AND id < $2 AND state <> 'waiting' ORDER BY id LIMIT $3
        )
        """,
        workspace,
        before,
        limit,
    )
    return int(answer.rpartition(" ")[2])


async def journal_page(
    connection: Connection, workspace: WorkspaceId, *, state: str | None, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Journal rows without their bodies, the newest first."""
    return await connection.fetch(
        """
        SELECT id, channel_id, received_at, state, reason, attempts, waits_for FROM journal
        WHERE workspace_id = $1 AND ($2::text IS NULL OR state = $2) AND id < $3
        ORDER BY id DESC LIMIT $4
        """,
        workspace,
        state,
        after or LAST_ID,
        limit,
    )


async def replay_item(connection: Connection, workspace: WorkspaceId, item: UUID) -> ChannelId | None:
    """Set one row to be read again; its channel, or None where there is no such row."""
    found: ChannelId | None = await connection.fetchval(
        "UPDATE journal SET state = 'waiting', waits_for = NULL WHERE workspace_id = $1 AND id = $2 RETURNING channel_id",
        workspace,
        item,
    )
    return found


async def replay_failed(connection: Connection, workspace: WorkspaceId) -> list[ChannelId]:
    """Set all failed and unknown rows of the workspace to be read again; one channel id per row."""
    rows = await connection.fetch(
        """
        UPDATE journal SET state = 'waiting' WHERE workspace_id = $1 AND state IN ('failed', 'unknown') RETURNING channel_id
        """,
        workspace,
    )
    return [ChannelId(row["channel_id"]) for row in rows]
