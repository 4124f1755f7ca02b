"""What every service stands on, opened and closed in one place: databases, bus, relay, verifier, background work, upkeep.

Called by each service's `compose`. Holds no route and no business.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Protocol, runtime_checkable

import asyncpg
import structlog

from services.contracts.envelope import Event
from services.contracts.ids import KeyId, SessionId
from services.kit.access import TokenVerifier
from services.kit.bus import Bus, BusUnavailableError
from services.kit.clock import Clock
from services.kit.db import Database, DatabaseUnavailableError
from services.kit.hosting import Background, background
from services.kit.idempotency import forget_keys
from services.kit.inbox import forget_processed
from services.kit.port import Port, PortUnavailableError, SocketPort
from services.kit.relay import Relay, oldest_unpublished_day
from services.kit.settings import ProcessSettings, ServiceSettings
from services.kit.subscriptions import Subscriber, Subscription
from services.kit.telemetry import Metrics, configure_logging, configure_tracing

UPKEEP_SECONDS = 600.0
UPKEEP_AGAIN_SECONDS = 5.0
KEPT_KEYS = timedelta(days=2)
KEPT_OUTBOX = timedelta(days=7)
FORGET_BATCH = 5000
KEPT: Mapping[str, timedelta] = MappingProxyType({"outbox": KEPT_OUTBOX})
PARTITIONS_AHEAD_DAYS = 3

Ports = Mapping[str, Port]
log = structlog.get_logger()


@runtime_checkable
class Revocation(Protocol):
    """An event that ends a session or a key."""

    @property
    def session_id(self) -> SessionId | None:
        """The session that ended."""

    @property
    def key_id(self) -> KeyId | None:
        """The API key that ended."""


@dataclass(frozen=True, slots=True)
class Foundation:
    """`app` works under row-level security, `worker` claims across workspaces. `published` wakes the relay after a commit."""

    app: Database
    worker: Database
    bus: Bus
    relay: Relay
    metrics: Metrics
    background: Background
    clock: Clock

    @property
    def published(self) -> Callable[[], None]:
        """Say that something was committed to the outbox."""
        return self.relay.wake

    def checks(self) -> dict[str, Callable[[], Awaitable[object]]]:
        """What /readyz asks."""
        return {"database": self.app.check}

    def optional_checks(self) -> dict[str, Callable[[], Awaitable[object]]]:
        """What /readyz tells: without the bus everything is served, and events wait in the outbox."""
        return {"bus": self.bus.check}

    def subscribe(self, subscriptions: Sequence[Subscription]) -> None:
        """Run durable subscriptions until the service drains."""
        for each in subscriptions:
            subscriber = Subscriber(self.bus, self.app, each, clock=self.clock)
            self.background.start(each.durable, subscriber.run())

    def follow_revocations(self, verifier: TokenVerifier, event: type[Event]) -> None:
        """Forget verified tokens as soon as identity says that they ended."""
        self.background.start("revocations", follow_revocations(self.bus, verifier, event))


def begin_process(service: str, settings: ProcessSettings) -> None:
    """What a process of its own does once: logs and traces."""
    configure_logging(settings.log_level, service)
    configure_tracing(service, settings.otlp_endpoint)


@asynccontextmanager
async def founded(
    service: str, settings: ServiceSettings, *, clock: Clock, kept: Mapping[str, timedelta] = KEPT
) -> AsyncIterator[Foundation]:
    """Open everything; close it in reverse order, with background work cancelled first.

    `kept` names the tables that are partitioned by day, and how long their rows stay.
    """
    async with AsyncExitStack() as stack:
        app = Database(settings.role_url(service, role="app"), name=f"{service}-app", size=12)
        worker = Database(settings.role_url(service, role="worker"), name=f"{service}-worker", size=3)
        for database in (app, worker):
            await database.open()
            stack.push_async_callback(database.close)
        bus = Bus(settings.nats_url.get_secret_value(), name=service, replicas=settings.nats_replicas)
        await bus.begin()
        stack.push_async_callback(bus.close)
        relay = Relay(service, database=worker, bus=bus)
        work = await stack.enter_async_context(background())
        work.start("relay", relay.run())
        work.start("upkeep", _keep_up(worker, clock=clock, kept=kept))
        yield Foundation(app, worker, bus, relay, Metrics(service), work, clock)


def port_to(service: str, settings: ProcessSettings, ports: Ports | None) -> Port:
    """The way to another service: a port of the same process where there is one, else over the network."""
    if ports is not None and service in ports:
        return ports[service]
    return SocketPort(str(getattr(settings, f"{service}_url")))


def jwks_through(port: Port) -> Callable[[], Awaitable[bytes]]:
    """How a verifier gets identity's public keys. Raises PortUnavailableError."""

    async def fetch() -> bytes:
        answer = await port.call("GET", "/.well-known/jwks.json")
        if answer.status != 200:
            raise PortUnavailableError(f"the keys were answered with {answer.status}")
        return answer.body

    return fetch


async def follow_revocations(bus: Bus, verifier: TokenVerifier, event: type[Event]) -> None:
    """Hear revocations until cancelled; a token lives five minutes at most where one was missed."""
    while True:
        try:
            async for received in bus.listen(event):
                if isinstance(received.event, Revocation):
                    _revoke(verifier, received.event)
        except (BusUnavailableError, OSError, TimeoutError) as error:
            log.info("revocations_interrupted", error=type(error).__name__)
            await asyncio.sleep(0.5)


def _revoke(verifier: TokenVerifier, revocation: Revocation) -> None:
    for credential in (revocation.session_id, revocation.key_id):
        if credential is not None:
            verifier.revoke(credential)


async def _keep_up(worker: Database, *, clock: Clock, kept: Mapping[str, timedelta]) -> None:
    """Make the coming days' partitions, drop those past retention, forget old keys and processed ids. One failing holds up no other."""
    while True:
        now = clock.now()
        duties: list[Callable[[], Awaitable[None]]] = [
            *(partial(_keep_partitions, worker, table, now=now, span=span) for table, span in kept.items()),
            partial(_forget, worker, forget_processed, before=now - 2 * KEPT_OUTBOX),
            partial(_forget, worker, forget_keys, before=now - KEPT_KEYS),
        ]
        done = [await _is_done(duty) for duty in duties]
        await asyncio.sleep(UPKEEP_SECONDS if all(done) else UPKEEP_AGAIN_SECONDS)


async def _is_done(duty: Callable[[], Awaitable[None]]) -> bool:
    """Whether a duty could be done; a lock that did not come in time is had at the next try."""
    try:
        await duty()
    except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
        log.warning("upkeep_interrupted", error=type(error).__name__)
        return False
    return True


async def _keep_partitions(worker: Database, table: str, *, now: datetime, span: timedelta) -> None:
    """Each in a transaction of its own: they lock the whole table for a moment. A day with unpublished events stays."""
    async with worker.transaction() as connection:
        await connection.execute("SELECT make_partitions($1, $2, $3)", table, now.date(), PARTITIONS_AHEAD_DAYS)
    async with worker.transaction() as connection:
        before = (now - span).date()
        if table == "outbox":
            before = min(before, await oldest_unpublished_day(connection) or before)
        await connection.execute("SELECT drop_partitions($1, $2)", table, before)


async def _forget(worker: Database, forget: Callable[..., Awaitable[int]], *, before: datetime) -> None:
    """Delete in small transactions, so that neither a long standstill nor a flood makes one that cannot end in time."""
    deleted = FORGET_BATCH
    while deleted == FORGET_BATCH:
        async with worker.transaction() as connection:
            deleted = await forget(connection, before=before, limit=FORGET_BATCH)
