"""The broker: publish, durable subscriptions, and listening without memory. NATS JetStream is a courier here, not a store.

Called by relays, subscribers and the gateway's real-time side. Never holds the truth: that is the outbox.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec
import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js import JetStreamContext
from nats.js.api import RetentionPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import BadRequestError, NotFoundError

from services.contracts.envelope import SPEC_VERSION, Event, Header, Passing, stream_of, subject_of
from services.contracts.ids import WorkspaceId
from services.kit.errors import UnavailableError
from services.kit.ids import new_id

DUPLICATE_WINDOW_SECONDS = 600
MAX_AGE_SECONDS = 7 * 24 * 3600
CONNECT_TIMEOUT_SECONDS = 10.0
# A server that is there has answered by then; without it a service does all that needs no bus.
GREETING_SECONDS = 2.0
CONNECT_AGAIN_SECONDS = 1.0

log = structlog.get_logger()


class BusUnavailableError(UnavailableError):
    """NATS cannot be reached; events wait in the outbox."""

    code = "bus_unavailable"
    title = "The event bus cannot be reached"


class EventTooLargeError(Exception):
    """The broker will never take this event: it is larger than its limit for one message."""


class UndecodableEventError(ValueError):
    """A message is not an event that this release knows how to read."""


@dataclass(frozen=True, slots=True)
class Received:
    """One event as it arrived."""

    header: Header
    event: Event


class _Wire(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The JSON on the wire: CloudEvents 1.0 names; `version`, `workspace` and `sequence` are extensions."""

    specversion: str
    id: str
    source: str
    type: str
    version: int
    workspace: WorkspaceId
    time: datetime
    subject: str
    sequence: int
    traceparent: str | None = None
    data: msgspec.Raw


def encode(header: Header, data: bytes) -> bytes:
    """The event as it travels; `data` is the event's JSON, passed through untouched."""
    wire = _Wire(
        specversion=SPEC_VERSION,
        id=header.id,
        source=header.source,
        type=header.type,
        version=header.version,
        workspace=header.workspace,
        time=header.time,
        subject=header.subject,
        sequence=header.sequence,
        traceparent=header.traceparent,
        data=msgspec.Raw(data),
    )
    return msgspec.json.encode(wire)


def decode(payload: bytes, known: dict[str, type[Event]]) -> Received:
    """The event in `payload`, if its type is in `known`. Raises UndecodableEventError."""
    try:
        wire = msgspec.json.decode(payload, type=_Wire)
        event = msgspec.json.decode(wire.data, type=known[wire.type])
    except (msgspec.MsgspecError, KeyError) as error:
        raise UndecodableEventError(str(error)) from error
    header = Header(
        id=wire.id,
        type=wire.type,
        version=wire.version,
        workspace=wire.workspace,
        time=wire.time,
        subject=wire.subject,
        sequence=wire.sequence,
        traceparent=wire.traceparent,
    )
    return Received(header, event)


class Bus:
    """One connection to NATS. It reconnects by itself, for ever; publishing meanwhile raises BusUnavailableError."""

    def __init__(self, url: str, *, name: str, replicas: int = 1) -> None:
        self._url = url
        self._name = name
        self._replicas = replicas
        self._client: Client | None = None
        self._jetstream: JetStreamContext | None = None
        self._on_reconnect: list[Callable[[], None]] = []
        self._closing = False
        self._opening: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Connect; where the server does not answer, go on trying beside everything else, and tell who waits for a reconnection."""
        self._opening = asyncio.create_task(self._open_for_sure(), name=f"bus {self._name}")
        done, _ = await asyncio.wait({self._opening}, timeout=GREETING_SECONDS)
        if not done:
            log.warning("bus_awaited", name=self._name)

    async def _open_for_sure(self) -> None:
        while self._client is None:
            try:
                await self.open()
            except (NatsError, OSError, TimeoutError) as error:
                log.warning("bus_not_opened", name=self._name, error=type(error).__name__)
                await asyncio.sleep(CONNECT_AGAIN_SECONDS)
        for callback in self._on_reconnect:
            callback()

    async def open(self) -> None:
        """Connect, waiting for the server as long as it takes (nats-py itself would sleep two seconds a try)."""
        await _wait_for_tcp(self._url)
        self._client = await nats.connect(
            self._url,
            name=self._name,
            connect_timeout=int(CONNECT_TIMEOUT_SECONDS),
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,
            ping_interval=5,
            max_outstanding_pings=2,
            pending_size=8 * 1024 * 1024,
            error_cb=_log_error,
            disconnected_cb=self._lost,
            reconnected_cb=self._reconnected,
        )
        self._jetstream = self._client.jetstream(timeout=5)

    async def close(self) -> None:
        """Leave; what was not acknowledged is delivered again to somebody."""
        self._closing = True
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._client is not None:
            try:
                await asyncio.wait_for(self._client.close(), timeout=3)
            except TimeoutError:
                log.warning("bus_close_timed_out", name=self._name)

    def when_reconnected(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each reconnection: streams may be gone then."""
        self._on_reconnect.append(callback)

    @property
    def jetstream(self) -> JetStreamContext:
        """The JetStream context. Raises BusUnavailableError before `open`."""
        if self._jetstream is None:
            raise BusUnavailableError(_NOT_OPEN)
        return self._jetstream

    @property
    def client(self) -> Client:
        """The bare connection. Raises BusUnavailableError before `open`."""
        if self._client is None:
            raise BusUnavailableError(_NOT_OPEN)
        return self._client

    async def check(self) -> None:
        """Answer /readyz: raises BusUnavailableError where the server does not answer."""
        try:
            await self.client.flush(timeout=2)
        except (NatsError, OSError, TimeoutError) as error:
            raise BusUnavailableError(type(error).__name__) from error

    async def ensure_stream(self, service: str) -> datetime:
        """Make the service's stream where it does not exist, and say when it was made, by whomever (the server's clock).

        Whatever was published before that moment is not in it: the server's store was lost since. Raises BusUnavailableError.
        """
        try:
            try:
                info = await self.jetstream.stream_info(stream_of(service))
            except NotFoundError:
                info = await self._make_stream(service)
        except (NatsError, OSError, TimeoutError) as error:
            raise BusUnavailableError(type(error).__name__) from error
        if info.created is None:
            raise BusUnavailableError("the server does not say when the stream was made")
        return info.created.astimezone(UTC)

    async def _make_stream(self, service: str) -> StreamInfo:
        config = StreamConfig(
            name=stream_of(service),
            subjects=[f"rapport.{service}.>"],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            max_age=MAX_AGE_SECONDS,
            duplicate_window=DUPLICATE_WINDOW_SECONDS,
            num_replicas=self._replicas,
        )
        try:
            return await self.jetstream.add_stream(config)
        except BadRequestError:
            # Another process made it in the same moment, with settings of another release.
            return await self.jetstream.stream_info(stream_of(service))

    async def publish(self, header: Header, data: bytes) -> None:
        """Hand one event to JetStream and wait for its word. The event's id makes a second try harmless.

        Raises BusUnavailableError, EventTooLargeError.
        """
        subject = subject_of(header.type, version=header.version, workspace=header.workspace)
        try:
            await self.jetstream.publish(subject, encode(header, data), headers={"Nats-Msg-Id": header.id}, timeout=5)
        except MaxPayloadError as error:
            raise EventTooLargeError(f"{len(data)} bytes are more than the broker takes in one message") from error
        except (NatsError, OSError, TimeoutError) as error:
            raise BusUnavailableError(type(error).__name__) from error

    async def mention(self, event: Passing, *, workspace: WorkspaceId, now: datetime) -> None:
        """Tell whoever listens at this moment; nobody keeps it, and nothing is waited for. Raises BusUnavailableError."""
        header = Header(
            id=str(new_id()),
            type=event.type,
            version=event.schema_version,
            workspace=workspace,
            time=now,
            subject=event.aggregate(),
            sequence=0,
        )
        # What the client would keep until it is connected again would be told when it is no longer true.
        if not self.client.is_connected:
            raise BusUnavailableError(_NOT_OPEN)
        try:
            await self.client.publish(event.address(workspace), encode(header, msgspec.json.encode(event)))
        except (NatsError, OSError) as error:
            raise BusUnavailableError(type(error).__name__) from error

    async def listen(self, *events: type[Event], ready: Callable[[], None] | None = None) -> AsyncIterator[Received]:
        """Events as they pass, of every workspace, without memory: what passes while away is missed.

        `ready` is called once the server has the subscription. Unreadable events are logged and skipped.
        """
        known = {event.type: event for event in events}
        queue: asyncio.Queue[Msg] = asyncio.Queue(maxsize=10_000)
        subscriptions = []
        try:
            for event in events:
                subject = event.address("*")
                subscriptions.append(await self.client.subscribe(subject, cb=_into(queue)))
            await self.client.flush(timeout=5)
            if ready is not None:
                ready()
            while True:
                message = await queue.get()
                try:
                    yield decode(message.data, known)
                except UndecodableEventError as error:
                    log.warning("event_unreadable", subject=message.subject, reason=type(error).__name__)
        finally:
            for subscription in subscriptions:
                await _unsubscribe(subscription.unsubscribe)

    async def _lost(self) -> None:
        if not self._closing:
            log.warning("bus_disconnected", name=self._name)

    async def _reconnected(self) -> None:
        log.info("bus_reconnected", name=self._name)
        for callback in self._on_reconnect:
            callback()


def _into(queue: "asyncio.Queue[Msg]") -> Callable[[Msg], Awaitable[None]]:
    async def put(message: Msg) -> None:
        await queue.put(message)

    return put


async def _unsubscribe(unsubscribe: Callable[[], Awaitable[None]]) -> None:
    try:
        await asyncio.wait_for(unsubscribe(), timeout=2)
    except (NatsError, OSError, TimeoutError):
        log.debug("unsubscribe_failed")


async def _wait_for_tcp(url: str) -> None:
    parts = urlsplit(url.split(",", 1)[0])
    attempt = 0
    while True:
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname, parts.port or 4222), timeout=CONNECT_TIMEOUT_SECONDS)
        except (OSError, TimeoutError):
            attempt += 1
            if attempt % 50 == 0:
                log.warning("bus_unreachable", attempts=attempt)
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return


async def _log_error(error: Exception) -> None:
    log.warning("bus_error", error=type(error).__name__)


_NOT_OPEN = "the bus is not open"
