"""Who works here, kept from identity's events, and filled from its snapshot where events of earlier times are gone.

Called by `subscribers` and run by `main`. Never changes a member: that is identity's.
"""

from collections.abc import Sequence

import msgspec
import structlog

from services.contracts.events import MemberChanged
from services.contracts.ids import WorkspaceId
from services.engagement.statements import due
from services.engagement.statements import members as statements
from services.kit.access import WorkerTokens
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.port import Port
from services.kit.rounds import Rounds
from services.kit.snapshots import newest, read_snapshot

PROJECTION = "members"
PAUSE_SECONDS = 5.0
SNAPSHOT = "/internal/snapshot/members"
log = structlog.get_logger()


async def keep_members(connection: Connection, workspace: WorkspaceId, told: Sequence[MemberChanged]) -> None:
    """Keep the newest of what was told of each member, in whatever order it came."""
    latest = newest(told, of=lambda event: event.member_id)
    if latest:
        await statements.keep_members(connection, workspace, [_row(event) for event in latest])


def _row(event: MemberChanged) -> tuple[object, ...]:
    return (
        event.member_id,
        event.name,
        event.email,
        event.role.value,
        msgspec.json.encode(event.disciplines).decode(),
        msgspec.json.encode(event.languages).decode(),
        event.active,
        event.version,
        event.deputy_id,
        event.absent_from,
        event.absent_until,
        event.successor_id,
    )


async def refill_members(connection: Connection, workspace: WorkspaceId) -> None:
    """Have the projection filled again; what is there stays until then."""
    await statements.forget_filled(connection, workspace, name=PROJECTION)


class MemberSnapshots:
    """Fills the projection of each workspace that has channels, once. `database` is of the role `app`, `worker` sees where it is not."""

    def __init__(self, database: Database, *, worker: Database, identity: Port, tokens: WorkerTokens, clock: Clock) -> None:
        self._rounds = Rounds(
            "members", worker, lambda connection, after: due.workspaces_without_projection(connection, after=after, name=PROJECTION)
        )
        self._database = database
        self._identity = identity
        self._tokens = tokens
        self._clock = clock

    async def run(self) -> None:
        """Fill what is not filled until cancelled; identity may be away."""
        await self._rounds.keep_going(self.fill, every_seconds=PAUSE_SECONDS)

    async def sweep(self) -> None:
        """Fill what is not filled."""
        await self._rounds.go(self.fill)

    async def fill(self, workspace: WorkspaceId) -> None:
        """Read the snapshot unless that was done. Raises PortUnavailableError, DatabaseUnavailableError."""
        async with self._database.transaction(workspace) as connection:
            unfilled = await statements.is_unfilled(connection, workspace, name=PROJECTION)
        if unfilled:
            await self._read(workspace)
            log.info("members_filled", workspace_id=str(workspace))

    async def _read(self, workspace: WorkspaceId) -> None:
        """The last page and that it was the last are written as one: a wish to read it all again meets either nothing or both."""
        async for page in read_snapshot(self._identity, SNAPSHOT, MemberChanged, tokens=self._tokens, workspace=workspace):
            async with self._database.transaction(workspace) as connection:
                await keep_members(connection, workspace, page.items)
                if not page.has_next:
                    await statements.mark_filled(connection, workspace, name=PROJECTION, now=self._clock.now())
