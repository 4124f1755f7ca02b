"""Who works here, kept from identity's events, and filled from its snapshot the first time that somebody is to be given work.

Called by `subscribers` and the REST edge. Never changes a member: that is identity's.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import structlog

from services.contracts.events import MemberChanged
from services.contracts.ids import MemberId, WorkspaceId
from services.contracts.standing_in import Standing, stand_in
from services.kit.access import WorkerTokens
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.port import Port
from services.kit.snapshots import newest, read_snapshot
from services.routing.errors import MemberNotFoundError
from services.routing.statements import members as statements

PROJECTION = "members"
SNAPSHOT = "/internal/snapshot/members"
log = structlog.get_logger()


async def keep_members(connection: Connection, workspace: WorkspaceId, told: Sequence[MemberChanged]) -> None:
    """Keep the newest of what was told of each member, in whatever order it came."""
    latest = newest(told, of=lambda event: event.member_id)
    if latest:
        await statements.keep_members(connection, workspace, [_row(each) for each in latest])


async def stand_ins(
    connection: Connection, workspace: WorkspaceId, wanted: Collection[MemberId], *, now: datetime
) -> dict[MemberId, MemberId | None]:
    """Who gets what would be theirs: themselves, or whoever acts for those who are away or have left."""
    if not wanted:
        return {}
    known = {
        MemberId(row["id"]): Standing(
            active=row["active"],
            deputy_id=row["deputy_id"],
            absent_from=row["absent_from"],
            absent_until=row["absent_until"],
            successor_id=row["successor_id"],
        )
        for row in await statements.standings_of(connection, workspace, sorted(set(wanted)))
    }
    return {each: stand_in(each, known, now=now) for each in wanted}


async def refuse_stranger(connection: Connection, workspace: WorkspaceId, member: MemberId) -> None:
    """Raise MemberNotFoundError where the member does not work here, or no longer."""
    if not await statements.is_at_work(connection, workspace, member):
        raise MemberNotFoundError("Name a member who works here now; GET /v1/members tells them.")


def _row(event: MemberChanged) -> tuple[object, ...]:
    return (
        event.member_id,
        event.active,
        event.version,
        event.deputy_id,
        event.absent_from,
        event.absent_until,
        event.successor_id,
        event.name,
        [str(each) for each in event.disciplines],
        list(event.languages),
    )


class Members:
    """Fills the projection of a workspace, once. `database` is of the role `app`."""

    def __init__(self, database: Database, *, identity: Port, tokens: WorkerTokens, clock: Clock) -> None:
        self._database = database
        self._identity = identity
        self._tokens = tokens
        self._clock = clock
        self._filled: set[WorkspaceId] = set()

    async def know(self, workspace: WorkspaceId, *, named: MemberId | None) -> None:
        """Where somebody is named, read the snapshot unless that was done; two at once do no harm. Raises PortUnavailableError."""
        if named is not None:
            await self.fill(workspace)

    async def fill(self, workspace: WorkspaceId) -> None:
        """Read the snapshot unless that was done. Raises PortUnavailableError."""
        if workspace in self._filled:
            return
        async with self._database.transaction(workspace) as connection:
            filled = await statements.is_filled(connection, workspace, name=PROJECTION)
        if not filled:
            await self._read(workspace)
            log.info("members_filled", workspace_id=str(workspace))
        self._filled.add(workspace)

    async def _read(self, workspace: WorkspaceId) -> None:
        """The last page and that it was the last are written as one: a wish to read it all again meets either nothing or both."""
        async for page in read_snapshot(self._identity, SNAPSHOT, MemberChanged, tokens=self._tokens, workspace=workspace):
            async with self._database.transaction(workspace) as connection:
                await keep_members(connection, workspace, page.items)
                if not page.has_next:
                    await statements.mark_filled(connection, workspace, name=PROJECTION, now=self._clock.now())
