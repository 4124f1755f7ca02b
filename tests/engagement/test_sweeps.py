"""Sweeps ask once which workspaces have something due: at rest none of them costs a transaction, and none waits for the others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.contracts.ids import WorkspaceId
from services.engagement import channels
from services.engagement.bulk import BulkWorker
from services.engagement.composing.promises import PromiseClock
from services.engagement.consent.links import PreferenceLinks
from services.engagement.inbound import InboundWorker
from services.engagement.members import PROJECTION, MemberSnapshots
from services.engagement.notifications.delivering import Deliverer, Ways
from services.engagement.notifications.sweeping import NotificationSweeper
from services.engagement.protocol import Files, Net
from services.engagement.reconciling import Reconciler
from services.engagement.registry import ChannelRegistry
from services.engagement.satisfaction.asking import Asker
from services.engagement.sending import Sender
from services.engagement.settings import EngagementSettings
from services.engagement.statements import members as member_statements
from services.engagement.sweeping import BATCH, Sweeper
from services.kit.access import WorkerTokens
from services.kit.clock import FixedClock
from services.kit.crypto import Vault
from services.kit.db import Connection, Database
from services.kit.port import Port
from services.kit.telemetry import Metrics
from tests.engagement.office import Office

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
ROUNDS = 15
VAULT = Vault(b"k" * 32)


class CountedDatabase(Database):
    """Remembers for which workspaces transactions began."""

    begun: list[WorkspaceId | None]

    @asynccontextmanager
    async def transaction(self, workspace: WorkspaceId | None = None) -> AsyncIterator[Connection]:
        """As any other, and counted."""
        self.begun.append(workspace)
        async with super().transaction(workspace) as connection:
            yield connection


@dataclass
class House:
    """All the sweeps of a service, each to be taken a round at a time."""

    app: CountedDatabase
    worker: CountedDatabase
    registry: ChannelRegistry
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    reconciler: Reconciler = field(init=False)

    def __post_init__(self) -> None:
        self.reconciler = Reconciler(
            self.registry,
            self.app,
            worker=self.worker,
            net=cast("Net", None),
            wake=_nothing,
            clock=self.clock,
            metrics=Metrics("test"),
        )

    async def sweep(self) -> tuple[int, int]:
        """A round of every sweep; gives how many transactions they took as `app` and as `worker`."""
        self.app.begun, self.worker.begun = [], []
        await self.conversations().sweep()
        await BulkWorker(self.app, worker=self.worker, published=_nothing, clock=self.clock).round()
        await PromiseClock(self.app, worker=self.worker, published=_nothing, clock=self.clock).sweep()
        await NotificationSweeper(self.app, worker=self.worker, clock=self.clock, told=_nothing).sweep()
        await Deliverer(self.app, worker=self.worker, ways=cast("Ways", None), clock=self.clock).sweep()
        await MemberSnapshots(
            self.app, worker=self.worker, identity=cast("Port", None), tokens=cast("WorkerTokens", None), clock=self.clock
        ).sweep()
        await Asker(self.registry, self.app, worker=self.worker, key=b"k", public_url="http://x", clock=self.clock, queued=_nothing).sweep()
        await self._send()
        await self._read()
        return len(self.app.begun), len(self.worker.begun)

    def conversations(self) -> Sweeper:
        """Snoozes, and the ledger's sums."""
        return Sweeper(self.app, worker=self.worker, published=_nothing, clock=self.clock)

    async def _send(self) -> None:
        sender = Sender(
            self.registry,
            self.app,
            worker=self.worker,
            net=cast("Net", None),
            links=cast("PreferenceLinks", None),
            files=cast("Callable[[WorkspaceId], Files]", None),
            published=_nothing,
            unparked=_nothing,
            clock=self.clock,
            timeout_seconds=5,
            metrics=Metrics("test"),
        )
        assert await sender.sweep() == []
        await sender.tidy()

    async def _read(self) -> None:
        inbound = InboundWorker(
            self.registry,
            self.app,
            worker=self.worker,
            deployment_key=b"k" * 32,
            historic_after=timedelta(days=1),
            kept=timedelta(days=30),
            published=_nothing,
            pressed=lambda: False,
            clock=self.clock,
            metrics=Metrics("test"),
        )
        await inbound.sweep()
        await inbound.tend()
        async with asyncio.TaskGroup() as group:
            await self.reconciler.look(group)


def _nothing(*_: object) -> None:
    """Nobody waits for it here."""


def _numbered(number: int) -> WorkspaceId:
    return WorkspaceId(UUID(int=number))


@pytest.fixture
async def house(settings: EngagementSettings) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        opened = []
        for role in ("app", "worker"):
            database = CountedDatabase(settings.role_url("engagement", role=role), name="test", size=4)  # type: ignore[arg-type] # a role's name
            database.begun = []
            await database.open()
            stack.push_async_callback(database.close)
            opened.append(database)
        yield House(*opened, ChannelRegistry(opened[1], vault=VAULT))


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url, timeout=10, server_settings={"session_replication_role": "replica"})
    yield connection
    await connection.close()


async def _snooze(owner: asyncpg.Connection, *, until: datetime, workspaces: list[WorkspaceId]) -> None:
    await owner.execute(
        """
        INSERT INTO engagement.conversation (workspace_id, id, channel_id, key, profile_id, platform, kind, public, status, started_at,
            last_activity_at, message_count, version, closed_version, snoozed_until)
        SELECT w, gen_random_uuid(), w, uuid_send(gen_random_uuid()), w, 'inlet', 'direct', false, 'snoozed', $2, $2, 1, 1, 0, $2
        FROM unnest($1::uuid[]) AS w
        """,
        workspaces,
        until,
    )


async def _open_threads(owner: asyncpg.Connection, workspace: WorkspaceId) -> int:
    found: int = await owner.fetchval("SELECT count(*) FROM engagement.conversation WHERE workspace_id = $1 AND status = 'open'", workspace)
    return found


async def _settle(house: House, workspace: WorkspaceId) -> None:
    """A workspace with a channel, its members known."""
    async with house.app.transaction(workspace) as connection:
        config = {"reply_url": "http://shop.example/replies"}
        await channels.connect_channel(
            connection, workspace, channels.NewChannel(platform="inlet", name="shop", config=config), vault=VAULT, now=NOW
        )
        await member_statements.mark_filled(connection, workspace, name=PROJECTION, now=NOW)


@pytest.mark.parametrize("count", [1, 30])
async def test_at_rest_no_workspace_costs_a_transaction(house: House, owner: asyncpg.Connection, count: int) -> None:
    workspaces = [WorkspaceId(uuid4()) for _ in range(count)]
    for workspace in workspaces:
        await _settle(house, workspace)
    await _snooze(owner, until=NOW + timedelta(days=1), workspaces=workspaces)
    await house.registry.refresh()
    assert len(house.registry.by_workspace()) == count
    # A process that has just started notes once which channels there are to reconcile.
    assert await house.sweep() == (count, ROUNDS)
    assert await house.sweep() == (0, ROUNDS)


async def test_what_is_due_anywhere_is_seen_in_the_next_round_and_who_has_much_starves_nobody(
    house: House, owner: asyncpg.Connection
) -> None:
    await _snooze(owner, until=NOW + timedelta(days=1), workspaces=[_numbered(number) for number in range(1, 2501)])
    await _snooze(owner, until=NOW, workspaces=[*[_numbered(1)] * 5 * BATCH, _numbered(500), _numbered(2400)])
    sweeper = house.conversations()
    await sweeper.sweep()
    assert [await _open_threads(owner, _numbered(number)) for number in (1, 500)] == [BATCH, 1]
    await sweeper.sweep()
    assert await _open_threads(owner, _numbered(2400)) == 1
    await sweeper.sweep()
    assert await _open_threads(owner, _numbered(1)) == 2 * BATCH
    assert set(house.app.begun) == {_numbered(1), _numbered(500), _numbered(2400)}


@pytest.mark.parametrize(
    ("is_due", "changes"),
    [
        (True, "due_at = $1"),
        (False, "due_at = $1::timestamptz + interval '1 second'"),
        (False, "state = 'sending', lease_until = $1"),
        (True, "state = 'sending', lease_until = $1::timestamptz - interval '1 second'"),
        (True, "state = 'unknown', doubted_at = $1"),
        (False, "state = 'unknown', doubted_at = $1::timestamptz - interval '2 days'"),
        (False, "state = 'sent', sent_at = $1"),
        (True, "state = 'sent', change_due_at = $1"),
        (False, "state = 'sent', change_due_at = $1::timestamptz + interval '1 second'"),
    ],
)
async def test_a_sender_sees_whose_replies_need_it(
    settings: EngagementSettings, owner: asyncpg.Connection, changes: str, *, is_due: bool
) -> None:
    async with Office.opened(settings, people=1) as office:
        reply = await office.post(0, "It is on its way.")
        await owner.execute(f"UPDATE engagement.reply SET {changes} WHERE id = $2", office.clock.now(), reply)
        assert await office.sender.sweep() == ([office.channel.workspace_id] if is_due else [])
