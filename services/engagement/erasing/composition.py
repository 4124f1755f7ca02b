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
from services.kit.clock import Clock
from services.kit.crypto import Vault
from services.kit.db import Connection, Database
from services.kit.erasing import Begin, Eraser, Removed, Subject, begin_erasing
from services.kit.foundation import Foundation
from services.kit.subscriptions import Subscription

SERVICE = "engagement"


class ErasuresHeard:
    """The subscription. `database` is of the role `app`."""

    def __init__(self, database: Database, *, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def subscription(self) -> Subscription:
        """Durable `engagement-erasures`."""
        return Subscription(durable="engagement-erasures", service="identity", events=(PersonErasureRequested,), handler=self.begin)

    async def begin(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Remember until when nothing is written about these people, and begin the jobs."""
        async with self._database.transaction(workspace) as connection:
            for received in batch:
                if isinstance(event := received.event, PersonErasureRequested):
                    asked = Begin(id=event.erasure_id, sealed=event.sealed)
                    await begin_erasing(connection, workspace, asked, vault=self._vault, now=self._clock.now())


def eraser_of(foundation: Foundation, registry: ChannelRegistry, *, vault: Vault, reader: Callable[[WorkspaceId], Reader]) -> Eraser:
    """The job, with the parts of a running service."""
    history = HistorySweep(foundation.app, clock=foundation.clock, published=foundation.published)
    return Eraser(
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
