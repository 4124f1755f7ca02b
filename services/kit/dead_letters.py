"""Events that failed to the end: kept, listed, redriven. Called by subscriptions, the REST edge and the command line.

Never deletes one: a redriven letter stays with its date.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection, Database
from services.kit.ids import LAST_ID, new_id

_BURY = """
INSERT INTO dead_letter (workspace_id, id, consumer, event_id, type, payload, reason, attempts, failed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (workspace_id, consumer, event_id)
DO UPDATE SET reason = EXCLUDED.reason, attempts = EXCLUDED.attempts, failed_at = EXCLUDED.failed_at, redriven_at = NULL
"""

_PAGE = """
SELECT id, consumer, event_id, type, reason, attempts, failed_at, redriven_at FROM dead_letter
WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
"""

_WAITING = """
SELECT id FROM dead_letter WHERE workspace_id = $1 AND redriven_at IS NULL ORDER BY id DESC LIMIT $2
"""

_TAKE = """
UPDATE dead_letter SET redriven_at = $3 WHERE workspace_id = $1 AND id = $2 RETURNING consumer, payload
"""

NOWHERE = UUID(int=0)
REASON_LIMIT_CHARS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One buried event; its payload is not shown, because it holds what people said."""

    id: UUID
    consumer: str
    event_id: str
    type: str
    reason: str
    attempts: int
    failed_at: datetime
    redriven_at: datetime | None


async def bury(  # noqa: PLR0913 - the parts of one letter
    database: Database, *, consumer: str, payload: bytes, subject: str, reason: str, attempts: int, now: datetime
) -> None:
    """Keep an event that cannot be handled; a second burial of the same one updates the first."""
    workspace, event_id = _identity_of(payload, subject)
    kind = ".".join(subject.split(".")[1:4])
    async with database.transaction(workspace) as connection:
        await connection.execute(
            _BURY,
            workspace,
            new_id(),
            consumer,
            event_id,
            kind,
            payload.decode("utf-8", "replace").replace("\x00", ""),
            reason[:REASON_LIMIT_CHARS].replace("\x00", "").encode("utf-8", "replace").decode(),
            attempts,
            now,
        )


async def list_dead_letters(connection: Connection, workspace: WorkspaceId, *, after: UUID | None, limit: int) -> Sequence[DeadLetter]:
    """The newest first; `after` is the id of the last one seen."""
    rows = await connection.fetch(_PAGE, workspace, after or LAST_ID, limit)
    return [DeadLetter(**dict(row)) for row in rows]


async def waiting_letters(connection: Connection, workspace: WorkspaceId, *, limit: int) -> list[UUID]:
    """The newest letters that nobody has redriven."""
    return [row["id"] for row in await connection.fetch(_WAITING, workspace, limit)]


async def take(connection: Connection, workspace: WorkspaceId, letter: UUID, *, now: datetime) -> tuple[str, bytes] | None:
    """Mark a letter as redriven; gives its consumer and payload, or None where there is no such letter."""
    row = await connection.fetchrow(_TAKE, workspace, letter, now)
    return None if row is None else (row["consumer"], row["payload"].encode())


def _identity_of(payload: bytes, subject: str) -> tuple[WorkspaceId, str]:
    """Workspace and event id of a payload that may be broken; the subject's last token is the workspace."""
    try:
        workspace = WorkspaceId(UUID(subject.rpartition(".")[2]))
    except ValueError:
        workspace = WorkspaceId(NOWHERE)
    try:
        found = json.loads(payload)
        event_id = str(found["id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        event_id = f"unreadable-{hashlib.sha256(payload).hexdigest()}"
    return workspace, event_id
