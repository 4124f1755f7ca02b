"""What may go out now: claims due replies and changes, takes their tokens, begins probes. Called by the sender inside its transaction.

All senders of all processes share holds, breakers and buckets: they are rows, and what is refused here is queued as if never claimed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.engagement.pacing import Pace, paces
from services.engagement.protocol import Deletes, Edits
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import claiming as claims
from services.engagement.statements import gates
from services.engagement.statements.changes import claim_changes, give_back_changes
from services.kit.db import Connection

CLAIMS = 64
# Nobody's connections are used up by one platform that does not answer.
UNDER_WAY = 16
CHANGES = 16
DOUBT_HOLDS = timedelta(seconds=60)
CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Under which a round claims, and until when; `begun` is by the loop's clock."""

    workspace: WorkspaceId
    id: UUID
    until: datetime
    begun: float


@dataclass(frozen=True, slots=True)
class Claimed:
    """The replies that may go, the changes that may be made, and when the next token of a bucket that was used comes back."""

    replies: Sequence[asyncpg.Record] = ()
    changes: Sequence[asyncpg.Record] = ()
    next_at: Sequence[datetime] = ()


def can_change(channel: ConnectedChannel) -> bool:
    """Whether the platform lets us edit or delete at all."""
    return isinstance(channel.connector, Edits | Deletes)


async def claim(
    connection: Connection, lease: Lease, *, channels: Sequence[ConnectedChannel], under_way: Counter[UUID], now: datetime
) -> Claimed:
    """Claim what may go now. `under_way` counts what this process is sending, by channel.

    Replies and changes take from the same buckets, in one statement: senders that asked for one after the other could wait in a circle.
    """
    replies = await _claim_replies(connection, lease, channels=channels, under_way=under_way, now=now)
    changes = await _claim_changes(connection, lease, channels=channels, now=now)
    if not replies and not changes:
        return Claimed()
    allowed, next_at = await _take_tokens(connection, lease.workspace, [*replies, *changes], channels=channels, now=now)
    going = {row["id"] for row in allowed}
    probing = await _begin_probes(connection, lease, [row for row in replies if row["id"] in going], now=now)
    sent = {row["id"] for row in probing}
    if back := [row["id"] for row in replies if row["id"] not in sent]:
        await claims.give_back(connection, lease.workspace, back, lease=lease.id)
    if kept := [row for row in changes if row["id"] not in going]:
        await give_back_changes(connection, lease.workspace, kept, lease=lease.id)
    return Claimed(probing, [row for row in changes if row["id"] in going], next_at)


async def _claim_replies(
    connection: Connection, lease: Lease, *, channels: Sequence[ConnectedChannel], under_way: Counter[UUID], now: datetime
) -> Sequence[asyncpg.Record]:
    free = [(channel.id, UNDER_WAY - under_way[channel.id]) for channel in channels if under_way[channel.id] < UNDER_WAY]
    if not free:
        return ()
    return await claims.claim_due(
        connection,
        lease.workspace,
        channels=free,
        now=now,
        lease=lease.id,
        lease_until=lease.until,
        doubt_until=now - DOUBT_HOLDS,
        limit=CLAIMS,
    )


async def _claim_changes(
    connection: Connection, lease: Lease, *, channels: Sequence[ConnectedChannel], now: datetime
) -> Sequence[asyncpg.Record]:
    changing = [channel.id for channel in channels if can_change(channel)]
    if not changing:
        return ()
    return await claim_changes(
        connection, lease.workspace, channels=changing, now=now, lease=lease.id, lease_until=lease.until, limit=CHANGES
    )


async def _take_tokens(
    connection: Connection,
    workspace: WorkspaceId,
    rows: Sequence[asyncpg.Record],
    *,
    channels: Sequence[ConnectedChannel],
    now: datetime,
) -> tuple[Sequence[asyncpg.Record], Sequence[datetime]]:
    """Those rows for which their channel, and then their conversation, had a token. Channels without limits cost nothing."""
    limits = {channel.id: channel.connector.declaration.rate_limits for channel in channels if channel.connector.declaration.rate_limits}
    if not any(row["channel_id"] in limits for row in rows):
        return rows, ()
    next_at: list[datetime] = []
    for per, column in (("channel", "channel_id"), ("conversation", "conversation_id")):
        of_channel: dict[UUID, Pace] = {channel: pace for channel, of in limits.items() if (pace := paces(of, per=per)) is not None}
        rows = await _take_from(connection, workspace, rows, column=column, of_channel=of_channel, now=now, next_at=next_at)
    return rows, next_at


async def _take_from(  # noqa: PLR0913 - the parts of one kind of bucket
    connection: Connection,
    workspace: WorkspaceId,
    rows: Sequence[asyncpg.Record],
    *,
    column: str,
    of_channel: dict[UUID, Pace],
    now: datetime,
    next_at: list[datetime],
) -> Sequence[asyncpg.Record]:
    """The rows, the longest due first, for which the buckets named by `column` had tokens."""
    wanted = Counter((row["channel_id"], row[column]) for row in rows if row["channel_id"] in of_channel)
    if not wanted:
        return rows
    asked = [
        (channel, subject, count, of_channel[channel].burst, of_channel[channel].interval_seconds)
        for (channel, subject), count in wanted.items()
    ]
    taken = await gates.take_tokens(connection, workspace, asked, now=now)
    next_at.extend(row["next_at"] for row in taken)
    left = Counter({row["subject_id"]: row["granted"] for row in taken})
    allowed = []
    for row in sorted(rows, key=lambda row: (row["waits_since"], row["id"])):
        if row["channel_id"] not in of_channel:
            allowed.append(row)
        elif left[row[column]] > 0:
            left[row[column]] -= 1
            allowed.append(row)
    return allowed


async def _begin_probes(connection: Connection, lease: Lease, rows: Sequence[asyncpg.Record], *, now: datetime) -> Sequence[asyncpg.Record]:
    """One reply tries a channel whose breaker is open; of several senders' probes one is the first."""
    probes = [(row["channel_id"], row["id"]) for row in rows if row["breaker"] != CLOSED]
    if not probes:
        return rows
    begun = await gates.begin_probes(connection, lease.workspace, probes, now=now, until=lease.until)
    return [row for row in rows if row["breaker"] == CLOSED or row["id"] in begun]
