"""In which workspaces sweeps have something to do: a statement over all workspaces each, as `worker`. Asked through `kit.rounds`."""

from datetime import datetime
from uuid import UUID

from services.kit.db import Connection
from services.kit.rounds import Turn, any_due, take_turn, walks

_OPEN = "t.wakes_at IS NOT NULL AND t.completed_at IS NULL"
_HANDED = "t.contact_by IS NOT NULL AND t.completed_at IS NULL"
_TARGETS = walks(
    ("task", _OPEN, any_due("task", f"{_OPEN} AND t.wakes_at <= $3")),
    ("task", _HANDED, any_due("task", f"{_HANDED} AND t.contact_by <= $3")),
    ("resolution", "t.wakes_at IS NOT NULL", any_due("resolution", "t.wakes_at <= $3")),
)


_PUSHING = walks(("assignment_setting", "t.pushes", "true"))


async def workspaces_that_push(connection: Connection, *, after: UUID) -> Turn:
    """Where tasks are given to whom they suit best."""
    return await take_turn(connection, _PUSHING, after)


_CADENCES = walks(("cadence", "true", any_due("cadence", "t.wakes_at <= $3")))


async def workspaces_with_due_cadences(connection: Connection, *, after: UUID, now: datetime) -> Turn:
    """Where the playbook's own work is to begin."""
    return await take_turn(connection, _CADENCES, after, now)


async def workspaces_with_due_targets(connection: Connection, *, after: UUID, now: datetime) -> Turn:
    """Where somebody is to be warned, or told that a time is over or a hand-off neglected."""
    return await take_turn(connection, _TARGETS, after, now)
