"""Notices that the clock was set back, so that what was noted before does not wait until it has come that far again. Used by the sender."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from services.contracts.ids import WorkspaceId
from services.engagement.statements import steps as statements
from services.kit.db import Connection

# A clock that is put right by less is no step; a delay that members choose is shorter.
STEP = timedelta(seconds=60)

log = structlog.get_logger()


class Steps:
    """Remembers the latest time that was seen. What comes from a process that starts after the step is waited for, an hour for an hour."""

    def __init__(self, *, now: datetime) -> None:
        self._latest = now
        self._behind: set[WorkspaceId] = set()

    @property
    def behind(self) -> frozenset[WorkspaceId]:
        """Whom nobody has put right yet."""
        return frozenset(self._behind)

    def notice(self, now: datetime, *, workspaces: Iterable[WorkspaceId]) -> None:
        """Tell what the clock says; where it was set back, all these workspaces are put right."""
        if now < self._latest - STEP:
            log.warning("clock_set_back", seconds=round((self._latest - now).total_seconds()))
            self._behind.update(workspaces)
        self._latest = now

    async def put_right(self, connection: Connection, workspace: WorkspaceId, *, now: datetime, soon: datetime) -> None:
        """Bring back what this workspace noted for later, once. `soon` is when a lease of now would end."""
        if workspace in self._behind:
            await statements.bring_back(connection, workspace, now=now, soon=soon, later=now + STEP)
            self._behind.discard(workspace)
