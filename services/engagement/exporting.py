"""What engagement keeps of a person, told for the file of an export when identity asks for it. Composed by `subscribers`.

One transaction a request: what is told is of one moment, and a request that comes twice is told once. People who were erased are not told.
"""

from collections.abc import Callable, Sequence

from services.contracts.events import HistoryExported, PersonExportRequested
from services.contracts.ids import WorkspaceId
from services.engagement.statements.exporting import exported_whole
from services.kit import outbox
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.crypto import Vault
from services.kit.db import Connection, Database
from services.kit.erasing import erased_among
from services.kit.inbox import unprocessed
from services.kit.packing import Packer, Piece
from services.kit.subscriptions import Subscription

SERVICE = "engagement"
DURABLE = f"{SERVICE}-exports"


class ExportsHeard:
    """The subscription. `database` is of the role `app`; `published` wakes the relay."""

    def __init__(self, database: Database, *, vault: Vault, clock: Clock, published: Callable[[], None]) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._published = published

    def subscription(self) -> Subscription:
        """Durable `engagement-exports`."""
        return Subscription(durable=DURABLE, service="identity", events=(PersonExportRequested,), handler=self.tell, batch=5)

    async def tell(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Tell all that is kept of these people, a piece after the other."""
        for received in batch:
            async with self._database.transaction(workspace) as connection:
                for fresh in await unprocessed(connection, DURABLE, [received]):
                    if isinstance(fresh.event, PersonExportRequested):
                        await self._tell(connection, workspace, fresh.event)
            self._published()

    async def _tell(self, connection: Connection, workspace: WorkspaceId, asked: PersonExportRequested) -> None:
        erased = await erased_among(connection, workspace, asked.profile_ids)
        profiles = [each for each in asked.profile_ids if erased.get(each) is None or erased[each] < asked.at]
        packer = Packer(self._vault, workspace, asked.export_id, SERVICE)
        async for items in exported_whole(connection, workspace, profiles):
            await self._append(connection, workspace, asked, [*packer.add(items)])
        await self._append(connection, workspace, asked, [packer.end()])

    async def _append(self, connection: Connection, workspace: WorkspaceId, asked: PersonExportRequested, pieces: Sequence[Piece]) -> None:
        told = [
            HistoryExported(
                export_id=asked.export_id,
                contact_id=asked.contact_id,
                number=each.number,
                last=each.last,
                items=each.items,
                sealed=each.sealed,
            )
            for each in pieces
        ]
        await outbox.append(connection, workspace, told, now=self._clock.now())
