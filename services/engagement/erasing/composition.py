"""The subscription that hears of an erasure, and the job that does engagement's part. Composed by `main`."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.envelope import Event
from services.contracts.events import HistoryErased, PersonErasureRequested
from services.contracts.ids import ErasureId, WorkspaceId
from services.engagement.erasing.deliveries import DeliverySweep
from services.engagement.erasing.history import HistorySweep
from services.engagement.reading import Reader
from services.engagement.registry import ChannelRegistry
from services.kit.bus import Received
from services.kit.crypto import Vault
from services.kit.db import Connection, Database
from services.kit.erasing import Begin, Eraser, Removed, Subject
from services.kit.foundation import Foundation
from services.kit.subscriptions import Subscription

SERVICE = "engagement"


class Erasing:
    """The subscription and the job. `database` is of the role `app`."""

    def __init__(self, database: Database, eraser: Eraser) -> None:
        self._database = database
        self.eraser = eraser

    @classmethod
    def of(cls, foundation: Foundation, registry: ChannelRegistry, *, vault: Vault, reader: Callable[[WorkspaceId], Reader]) -> "Erasing":
        """With the parts of a running service."""
        history = HistorySweep(foundation.app, clock=foundation.clock, published=foundation.published)
        eraser = Eraser(
            SERVICE,
            app=foundation.app,
            worker=foundation.worker,
            bus=foundation.bus,
            vault=vault,
            clock=foundation.clock,
            published=foundation.published,
            remove=_Step(history, DeliverySweep(foundation.app, registry=registry, reader=reader)),
            ending=_told,
        )
        return cls(foundation.app, eraser)

    def start(self, foundation: Foundation) -> None:
        """Run the job until the service drains."""
        foundation.background.start("erasing", self.eraser.run())

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Durable `engagement-erasures`."""
        asked = (PersonErasureRequested,)
        return (Subscription(durable="engagement-erasures", service="identity", events=asked, handler=self.begin),)

    async def begin(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Remember until when nothing is written about these people, and begin the jobs."""
        async with self._database.transaction(workspace) as connection:
            for received in batch:
                if isinstance(event := received.event, PersonErasureRequested):
                    await self.eraser.begin(connection, workspace, Begin(id=event.erasure_id, sealed=event.sealed))


@dataclass(frozen=True, slots=True)
class _Step:
    """The history first, for the deliveries are found by it."""

    history: HistorySweep
    deliveries: DeliverySweep

    async def __call__(self, workspace: WorkspaceId, subject: Subject, until: datetime) -> Removed:
        removed = await self.history.remove(workspace, subject, until=until)
        gone, waits = await self.deliveries.remove(workspace, subject)
        removed.counts += Counter(deliveries=gone)
        removed.waits |= waits
        return removed


async def _told(_: Connection, __: WorkspaceId, erasure: UUID, removed: dict[str, int], at: datetime) -> list[Event]:
    return [HistoryErased(erasure_id=ErasureId(erasure), at=at, removed=removed)]
