"""Durable subscriptions: batches in, acknowledged after the handler's commit, retried with back-off, ending in dead letters.

Each service lists its subscriptions in `subscribers`; `compose` runs them. Never acknowledges before the effect is committed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import BadRequestError, NotFoundError

from services.contracts.envelope import Event, stream_of, subject_of
from services.contracts.ids import WorkspaceId
from services.kit import dead_letters
from services.kit.bus import Bus, Received, UndecodableEventError, decode
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import ConflictError, UnavailableError
from services.kit.telemetry import span_from

BATCH = 200
ACK_WAIT_SECONDS = 30.0
HOLD_SECONDS = 10.0
# A rest after each batch, in proportion to its work: where much arrives, the next batch is larger and costs less per event.
REST_FACTOR = 3.0
REST_SECONDS = 0.25
MAX_ATTEMPTS = 8
BACK_OFF_SECONDS = (0.2, 1.0, 5.0, 15.0, 60.0, 120.0, 300.0)


class RedriveFailedError(ConflictError):
    """The dead letter's consumer failed at it once more; nothing was changed."""

    code = "redrive_failed"
    title = "The event cannot be handled yet"


class _NobodyTakesItError(Exception):
    """No consumer of that name is here: what was marked is taken back."""


Handler = Callable[[WorkspaceId, Sequence[Received]], Awaitable[None]]
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """`handler` receives events of one workspace at a time, opens its own transaction, and may see an event twice.

    It must not depend on order. Raising means that nothing of the batch took effect.
    """

    durable: str
    service: str
    events: tuple[type[Event], ...]
    handler: Handler
    batch: int = BATCH
    back_off_seconds: tuple[float, ...] = BACK_OFF_SECONDS
    known: dict[str, type[Event]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", {event.type: event for event in self.events})

    @property
    def subjects(self) -> list[str]:
        """What the broker filters by."""
        return [subject_of(event.type, version=event.schema_version, workspace="*") for event in self.events]


class Subscriber:
    """Runs one subscription until cancelled. Any number of processes may run the same one; they share the work."""

    def __init__(self, bus: Bus, database: Database, subscription: Subscription, *, clock: Clock) -> None:
        self._bus = bus
        self._database = database
        self._subscription = subscription
        self._clock = clock

    async def run(self) -> None:
        """Fetch, hand over, acknowledge; come back after any trouble of broker and database, even the loss of the broker's store."""
        while True:
            try:
                await self._consume()
            except (UnavailableError, asyncpg.PostgresError, NatsError, OSError, TimeoutError) as error:
                log.info("subscription_interrupted", durable=self._subscription.durable, error=type(error).__name__)
                await asyncio.sleep(0.3)

    async def _consume(self) -> None:
        subscription = self._subscription
        await self._bus.ensure_stream(subscription.service)
        await self._ensure_consumer()
        pull = await self._bus.jetstream.pull_subscribe_bind(durable=subscription.durable, stream=stream_of(subscription.service))
        try:
            idle = 0
            loop = asyncio.get_running_loop()
            while True:
                messages = await _fetch(pull, subscription.batch)
                idle = 0 if messages else idle + 1
                if idle >= IDLE_FETCHES_BEFORE_CHECK:
                    await self._bus.jetstream.consumer_info(stream_of(subscription.service), subscription.durable)
                    idle = 0
                began = loop.time()
                async with _held(messages):
                    await self._hand_over(messages)
                await asyncio.sleep(min(REST_FACTOR * (loop.time() - began), REST_SECONDS))
        finally:
            await _quietly(pull.unsubscribe())

    async def _ensure_consumer(self) -> None:
        config = ConsumerConfig(
            durable_name=self._subscription.durable,
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            # The broker gives up silently at its own limit; ours ends in a dead letter, so it is the only one.
            max_deliver=-1,
            max_ack_pending=10 * BATCH,
            filter_subjects=self._subscription.subjects,
        )
        try:
            await self._bus.jetstream.add_consumer(stream_of(self._subscription.service), config)
        except BadRequestError as error:
            log.debug("consumer_exists", durable=self._subscription.durable, error=type(error).__name__)

    async def _hand_over(self, messages: Sequence[Msg]) -> None:
        by_workspace: dict[WorkspaceId, list[tuple[Msg, Received]]] = {}
        for message in messages:
            try:
                received = decode(message.data, self._subscription.known)
            except UndecodableEventError as error:
                await self._bury(message, reason=f"unreadable: {error}")
                continue
            by_workspace.setdefault(received.header.workspace, []).append((message, received))
        for workspace, pairs in by_workspace.items():
            await self._try_all(workspace, pairs)

    async def _try_all(self, workspace: WorkspaceId, pairs: Sequence[tuple[Msg, Received]]) -> None:
        exhausted = [pair for pair in pairs if _attempts(pair[0]) > MAX_ATTEMPTS]
        for message, _ in exhausted:
            await self._bury(message, reason="its handler never finished")
        live = [pair for pair in pairs if pair not in exhausted]
        if not live:
            return
        try:
            await self._call(workspace, [received for _, received in live])
        except Exception as error:  # noqa: BLE001 - the edge: a handler's failure is settled here, once
            if len(live) == 1:
                await self._settle_failure(live[0][0], error)
                return
            log.warning("batch_failed", durable=self._subscription.durable, error=type(error).__name__, size=len(live))
            # By halves: of 200 with one that fails, the others are through after some 16 transactions instead of 200.
            middle = len(live) // 2
            for half in (live[:middle], live[middle:]):
                await self._try_all(workspace, half)
            return
        for message, _ in live:
            await message.ack()

    async def _call(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Call the handler, waiting out a database that is away: that is no fault of the event's."""
        delay = 0.2
        while True:
            try:
                with span_from(batch[0].header.traceparent, f"consume {self._subscription.durable}"):
                    await self._subscription.handler(workspace, batch)
            except UnavailableError as error:
                log.warning("handler_waits", durable=self._subscription.durable, error=type(error).__name__)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)
            else:
                return

    async def _settle_failure(self, message: Msg, error: Exception) -> None:
        attempts = _attempts(message)
        log.warning(
            "event_failed",
            durable=self._subscription.durable,
            error=type(error).__name__,
            attempts=attempts,
            sequence=message.metadata.sequence.stream,
        )
        if attempts >= MAX_ATTEMPTS:
            await self._bury(message, reason=f"{type(error).__name__}: {error}")
        else:
            delays = self._subscription.back_off_seconds
            await message.nak(delay=delays[min(attempts, len(delays)) - 1])

    async def _bury(self, message: Msg, *, reason: str) -> None:
        await dead_letters.bury(
            self._database,
            consumer=self._subscription.durable,
            payload=message.data,
            subject=message.subject,
            reason=reason,
            attempts=_attempts(message),
            now=self._clock.now(),
        )
        log.error("event_buried", durable=self._subscription.durable, sequence=message.metadata.sequence.stream)
        await message.term()


IDLE_FETCHES_BEFORE_CHECK = 2


async def _fetch(pull: JetStreamContext.PullSubscription, batch: int) -> list[Msg]:
    try:
        return await pull.fetch(batch, timeout=2)
    except TimeoutError:
        return []


@asynccontextmanager
async def _held(messages: Sequence[Msg]) -> AsyncIterator[None]:
    """While these are worked on, however long that takes, the broker delivers them to nobody else."""
    holding = asyncio.create_task(_keep_holding(messages))
    try:
        yield
    finally:
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)


async def _keep_holding(messages: Sequence[Msg]) -> None:
    while True:
        await asyncio.sleep(HOLD_SECONDS)
        for message in messages:
            if not message.is_acked:
                with suppress(NatsError, OSError):
                    await message.in_progress()


def _attempts(message: Msg) -> int:
    return message.metadata.num_delivered or 1


async def _quietly(leaving: Awaitable[None]) -> None:
    try:
        await asyncio.wait_for(leaving, timeout=2)
    except (NatsError, NotFoundError, OSError, TimeoutError):
        log.debug("unsubscribe_failed")


async def redrive(database: Database, subscriptions: Sequence[Subscription], workspace: WorkspaceId, letter: UUID, *, clock: Clock) -> bool:
    """Hand a dead letter to its consumer once more, after a fix; False where there is no such letter or consumer.

    Raises RedriveFailedError where it fails again, UnavailableError; the letter then stays as it was.
    """
    try:
        async with database.transaction(workspace) as connection:
            taken = await dead_letters.take(connection, workspace, letter, now=clock.now())
            if taken is None:
                return False
            consumer, payload = taken
            await _hand_once_more(subscriptions, workspace, consumer=consumer, payload=payload)
    except _NobodyTakesItError:
        return False
    return True


async def _hand_once_more(subscriptions: Sequence[Subscription], workspace: WorkspaceId, *, consumer: str, payload: bytes) -> None:
    subscription = next((each for each in subscriptions if each.durable == consumer), None)
    if subscription is None:
        raise _NobodyTakesItError
    try:
        await subscription.handler(workspace, [decode(payload, subscription.known)])
    except UnavailableError:
        raise
    except Exception as error:
        raise RedriveFailedError(f"It failed again: {type(error).__name__}.") from error
