"""The statement for a clock that was set back: what senders share and noted in a time that has not come yet."""

from datetime import datetime

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection

_BRING_BACK = """
WITH replies AS (
    UPDATE reply SET
        due_at = CASE WHEN state = 'queued' AND due_at > $4 OR state = 'sending' AND due_at > $2 THEN $2 ELSE due_at END,
        lease_until = CASE WHEN lease_until > $3 THEN $3 ELSE lease_until END,
        doubted_at = CASE WHEN doubted_at > $2 THEN $2 ELSE doubted_at END,
        change_due_at = CASE WHEN change_due_at > $3 THEN $3 ELSE change_due_at END
    WHERE workspace_id = $1 AND (
        state = 'queued' AND due_at > $4 OR state = 'sending' AND lease_until > $3 OR state = 'unknown' AND doubted_at > $2
        OR change_due_at > $3
    )
), buckets AS (
    UPDATE send_bucket SET
        spent_until = $2 + burst * interval_seconds * interval '1 second', next_at = $2 + interval_seconds * interval '1 second'
    WHERE workspace_id = $1 AND spent_until > $2 AND spent_until > $2 + burst * interval_seconds * interval '1 second'
)
UPDATE channel_state SET
    held_until = CASE WHEN held_until > $3 THEN $2 ELSE held_until END,
    probe_at = CASE WHEN probe_at > $3 THEN $2 ELSE probe_at END
WHERE workspace_id = $1 AND (held_until > $3 OR probe_at > $3)
"""


async def bring_back(connection: Connection, workspace: WorkspaceId, *, now: datetime, soon: datetime, later: datetime) -> None:
    """Let nothing of the way out wait for a time that the clock has left.

    Leases end at `soon` at the latest, buckets are as if just emptied, holds and probes that end after `soon` end now, and retries due
    after `later` are due now: a platform that asked for more patience asks again. What is being sent was due when it began, and is due for
    the sweep that looks after its sender.
    """
    await connection.execute(_BRING_BACK, workspace, now, soon, later)
