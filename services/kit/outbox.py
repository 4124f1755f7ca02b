"""Events leave with the change that caused them: `append` in its transaction; the relay publishes later.

Called by business code of every service. Never talks to the broker.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.contracts.envelope import Event
from services.contracts.ids import WorkspaceId
from services.kit.db import Connection
from services.kit.telemetry import traceparent

_APPEND = """
INSERT INTO outbox (workspace_id, day, type, version, subject, time, traceparent, data)
SELECT $1, ($2::timestamptz AT TIME ZONE 'UTC')::date, e.type, e.version, e.subject, $2, $3, e.data
FROM unnest($4::text[], $5::int[], $6::text[], $7::text[]) WITH ORDINALITY AS e (type, version, subject, data, position)
ORDER BY e.position
"""


async def append(connection: Connection, workspace: WorkspaceId, events: Sequence[Event], *, now: datetime) -> None:
    """Record `events` in this transaction, in order, with one statement. Lock their aggregates' rows before.

    The schema is the role's search path. Call the relay's `wake` after the commit; its poll is only the net below.
    """
    if not events:
        return
    await connection.execute(
        _APPEND,
        workspace,
        now,
        traceparent(),
        [event.type for event in events],
        [event.schema_version for event in events],
        [event.aggregate() for event in events],
        [msgspec.json.encode(event).decode() for event in events],
    )
