"""From events to deliveries: each event of any service becomes a row for each endpoint that wants its type. Run by the subscribers.

Idempotent by (endpoint, event). What happened before an endpoint was made is not told to it, nor is imported history.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.envelope import Header
from services.contracts.events import EVENTS
from services.contracts.ids import WebhookEndpointId, WorkspaceId
from services.identity.partners.endpoints import EVERYTHING, TESTED, TOLD, get_endpoint
from services.identity.statements import partners as statements
from services.kit.bus import Received, encode
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.ids import new_id
from services.kit.subscriptions import Subscription

SERVICES = ("identity", "engagement", "routing")


class PartnersTold:
    """Hears everything; `wake` says that there is something to deliver."""

    def __init__(self, database: Database, *, clock: Clock, wake: Callable[[WorkspaceId], None]) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Durable `identity-partners-<service>`, one for each service's stream."""
        told = [event for name, event in EVENTS.items() if name in TOLD]
        return tuple(
            Subscription(
                durable=f"identity-partners-{service}",
                service=service,
                events=tuple(event for event in told if event.type.startswith(f"{service}.")),
                handler=self.tell,
            )
            for service in SERVICES
        )

    async def tell(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """One transaction for the batch; a second run changes nothing."""
        async with self._database.transaction(workspace) as connection:
            listening = await statements.endpoints_listening(connection, workspace)
            rows = [_row(endpoint["id"], received) for received in batch for endpoint in listening if _wants(endpoint, received)]
            if rows:
                await statements.queued_deliveries(connection, workspace, rows, now=self._clock.now())
        if rows:
            self._wake(workspace)


def _wants(endpoint: asyncpg.Record, received: Received) -> bool:
    header, types = received.header, endpoint["types"]
    if header.time < endpoint["created_at"] or getattr(received.event, "historic", False):
        return False
    return header.type in types or EVERYTHING in types


def _row(endpoint: UUID, received: Received) -> tuple[UUID, UUID, str, str, bytes, UUID | None]:
    header, event = received.header, received.event
    body = encode(header, msgspec.json.encode(event))
    return (new_id(), endpoint, header.id, header.type, body, getattr(event, "profile_id", None))


async def tell_test(connection: Connection, workspace: WorkspaceId, endpoint: WebhookEndpointId, *, clock: Clock) -> None:
    """Queue an event that says nothing, so that a partner sees one arrive. Raises EndpointNotFoundError."""
    await get_endpoint(connection, workspace, endpoint)
    now, event = clock.now(), str(new_id())
    header = Header(id=event, type=TESTED, version=1, workspace=workspace, time=now, subject=str(endpoint), sequence=0)
    row = (new_id(), endpoint, event, TESTED, encode(header, msgspec.json.encode({"endpoint_id": endpoint})), None)
    await statements.queued_deliveries(connection, workspace, [row], now=now)
