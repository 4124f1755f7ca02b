"""What people let us do and are to us, kept from identity's events, and filled from its snapshots where events of earlier times are gone.

Called by `subscribers` and run by `main`. Never changes a word or a kind: those are identity's.
"""

from collections.abc import Sequence

import msgspec
import structlog

from services.contracts.events import ConsentChanged, ProfileKindsChanged, PurposesChanged
from services.contracts.ids import WorkspaceId
from services.engagement.statements import consent as statements
from services.engagement.statements import due, members
from services.kit.access import WorkerTokens
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.port import Port
from services.kit.rounds import Rounds
from services.kit.snapshots import newest, read_snapshot

PROJECTION = "consent"
PAUSE_SECONDS = 5.0
WORDS = "/internal/snapshot/consent"
PURPOSES = "/internal/snapshot/purposes"
log = structlog.get_logger()


async def keep_words(connection: Connection, workspace: WorkspaceId, told: Sequence[ConsentChanged]) -> None:
    """Keep the newest of what was told of each profile, in whatever order it came."""
    latest = newest(told, of=lambda event: event.profile_id)
    if latest:
        rows = [(event.profile_id, msgspec.json.encode(event.words).decode(), event.version) for event in latest]
        await statements.keep_words(connection, workspace, rows)


async def keep_kinds(connection: Connection, workspace: WorkspaceId, told: Sequence[ProfileKindsChanged]) -> None:
    """Keep the newest of what was told of each profile; whose it is, ProfileAssigned tells."""
    latest = newest(told, of=lambda event: event.profile_id)
    if latest:
        rows = [(event.profile_id, msgspec.json.encode(event.kinds).decode(), event.version) for event in latest]
        await statements.keep_kinds(connection, workspace, rows)


async def keep_purposes(connection: Connection, workspace: WorkspaceId, told: Sequence[PurposesChanged]) -> None:
    """Keep the newest; version 0 is what the product brings, and needs no keeping."""
    for event in newest(told, of=lambda event: event.workspace_id):
        if event.version > 0:
            await statements.keep_purposes(connection, workspace, keys=event.keys, granted=event.granted, version=event.version)


async def refill_consent(connection: Connection, workspace: WorkspaceId) -> None:
    """Have the projection filled again; what is there stays until then."""
    await members.forget_filled(connection, workspace, name=PROJECTION)


class ConsentSnapshots:
    """Fills the projection of each workspace that has channels, once. `database` is of the role `app`, `worker` sees where it is not."""

    def __init__(self, database: Database, *, worker: Database, identity: Port, tokens: WorkerTokens, clock: Clock) -> None:
        self._rounds = Rounds(
            "consent", worker, lambda connection, after: due.workspaces_without_projection(connection, after=after, name=PROJECTION)
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
        """Read the snapshots unless that was done. Raises PortUnavailableError, DatabaseUnavailableError."""
        async with self._database.transaction(workspace) as connection:
            unfilled = await members.is_unfilled(connection, workspace, name=PROJECTION)
        if unfilled:
            await self._read(workspace)
            log.info("consent_filled", workspace_id=str(workspace))

    async def _read(self, workspace: WorkspaceId) -> None:
        """The last page and that it was the last are written as one: a wish to read it all again meets either nothing or both."""
        async for found in read_snapshot(self._identity, PURPOSES, PurposesChanged, tokens=self._tokens, workspace=workspace):
            async with self._database.transaction(workspace) as connection:
                await keep_purposes(connection, workspace, found.items)
        async for page in read_snapshot(self._identity, WORDS, ConsentChanged, tokens=self._tokens, workspace=workspace):
            async with self._database.transaction(workspace) as connection:
                await keep_words(connection, workspace, page.items)
                if not page.has_next:
                    await members.mark_filled(connection, workspace, name=PROJECTION, now=self._clock.now())
