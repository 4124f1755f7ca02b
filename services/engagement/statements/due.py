"""Which workspaces have something due: a statement for each sweep, over all workspaces, as `worker`. Asked through `kit.rounds`.

They show which workspaces these are and no row of theirs; what is due is worked off as `app`.
"""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, WorkspaceId
from services.kit.db import Connection
from services.kit.rounds import Turn, any_due, take_turn, walks

_REPLIES = walks(
    (
        "reply",
        "t.state IN ('queued', 'sending')",
        any_due("reply", "t.state IN ('queued', 'sending') AND t.due_at <= $3 AND (t.state = 'queued' OR t.lease_until < $3)"),
    ),
    ("reply", "t.state = 'unknown'", any_due("reply", "t.state = 'unknown' AND t.doubted_at > $4")),
    ("reply", "t.change_due_at IS NOT NULL", any_due("reply", "t.change_due_at <= $3")),
)
_BUCKETS = walks(("send_bucket", "true", any_due("send_bucket", "t.spent_until < $3")))
_SNOOZES = walks(("conversation", "t.status = 'snoozed'", any_due("conversation", "t.status = 'snoozed' AND t.snoozed_until <= $3")))
_SUMS = walks(("ledger_sum", "true", "EXISTS (SELECT FROM ledger_sum t WHERE t.workspace_id = w.workspace_id OFFSET $3)"))
_JOBS = walks(("job", "t.finished_at IS NULL", any_due("job", "t.finished_at IS NULL AND (t.lease_until IS NULL OR t.lease_until <= $3)")))
_UNTOLD = "t.state = 'open' AND t.told <> 'overdue'"
_PROMISES = walks(("promise", _UNTOLD, any_due("promise", f"{_UNTOLD} AND t.due_at <= $4 AND (t.told = '' OR t.due_at <= $3)")))
_DELIVERIES = walks(
    (
        "notification_delivery",
        "t.due_at IS NOT NULL",
        any_due("notification_delivery", "t.due_at <= $3 AND (t.lease_until IS NULL OR t.lease_until < $3)"),
    )
)
_RATINGS = walks(("rating", "t.state = 'waiting'", any_due("rating", "t.state = 'waiting' AND t.due_at <= $3")))
_PROJECTIONS = walks(("channel", "true", "NOT EXISTS (SELECT FROM projection t WHERE t.workspace_id = w.workspace_id AND t.name = $3)"))
_PARKED = walks(
    (
        "journal",
        "t.state = 'parked'",
        any_due("journal", "t.state = 'parked' AND t.received_at + interval '5 seconds' * power(4, least(t.attempts, 9) - 1) < $3"),
    )
)
_READ = walks(("journal", "true", any_due("journal", "t.id < $3 AND t.state <> 'waiting'")))


def _not_told(kind: str, subject: str, *, due_at: str = "") -> str:
    at = f" AND r.due_at = {due_at}" if due_at else ""
    return (
        "NOT EXISTS (SELECT FROM reminder r "
        f"WHERE r.workspace_id = t.workspace_id AND r.kind = '{kind}' AND r.subject_id = {subject}{at} OFFSET 0)"
    )


_OWED = "t.ledger = 'owed' AND t.due_at > {} AND t.due_at <= {} AND {}"
_REMINDERS = walks(
    (
        "interaction",
        "t.ledger = 'owed' AND t.due_at IS NOT NULL",
        " OR ".join(
            (
                any_due("interaction", _OWED.format("$3", "$4", _not_told("due_soon", "t.id", due_at="t.due_at"))),
                any_due("interaction", _OWED.format("$5", "$3", _not_told("overdue", "t.id", due_at="t.due_at"))),
            )
        ),
    ),
    besides=(
        f"SELECT t.workspace_id FROM channel t WHERE t.trouble <> '' AND {_not_told('channel_trouble', 't.id')}",
        """
        SELECT r.workspace_id FROM reminder r WHERE r.kind = 'channel_trouble' AND NOT EXISTS (
            SELECT FROM channel t WHERE t.workspace_id = r.workspace_id AND t.id = r.subject_id AND t.trouble <> ''
        )
        """,
    ),
)
_REFRESHES = walks(
    (
        "credential_refresh",
        "t.due_at IS NOT NULL",
        any_due("credential_refresh", "t.due_at <= $3 AND (t.lease_until IS NULL OR t.lease_until < $3)"),
    ),
    ("channel_authorization", "true", any_due("channel_authorization", "t.expires_at < $4")),
)
_SUBSCRIPTIONS = walks(
    (
        "webhook_subscription",
        "t.due_at IS NOT NULL",
        any_due("webhook_subscription", "t.due_at <= $3 AND (t.lease_until IS NULL OR t.lease_until < $3)"),
    )
)
_COMPLETIONS = walks(
    (
        "completion",
        "t.due_at IS NOT NULL",
        any_due("completion", "t.due_at <= $3 AND (t.lease_until IS NULL OR t.lease_until < $3)"),
    ),
    ("completion", "t.held_until IS NOT NULL", any_due("completion", "t.held_until <= $3")),
)
_OLD_NOTIFICATIONS = walks(
    ("notification", "true", any_due("notification", "t.changed_at < $3")), ("reminder", "true", any_due("reminder", "t.due_at < $4"))
)


_RECONCILE = """
SELECT * FROM (
    SELECT r.workspace_id, r.channel_id, r.place, r.due_at,
        r.due_at <= $4 AND (r.lease_until IS NULL OR r.lease_until < $4) AS is_due,
        coalesce((
            SELECT r.checked_sequence IS NULL OR j.received_at < $5 FROM journal j
            WHERE j.workspace_id = r.workspace_id AND j.channel_id = r.channel_id AND j.sequence > coalesce(r.checked_sequence, -1)
            ORDER BY j.sequence LIMIT 1
        ), false) OR EXISTS (
            SELECT FROM journal_gap g
            WHERE g.workspace_id = r.workspace_id AND g.channel_id = r.channel_id AND g.filled_at IS NULL AND g.noticed_at > $6
              AND (SELECT count(*) FROM journal j WHERE j.workspace_id = g.workspace_id AND j.channel_id = g.channel_id
                   AND j.sequence BETWEEN g.first AND g.last) = g.last - g.first + 1
        ) AS is_numbered
    FROM (
        SELECT workspace_id, channel_id, due_at, lease_until, checked_sequence,
            row_number() OVER (ORDER BY workspace_id, channel_id) AS place
        FROM reconciliation WHERE (workspace_id, channel_id) > ($1, $2) ORDER BY workspace_id, channel_id LIMIT $3
    ) r
) s WHERE is_due OR is_numbered OR place = $3 ORDER BY place
"""


async def workspaces_with_due_replies(connection: Connection, *, after: UUID, now: datetime, doubted_since: datetime) -> Turn:
    """Where replies or their changes are due, senders vanished, or replies came in doubt since then and are still."""
    return await take_turn(connection, _REPLIES, after, now, doubted_since)


async def workspaces_with_full_buckets(connection: Connection, *, after: UUID, before: datetime) -> Turn:
    """Where buckets have been full since then."""
    return await take_turn(connection, _BUCKETS, after, before)


async def workspaces_with_due_snoozes(connection: Connection, *, after: UUID, now: datetime) -> Turn:
    """Where threads are to be opened again."""
    return await take_turn(connection, _SNOOZES, after, now)


async def workspaces_with_many_sums(connection: Connection, *, after: UUID, beyond: int) -> Turn:
    """Where the ledger's sums have more parts than that."""
    return await take_turn(connection, _SUMS, after, beyond)


async def workspaces_with_free_jobs(connection: Connection, *, after: UUID, now: datetime) -> Turn:
    """Where jobs are unfinished and nobody works on them."""
    return await take_turn(connection, _JOBS, after, now)


async def workspaces_with_due_promises(connection: Connection, *, after: UUID, now: datetime, soon: datetime) -> Turn:
    """Where promises fall due until `soon`, or are overdue, and that was not told."""
    return await take_turn(connection, _PROMISES, after, now, soon)


async def workspaces_with_due_deliveries(connection: Connection, *, after: UUID, now: datetime) -> Turn:
    """Where members are to be told something now."""
    return await take_turn(connection, _DELIVERIES, after, now)


async def workspaces_with_due_ratings(connection: Connection, *, after: UUID, now: datetime) -> Turn:
    """Where people are to be asked."""
    return await take_turn(connection, _RATINGS, after, now)


async def workspaces_with_due_reminders(connection: Connection, *, after: UUID, now: datetime, soon: datetime, long_ago: datetime) -> Turn:
    """Where what is owed falls due until `soon`, or fell due since `long_ago`, or a channel is in trouble or out of it, untold."""
    return await take_turn(connection, _REMINDERS, after, now, soon, long_ago)


async def workspaces_with_due_refreshes(connection: Connection, *, after: UUID, now: datetime, ended_before: datetime) -> Turn:
    """Where credentials are to be renewed, or authorizations ended before then and are still kept."""
    return await take_turn(connection, _REFRESHES, after, now, ended_before)


async def workspaces_with_due_subscriptions(connection: Connection, *, after: UUID, now: datetime) -> Turn:
    """Where platforms are to be told where to deliver, or that nothing is wanted any more."""
    return await take_turn(connection, _SUBSCRIPTIONS, after, now)


async def workspaces_with_due_completions(connection: Connection, *, after: UUID, now: datetime) -> Turn:
    """Where platforms are to be asked what interactions lack, or what was held back for it is to be told."""
    return await take_turn(connection, _COMPLETIONS, after, now)


async def workspaces_with_old_notifications(
    connection: Connection, *, after: UUID, notified_before: datetime, reminded_before: datetime
) -> Turn:
    """Where notifications, or reminders, are older than that."""
    return await take_turn(connection, _OLD_NOTIFICATIONS, after, notified_before, reminded_before)


async def workspaces_without_projection(connection: Connection, *, after: UUID, name: str) -> Turn:
    """Those with channels whose projection is not filled."""
    return await take_turn(connection, _PROJECTIONS, after, name)


async def workspaces_with_parked_items(connection: Connection, *, after: UUID, now: datetime) -> Turn:
    """Where parked rows of the journal are to be looked at again."""
    return await take_turn(connection, _PARKED, after, now)


async def workspaces_with_old_items(connection: Connection, *, after: UUID, before: UUID) -> Turn:
    """Where the journal has rows born before that id that were read."""
    return await take_turn(connection, _READ, after, before)


async def channels_with_waiting(connection: Connection, *, after: tuple[UUID, UUID], limit: int) -> list[tuple[WorkspaceId, ChannelId]]:
    """Channels with unread rows, in order of workspace and channel; a step in the index for each, however many rows it has."""
    rows = await connection.fetch(
        """
        WITH RECURSIVE waiting (workspace_id, channel_id, place) AS (
            SELECT n.workspace_id, n.channel_id, 1 FROM (
                SELECT j.workspace_id, j.channel_id FROM journal j WHERE j.state = 'waiting' AND (j.workspace_id, j.channel_id) > ($1, $2)
                ORDER BY j.workspace_id, j.channel_id LIMIT 1
            ) n
            UNION ALL
            SELECT n.workspace_id, n.channel_id, w.place + 1 FROM waiting w CROSS JOIN LATERAL (
                SELECT j.workspace_id, j.channel_id FROM journal j
                WHERE j.state = 'waiting' AND (j.workspace_id, j.channel_id) > (w.workspace_id, w.channel_id)
                ORDER BY j.workspace_id, j.channel_id LIMIT 1
            ) n WHERE w.place < $3
        )
        SELECT workspace_id, channel_id FROM waiting ORDER BY place
        """,
        *after,
        limit,
    )
    return [(WorkspaceId(row["workspace_id"]), ChannelId(row["channel_id"])) for row in rows]


async def channels_to_reconcile(
    connection: Connection,
    *,
    after: tuple[UUID, UUID],
    limit: int,
    now: datetime,
    settled_before: datetime,
    gaps_since: datetime,
) -> list[asyncpg.Record]:
    """Of the next channels those that are due, or whose platform's numbers went on or left a gap that is full now.

    workspace_id, channel_id, due_at, is_due, is_numbered. The last of `limit` channels comes in any case, so that one can go on.
    """
    return await connection.fetch(
        _RECONCILE,
        *after,
        limit,
        now,
        settled_before,
        gaps_since,
    )
