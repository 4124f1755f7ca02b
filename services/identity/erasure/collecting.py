"""What the other services say of an erasure or tell for an export, on its way into certificate and file. Run by `main`; in any order."""

from collections.abc import Callable, Sequence

from services.contracts.events import HistoryErased, HistoryExported, WorkErased, WorkExported
from services.contracts.ids import WorkspaceId
from services.identity.erasure.asking import acknowledge
from services.identity.erasure.exporting import PersonExports
from services.kit import outbox
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.subscriptions import Subscription


class Acknowledgements:
    """Durable subscriptions, one for each service that has a share."""

    def __init__(self, database: Database, *, clock: Clock, wake: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake

    def subscriptions(self) -> tuple[Subscription, ...]:
        """What identity hears of erasures."""
        return (
            Subscription(durable="identity-history-erased", service="engagement", events=(HistoryErased,), handler=self.keep),
            Subscription(durable="identity-work-erased", service="routing", events=(WorkErased,), handler=self.keep),
        )

    async def keep(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Write down what was removed; the last one completes the certificate."""
        async with self._database.transaction(workspace) as connection:
            for received in batch:
                if isinstance(event := received.event, HistoryErased | WorkErased):
                    service = event.type.partition(".")[0]
                    done = await acknowledge(connection, workspace, event.erasure_id, service=service, removed=event.removed, at=event.at)
                    await outbox.append(connection, workspace, done, now=self._clock.now())
        self._wake()


class Exported:
    """Durable subscriptions, one for each service that tells a part."""

    def __init__(self, database: Database, exports: PersonExports) -> None:
        self._database = database
        self._exports = exports

    def subscriptions(self) -> tuple[Subscription, ...]:
        """What identity hears of exports: a few at a time, for a piece may be large."""
        return (
            Subscription(durable="identity-history-exported", service="engagement", events=(HistoryExported,), handler=self.keep, batch=10),
            Subscription(durable="identity-work-exported", service="routing", events=(WorkExported,), handler=self.keep, batch=10),
        )

    async def keep(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Keep the pieces; the last one completes the file. A second time changes nothing."""
        told = [received.event for received in batch if isinstance(received.event, HistoryExported | WorkExported)]
        rows = [(each.export_id, each.type.partition(".")[0], each.number, each.last, each.items, each.sealed) for each in told]
        async with self._database.transaction(workspace) as connection:
            await self._exports.keep(connection, workspace, rows)
