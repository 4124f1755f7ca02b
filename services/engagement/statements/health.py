"""How channels fare, in one statement for any number of them. Called by REST, the batch route and the command line."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection

# A backlog is counted up to here: beyond, its length matters less than what counting costs.
COUNTED = 1001


async def health_of_channels(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """What waits in each channel, what was last heard and sent, and the state that all senders share; in no order."""
    return await connection.fetch(
        f"""
        SELECT c.id, c.active, c.trouble, s.last_event_at, s.held_until, coalesce(s.hold_reason, '') AS hold_reason,
            coalesce(s.breaker, 'closed') AS breaker, coalesce(s.failures, 0) AS failures, s.opened_at, s.probe_at, s.failed_at,
            coalesce(s.failure, '') AS failure, s.refused_at, e.expires_at AS credentials_expire_at,
            w.due_at AS subscription_due_at, w.told_at AS subscribed_at, coalesce(w.reason, '') AS subscription_reason,
            (SELECT max(r.sent_at) FROM reply r WHERE r.workspace_id = $1 AND r.channel_id = c.id AND r.sent_at IS NOT NULL)
                AS last_sent_at,
            (SELECT count(*) FROM (
                SELECT FROM journal j WHERE j.workspace_id = $1 AND j.channel_id = c.id AND j.state = 'waiting' LIMIT {COUNTED}
            ) w)::int AS journal_waiting,
            (SELECT count(*) FROM (
                SELECT FROM reply q WHERE q.workspace_id = $1 AND q.channel_id = c.id AND q.state = 'queued' LIMIT {COUNTED}
            ) w)::int AS replies_queued,
            (SELECT count(*) FROM (
                SELECT FROM reply u WHERE u.workspace_id = $1 AND u.channel_id = c.id AND u.state = 'unknown' LIMIT {COUNTED}
            ) w)::int AS replies_in_doubt
        FROM channel c LEFT JOIN channel_state s ON s.workspace_id = $1 AND s.channel_id = c.id
            LEFT JOIN credential_refresh e ON e.workspace_id = $1 AND e.channel_id = c.id
            LEFT JOIN webhook_subscription w ON w.workspace_id = $1 AND w.channel_id = c.id AND NOT w.ending
        WHERE c.workspace_id = $1 AND c.id = ANY($2)
        """,
        workspace,
        list(ids),
    )
