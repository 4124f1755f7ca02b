"""The receiver with a scripted platform: one listener per channel, items before cursors, rest after refusals, an end when told."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.connectors import connectors
from services.engagement.inbound import InboundWorker
from services.engagement.intake import Intake
from services.engagement.protocol import (
    ChannelAccess,
    ChannelFacts,
    Connector,
    CredentialsExpiredError,
    Delivery,
    Heard,
    Listens,
    Net,
    NotSentError,
    Parsed,
    RawItem,
    Secrets,
)
from services.engagement.receiving import TROUBLE, Receiver
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.engagement.settings import EngagementSettings
from services.engagement.statements import channels as channel_statements
from services.engagement.statements import journal, receiving
from services.engagement.statements.journal import JournalItem
from services.kit.clock import SystemClock
from services.kit.db import Database, DatabaseUnavailableError
from services.kit.telemetry import Metrics
from tests.engagement.waiting import until

NOW = datetime(2026, 5, 4, tzinfo=UTC)
PATIENCE = 25.0


@dataclass
class Radio:
    """A platform that sends numbered items; a listener begins after its cursor. `troubles` are raised one by one instead."""

    sent: int = 0
    rest_seconds: float = 0.0
    listening: int = 0
    most: int = 0
    began_at: list[str | None] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def send(self, count: int) -> None:
        """So many more."""
        self.sent += count
        self.news.set()

    async def listen(self, *, channel: ChannelAccess, cursor: str | None, net: Net) -> AsyncIterator[Heard]:
        """Keep protocol.Listens."""
        del net
        self.began_at.append(cursor)
        self.secrets.append(channel.credentials["token"])
        if self.troubles:
            raise self.troubles.pop(0)
        self.listening += 1
        self.most = max(self.most, self.listening)
        try:
            heard = int(cursor or 0)
            while True:
                while heard < self.sent:
                    heard += 1
                    yield Heard(
                        items=(RawItem(key=f"n{heard}", body=f"{heard}".encode()),), cursor=f"{heard}", rest_seconds=self.rest_seconds
                    )
                self.news.clear()
                await self.news.wait()
        finally:
            self.listening -= 1


@dataclass
class Place:
    """The database of a run, and the channels in it as a registry tells them."""

    app: Database
    worker: Database
    intake: Intake
    known: dict[ChannelId, ConnectedChannel] = field(default_factory=dict)

    def listening(self) -> Collection[ConnectedChannel]:
        """As the registry."""
        return [channel for channel in self.known.values() if channel.active]

    def of_account(self, beside: ConnectedChannel, account: str, *, proves: Callable[[ConnectedChannel], bool]) -> ConnectedChannel | None:
        """There is none."""
        del beside, account, proves

    async def refresh(self) -> None:
        """Bring versions and activity up to date, as the registry does."""
        for channel in list(self.known.values()):
            async with self.app.transaction(channel.workspace_id) as connection:
                row = await channel_statements.channel_of(connection, channel.workspace_id, channel.id)
            if row["version"] != channel.version:
                access = replace(channel.access, credentials={"token": f"token {row['version']}"})
                self.known[channel.id] = replace(channel, version=row["version"], active=row["active"], access=access)

    def find(self, channel: ChannelId) -> ConnectedChannel | None:
        """As the registry."""
        return self.known.get(channel)

    async def connect(self, radio: Radio) -> ConnectedChannel:
        """A channel to a radio."""
        channel = ConnectedChannel(
            workspace_id=WorkspaceId(uuid4()),
            id=ChannelId(uuid4()),
            platform="radio",
            version=1,
            path_token=uuid4().hex,
            active=True,
            connector=connectors()["inlet"],
            acknowledges=None,
            listens=cast("Listens", radio),
            facts=ChannelFacts(platform="radio"),
            secrets=Secrets(current=""),
            access=ChannelAccess(platform="radio", credentials={"token": "token 1"}),
        )
        values = {
            "workspace_id": channel.workspace_id,
            "id": channel.id,
            "platform": "radio",
            "name": "radio",
            "path_token": channel.path_token,
            "credentials": b"",
            "config": {},
            "now": NOW,
        }
        async with self.app.transaction(channel.workspace_id) as connection:
            await channel_statements.insert_channel(connection, values)
        self.known[channel.id] = channel
        return channel

    async def change(self, channel: ConnectedChannel, *, active: bool | None = None, credentials: bytes | None = None) -> None:
        """What another process does: the registries here learn it later."""
        async with self.app.transaction(channel.workspace_id) as connection:
            await channel_statements.change_channel(
                connection, channel.workspace_id, channel.id, name=None, active=active, credentials=credentials, config=None
            )

    @asynccontextmanager
    async def receiver(self, *, limit: int = 10, intake: Any = None, longest_rest_seconds: float = math.inf) -> AsyncIterator[Receiver]:
        """A receiver, as in a process of its own."""
        made = Receiver(
            self,
            app=self.app,
            worker=self.worker,
            intake=intake or self.intake,
            net=cast("Net", None),
            wake=lambda _: None,
            limit=limit,
            longest_rest_seconds=longest_rest_seconds,
            clock=SystemClock(),
            metrics=Metrics("engagement"),
        )
        task = asyncio.create_task(made.run())
        try:
            yield made
        finally:
            task.cancel()
            await asyncio.wait([task], timeout=PATIENCE)

    async def journal(self, channel: ConnectedChannel) -> list[bytes]:
        """What is in the channel's journal, in order of arrival."""
        async with self.app.transaction(channel.workspace_id) as connection:
            rows = await journal.waiting_items(connection, channel.workspace_id, channel.id, limit=1000)
        return [row["body"] for row in rows]

    async def cursor(self, channel: ConnectedChannel) -> str | None:
        """Where listening would go on."""
        async with self.app.transaction(channel.workspace_id) as connection:
            return await receiving.cursor_of(connection, channel.workspace_id, channel.id)

    async def trouble(self, channel: ConnectedChannel) -> str:
        """What the channel's owner is told."""
        async with self.app.transaction(channel.workspace_id) as connection:
            row = await channel_statements.channel_of(connection, channel.workspace_id, channel.id)
        return str(row["trouble"])


@pytest.fixture
async def place(database_url: str, nats_url: str, secret_key: str) -> AsyncIterator[Place]:
    settings = EngagementSettings(database_url=database_url, nats_url=nats_url, secret_key=secret_key)
    app = Database(settings.role_url("engagement", role="app"), name="app", size=4)
    worker = Database(settings.role_url("engagement", role="worker"), name="worker", size=2)
    intake = Intake(Database(settings.role_url("engagement", role="intake"), name="intake", size=1), clock=SystemClock())
    await app.open()
    await worker.open()
    writer = asyncio.create_task(intake.run())
    yield Place(app, worker, intake)
    writer.cancel()
    await asyncio.wait([writer], timeout=PATIENCE)
    await app.close()
    await worker.close()


async def seen(probe: Any) -> Any:
    """The first truthy answer of a plain function."""

    async def ask() -> Any:
        return probe()

    return await until(ask, within_seconds=PATIENCE)


async def heard(place: Place, channel: ConnectedChannel, count: int) -> list[bytes]:
    """The journal once it holds so many."""

    async def ask() -> list[bytes] | None:
        found = await place.journal(channel)
        return found if len(found) >= count and await place.cursor(channel) == str(count) else None

    found: list[bytes] = await until(ask, within_seconds=PATIENCE)
    return found


def numbers(count: int) -> list[bytes]:
    return [f"{number}".encode() for number in range(1, count + 1)]


async def test_items_come_into_the_journal_in_order_and_the_cursor_follows(place: Place) -> None:
    radio = Radio(sent=30)
    channel = await place.connect(radio)
    async with place.receiver():
        assert await heard(place, channel, 30) == numbers(30)
        radio.send(5)
        assert await heard(place, channel, 35) == numbers(35)
    assert (radio.listening, radio.began_at) == (0, [None])


async def test_a_poller_is_left_alone_as_long_as_it_says(place: Place) -> None:
    poller, radio = await place.connect(Radio(sent=2, rest_seconds=3600.0)), await place.connect(Radio(sent=30, rest_seconds=0.001))
    async with place.receiver():
        assert await heard(place, poller, 1) == numbers(1)
        assert await heard(place, radio, 30) == numbers(30)
        assert await heard(place, poller, 1) == numbers(1)


async def test_no_poller_rests_longer_than_the_deployment_says(place: Place) -> None:
    poller = await place.connect(Radio(sent=2, rest_seconds=3600.0))
    async with place.receiver(longest_rest_seconds=0.001):
        assert await heard(place, poller, 2) == numbers(2)


async def test_a_nudge_ends_a_pollers_rest(place: Place) -> None:
    channel = await place.connect(Radio(sent=3, rest_seconds=3600.0))
    async with place.receiver():
        assert await heard(place, channel, 1) == numbers(1)
        for count in (2, 3):
            async with place.app.transaction(channel.workspace_id) as connection:
                await receiving.nudge_listener(connection, channel.workspace_id, channel.id, now=SystemClock().now())
            assert await heard(place, channel, count) == numbers(count)


class Bell:
    """A connector that understands of a delivery only that something is new."""

    def __init__(self) -> None:
        self.declaration = connectors()["inlet"].declaration

    def parse(self, delivery: Delivery) -> Parsed:
        """It rings."""
        return Parsed(ignored=f"something is new: {delivery.key[:8]}", look=True)


async def test_a_delivery_that_only_says_that_something_is_new_wakes_who_listens(place: Place) -> None:
    channel = await place.connect(Radio(sent=2, rest_seconds=3600.0))
    place.known[channel.id] = replace(channel, connector=cast("Connector", Bell()))
    worker = InboundWorker(
        cast("ChannelRegistry", place),
        place.app,
        worker=place.worker,
        deployment_key=b"k" * 32,
        historic_after=timedelta(days=1),
        kept=timedelta(days=30),
        published=lambda: None,
        pressed=lambda: False,
        clock=SystemClock(),
        metrics=Metrics("test"),
    )
    async with place.receiver():
        assert await heard(place, channel, 1) == numbers(1)
        running = asyncio.create_task(worker.run())
        worker.wake(channel.id)

        async def listened_again() -> bool:
            return await place.cursor(channel) == "2"

        assert await until(listened_again, within_seconds=PATIENCE)
        running.cancel()
        await asyncio.wait([running], timeout=PATIENCE)


async def test_one_process_listens_and_another_goes_on_where_it_ended(place: Place) -> None:
    radio = Radio(sent=3)
    channel = await place.connect(radio)
    async with place.receiver() as second:
        async with place.receiver():
            await heard(place, channel, 3)
            assert radio.most == 1
        radio.send(4)
        assert await heard(place, channel, 7) == numbers(7)
        assert second is not None
    assert radio.most == 1


class DyingIntake:
    """Commits, and then the process is gone before it can keep a cursor; once."""

    def __init__(self, real: Intake) -> None:
        self._real = real
        self.died = 0

    async def admit(self, items: list[JournalItem]) -> None:
        """Keep Intake's promise, once without anybody hearing of it."""
        await self._real.admit(items)
        if not self.died:
            self.died += 1
            raise DatabaseUnavailableError


async def test_a_crash_behind_the_journal_repeats_and_does_not_double(place: Place) -> None:
    radio = Radio(sent=2)
    channel = await place.connect(radio)
    intake = DyingIntake(place.intake)
    async with place.receiver(intake=intake):
        assert await heard(place, channel, 2) == numbers(2)
    assert (intake.died, radio.began_at) == (1, [None, None])


async def test_refused_credentials_mark_the_channel_and_are_not_tried_again_until_they_change(place: Place) -> None:
    radio = Radio(troubles=[CredentialsExpiredError("LOGIN failed")])
    channel = await place.connect(radio)
    async with place.receiver():

        async def marked() -> bool:
            return await place.trouble(channel) == f"{TROUBLE}LOGIN failed"

        await until(marked, within_seconds=PATIENCE)
        assert radio.began_at == [None]
        radio.sent = 1
        await place.change(channel, credentials=b"new")
        await heard(place, channel, 1)
    assert radio.secrets == ["token 1", "token 2"]
    assert await place.trouble(channel) == ""


async def test_trouble_of_the_network_is_waited_out(place: Place) -> None:
    radio = Radio(sent=1, troubles=[NotSentError("connect"), OSError("reset"), ValueError("a fault of the connector")])
    channel = await place.connect(radio)
    async with place.receiver():
        await heard(place, channel, 1)
    assert len(radio.began_at) == 4
    assert await place.trouble(channel) == ""


async def test_a_trouble_that_ended_is_taken_back_and_others_stay(place: Place) -> None:
    radio = Radio()
    mine, other = await place.connect(radio), await place.connect(Radio(sent=1))
    for channel, trouble in ((mine, f"{TROUBLE}it was away"), (other, "sending is refused")):
        async with place.app.transaction(channel.workspace_id) as connection:
            await channel_statements.mark_trouble(connection, channel.workspace_id, channel.id, trouble=trouble)
    async with place.receiver():
        radio.send(1)
        await heard(place, mine, 1)
        await heard(place, other, 1)
    assert (await place.trouble(mine), await place.trouble(other)) == ("", "sending is refused")


async def test_a_paused_channel_is_left_and_its_lease_is_free(place: Place) -> None:
    radio = Radio(sent=1)
    channel = await place.connect(radio)
    async with place.receiver():
        await heard(place, channel, 1)
        await place.change(channel, active=False)
        await seen(lambda: radio.listening == 0)
        await place.change(channel, active=True)
        await place.refresh()
        radio.send(1)
        await heard(place, channel, 2)
    assert radio.began_at == [None, "1"]


async def test_what_is_beyond_one_process_is_left_to_the_next(place: Place) -> None:
    radio = Radio()
    for _ in range(3):
        await place.connect(radio)
    async with place.receiver(limit=2):
        await seen(lambda: radio.listening == 2)
        async with place.receiver(limit=2):
            await seen(lambda: radio.listening == 3)
    assert radio.most == 3


async def test_whoever_loses_the_connection_of_its_leases_stops_and_begins_again(place: Place) -> None:
    radio = Radio(sent=1)
    channel = await place.connect(radio)
    async with place.receiver():
        await heard(place, channel, 1)
        async with place.worker.transaction() as connection:
            await connection.fetch(
                "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
                "WHERE l.locktype = 'advisory' AND a.usename = current_user"
            )
        await seen(lambda: len(radio.began_at) == 2 and radio.listening == 1)
        radio.send(1)
        assert await heard(place, channel, 2) == numbers(2)
    assert (radio.most, radio.began_at) == (1, [None, "1"])
