"""Tells what lists say of people: rows of a CRM or another list, and whom they follow. Called by imports and `profiles`.

Only ids and times are told: what a row says of its person stays here.
"""

from collections.abc import Sequence
from datetime import datetime

from services.contracts.events import Entered, PeopleEntered
from services.contracts.ids import WorkspaceId
from services.kit import outbox
from services.kit.db import Connection

ENTRIES_LIMIT = 500


async def tell_entered(connection: Connection, workspace: WorkspaceId, entries: Sequence[Entered], *, now: datetime) -> None:
    """Append the events, in the transaction in which the people became known."""
    parts = [tuple(entries[start : start + ENTRIES_LIMIT]) for start in range(0, len(entries), ENTRIES_LIMIT)]
    await outbox.append(connection, workspace, [PeopleEntered(entries=part) for part in parts], now=now)
