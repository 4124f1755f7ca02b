"""What the other services say of an erasure, on its way into the certificate. Run by `main`; idempotent, in any order."""

from collections.abc import Callable, Sequence

from services.contracts.events import HistoryErased, WorkErased
from services.contracts.ids import WorkspaceId
from services.identity.erasure.asking import acknowledge
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
