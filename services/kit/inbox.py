"""Which events of a batch are new to a consumer: the id goes into the transaction of the effect.

Called by subscribers whose effect has no natural key; the others rely on their unique constraints.
"""

from collections.abc import Sequence
from datetime import datetime

from services.kit.bus import Received
from services.kit.db import Connection

_REMEMBER = """
INSERT INTO processed (workspace_id, consumer, event_id, processed_at)
SELECT $1, $2, id, now() FROM unnest($3::text[]) AS id ORDER BY id
ON CONFLICT DO NOTHING
RETURNING event_id
"""

_FORGET = """
DELETE FROM processed WHERE ctid = ANY(ARRAY(SELECT ctid FROM processed WHERE processed_at < $1 LIMIT $2))
"""


async def forget_processed(connection: Connection, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` ids processed before a moment, of all workspaces (as the worker role); answers how many."""
    return int((await connection.execute(_FORGET, before, limit)).rpartition(" ")[2])


async def unprocessed(connection: Connection, consumer: str, batch: Sequence[Received]) -> list[Received]:
    """The events of `batch` (all of one workspace) that this consumer has not yet had an effect of, in order."""
    if not batch:
        return []
    ids = [received.header.id for received in batch]
    rows = await connection.fetch(_REMEMBER, batch[0].header.workspace, consumer, ids)
    new = {row["event_id"] for row in rows}
    fresh: list[Received] = []
    for received in batch:
        if received.header.id in new:
            new.discard(received.header.id)
            fresh.append(received)
    return fresh
