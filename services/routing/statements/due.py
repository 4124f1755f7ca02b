"""In which workspaces a warning or a time has come: one statement over all workspaces, as `worker`. Asked through `kit.rounds`."""

from datetime import datetime
from uuid import UUID

from services.kit.db import Connection
from services.kit.rounds import Turn, any_due, take_turn, walks

_OPEN = "t.wakes_at IS NOT NULL AND t.completed_at IS NULL"
_TARGETS = walks(
    ("task", _OPEN, any_due("task", f"{_OPEN} AND t.wakes_at <= $3")),
    ("resolution", "t.wakes_at IS NOT NULL", any_due("resolution", "t.wakes_at <= $3")),
)


async def workspaces_with_due_targets(connection: Connection, *, after: UUID, now: datetime) -> Turn:
    """Where somebody is to be warned, or told that a time is over."""
    return await take_turn(connection, _TARGETS, after, now)
