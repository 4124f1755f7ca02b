"""The receiver: runs `listen` of every channel whose connector hears by itself (mailboxes, streams, polls). Started by `main`.

One lease per channel over all processes, by advisory locks on one connection of its own. A cursor is stored after its items are in the
journal, so a crash repeats and never loses. It never parses: that is the inbound worker's.
"""

import asyncio
import math
import random
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, cast

import asyncpg
import structlog

from services.contracts.ids import ChannelId
from services.engagement.intake import DeliveryRefusedError, Intake, journal_items
from services.engagement.protocol import Heard, Net, RejectedError, SendError
from services.engagement.reading import text_of
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import channels, receiving
from services.kit.clock import Clock
from services.kit.db import UNREACHABLE, Connection, Database, DatabaseUnavailableError
from services.kit.telemetry import Metrics

LOOK_SECONDS = 0.5
AGAIN_SECONDS = 0.5
STOP_SECONDS = 5.0
# A platform that refuses our credentials is not asked again soon: it would lock the account.
REFUSED_SECONDS = 900.0
LONGEST_WAIT_SECONDS = 300.0
# Who has listened this long was well: its next failure is a first one.
SETTLED_SECONDS = 60.0
TROUBLE = "receiving: "
TROUBLE_LIMIT_CHARS = 500
_OUTAGE = (DatabaseUnavailableError, asyncpg.PostgresError, *UNREACHABLE)

log = structlog.get_logger()


class ListeningChannels(Protocol):
    """Which channels want a listener (the registry)."""

    def listening(self) -> Collection[ConnectedChannel]:
        """The active channels whose connector hears by itself."""

    def of_account(self, beside: ConnectedChannel, account: str, *, proves: Callable[[ConnectedChannel], bool]) -> ConnectedChannel | None:
        """The workspace's channel for another account of the same platform."""

    async def refresh(self) -> None:
        """Read what changed."""


@dataclass(slots=True)
class _Listener:
    """One channel that is listened to. `failures` in a row decide how long it rests; `welcome` once it heard something.

    `nudged` ends a poller's rest; `nudged_at` is the nudge that was seen last.
    """

    channel: ConnectedChannel
    task: "asyncio.Task[None]" = field(init=False)
    failures: int = 0
    welcome: bool = False
    nudged: asyncio.Event = field(default_factory=asyncio.Event)
    nudged_at: datetime | None = None


class Receiver:
    """Listens to at most `limit` channels at once. `app` works under row-level security, `worker` holds the leases.

    No poller rests longer than `longest_rest_seconds`: beside simulated platforms nobody wants to wait for minutes.
    """

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        registry: ListeningChannels,
        *,
        app: Database,
        worker: Database,
        intake: Intake,
        net: Net,
        wake: Callable[[ChannelId], None],
        limit: int,
        longest_rest_seconds: float = math.inf,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._registry = registry
        self._app = app
        self._worker = worker
        self._intake = intake
        self._net = net
        self._wake = wake
        self._limit = limit
        self._longest_rest_seconds = longest_rest_seconds
        self._clock = clock
        self._listeners: dict[ChannelId, _Listener] = {}
        self._gauge = metrics.gauge("listeners", "Channels that this process listens to")
        self._items = metrics.counter("heard_items", "Items that listeners put into the journal, by platform", labels=("platform",))

    async def run(self) -> None:
        """Listen until cancelled. Without the connection that holds the leases nobody listens: another process may."""
        while True:
            try:
                await self._hold_leases()
            except _OUTAGE as error:
                log.info("receiver_interrupted", error=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _hold_leases(self) -> None:
        connection = await self._worker.dedicated()
        try:
            while True:
                await self._notice_changes(connection)
                await self._end_unwanted(connection)
                await self._begin_wanted(connection)
                self._gauge.set(len(self._listeners))
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await self._stop(list(self._listeners.values()))
            self._listeners.clear()
            self._gauge.set(0)
            connection.terminate()

    async def _notice_changes(self, connection: Connection) -> None:
        """Ask how the channels are; this also shows that the connection, and with it the leases, is still there."""
        known = [each.channel for each in self._listeners.values()]
        rows = await receiving.channel_versions(connection, [each.workspace_id for each in known], [each.id for each in known])
        self._pass_nudges_on({row["id"]: row["nudged_at"] for row in rows})
        if {row["id"]: row["version"] for row in rows} != {each.id: each.version for each in known}:
            await self._registry.refresh()

    def _pass_nudges_on(self, told: Mapping[ChannelId, datetime | None]) -> None:
        """Whoever asks at this moment asks once more afterwards: what it was nudged for may have come behind its question."""
        for channel_id, listener in self._listeners.items():
            if (at := told.get(channel_id)) != listener.nudged_at:
                listener.nudged_at = at
                listener.nudged.set()

    async def _end_unwanted(self, connection: Connection) -> None:
        wanted = {channel.id: channel.version for channel in self._registry.listening()}
        over = [each for each in self._listeners.values() if wanted.get(each.channel.id) != each.channel.version]
        for each in await self._stop(over):
            del self._listeners[each.channel.id]
            await receiving.return_lease(connection, each.channel.id)

    async def _begin_wanted(self, connection: Connection) -> None:
        """Take leases that are free: any of those that are wanted, for what others hold may be among them."""
        room = self._limit - len(self._listeners)
        wanted = {channel.id: channel for channel in self._registry.listening() if channel.id not in self._listeners}
        if not wanted or room <= 0:
            return
        asked = random.sample(sorted(wanted), min(room, len(wanted)))
        for channel_id in await receiving.take_leases(connection, asked):
            listener = _Listener(wanted[channel_id])
            listener.task = asyncio.create_task(self._keep_listening(listener), name=f"listen {channel_id}")
            self._listeners[channel_id] = listener

    async def _stop(self, over: Collection[_Listener]) -> list[_Listener]:
        """Cancel these; gives those that have ended. The others keep their lease and are asked again."""
        for each in over:
            each.task.cancel()
        if over:
            await asyncio.wait([each.task for each in over], timeout=STOP_SECONDS)
        return [each for each in over if each.task.done()]

    async def _keep_listening(self, listener: _Listener) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began, listener.welcome = loop.time(), False
            refused = await self._listen_once(listener)
            if loop.time() - began > SETTLED_SECONDS:
                listener.failures = 0
            listener.failures += 1
            longest = REFUSED_SECONDS if refused else min(2.0**listener.failures / 2, LONGEST_WAIT_SECONDS)
            await asyncio.sleep(random.uniform(longest / 2, longest))  # noqa: S311 - jitter

    async def _listen_once(self, listener: _Listener) -> bool:
        """Listen until it breaks; True where the platform does not let us in as we are."""
        channel = listener.channel
        try:
            await self._listen(listener)
            log.info("listening_ended", channel_id=str(channel.id))
        except RejectedError as error:
            log.warning("listening_refused", channel_id=str(channel.id), error=type(error).__name__)
            await self._mark_trouble(channel, error.reason)
            return True
        except (SendError, DeliveryRefusedError, *_OUTAGE) as error:
            log.info("listening_interrupted", channel_id=str(channel.id), error=type(error).__name__)
        except Exception as error:
            log.exception("listener_failed", channel_id=str(channel.id), error=type(error).__name__)
        return False

    async def _listen(self, listener: _Listener) -> None:
        channel = listener.channel
        if channel.listens is None:
            return
        async with self._app.transaction(channel.workspace_id) as connection:
            cursor = await receiving.cursor_of(connection, channel.workspace_id, channel.id)
        stream = channel.listens.listen(channel=channel.access, cursor=cursor, net=self._net)
        async with aclosing(cast("AsyncGenerator[Heard, None]", stream)) as heard:  # every listener is a generator: it must be closable
            async for each in heard:
                await self._keep(listener, each)
                rest_seconds = min(each.rest_seconds, self._longest_rest_seconds)
                if rest_seconds > 0:
                    await _rest(listener, seconds=rest_seconds)

    async def _keep(self, listener: _Listener, heard: Heard) -> None:
        """Items first, then the cursor: whoever dies between the two hears the items again."""
        channel, now = listener.channel, self._clock.now()
        if heard.items:
            rows = journal_items(self._registry, channel, heard.items, headers="")
            await self._intake.admit(rows)
            for channel_id in {row.channel_id for row in rows}:
                self._wake(channel_id)
            self._items.labels(channel.platform).inc(len(rows))
        if heard.cursor is not None or not listener.welcome:
            async with self._app.transaction(channel.workspace_id) as connection:
                if heard.cursor is not None:
                    await receiving.keep_cursor(connection, channel.workspace_id, channel.id, cursor=heard.cursor, now=now)
                if not listener.welcome:
                    await receiving.end_trouble(connection, channel.workspace_id, channel.id, beginning=TROUBLE)
        listener.welcome, listener.failures = True, 0

    async def _mark_trouble(self, channel: ConnectedChannel, reason: str) -> None:
        trouble = (TROUBLE + (text_of(reason) or ""))[:TROUBLE_LIMIT_CHARS]
        try:
            async with self._app.transaction(channel.workspace_id) as connection:
                await channels.mark_trouble(connection, channel.workspace_id, channel.id, trouble=trouble)
        except _OUTAGE as error:
            log.info("trouble_not_marked", channel_id=str(channel.id), error=type(error).__name__)


async def _rest(listener: _Listener, *, seconds: float) -> None:
    """Leave the platform alone, unless it says that there is something."""
    # Some more at random, so that channels that began together do not poll together for ever.
    longest = seconds * random.uniform(1.0, 1.1)  # noqa: S311 - jitter
    with suppress(TimeoutError):
        async with asyncio.timeout(longest):
            await listener.nudged.wait()
    listener.nudged.clear()
