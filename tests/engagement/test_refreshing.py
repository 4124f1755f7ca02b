"""Credentials are renewed before they end, once; what a platform answered is written whatever happens; who must sign in again is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement import channels
from services.engagement.authorizing.clients import Client
from services.engagement.authorizing.registrations import Registrations
from services.engagement.refreshing import TROUBLE, Refresher
from services.engagement.sending.results import RENEWED_LATELY
from services.engagement.settings import EngagementSettings
from services.engagement.statements import channels as channel_statements
from services.engagement.statements import due
from services.engagement.statements import refreshing as statements
from services.kit.crypto import Vault
from services.kit.db import Database, DatabaseUnavailableError
from services.kit.rounds import NOBODY
from tests.engagement.platforms import joined
from tests.engagement.platforms.guild_server import GuildServer
from tests.engagement.waiting import until

PATIENCE = 25.0
REGISTERED = {"OAUTH_GUILD_CLIENT_ID": "our-id", "OAUTH_GUILD_CLIENT_SECRET": "our-secret"}


@pytest.fixture(scope="module", autouse=True)
def _guild() -> Iterator[None]:
    with joined():
        yield


@dataclass
class Clock:
    """A clock that a test moves."""

    at: datetime = datetime(2026, 5, 4, 10, tzinfo=UTC)

    def now(self) -> datetime:
        """Keep kit.Clock."""
        return self.at


@dataclass
class Desk:
    """One channel of Guild with credentials that end in an hour, and refreshers for it."""

    app: Database
    worker: Database
    clock: Clock = field(default_factory=Clock)
    vault: Vault = field(default_factory=lambda: Vault(bytes(32)))
    workspace: WorkspaceId = field(default_factory=lambda: WorkspaceId(uuid4()))
    guild: GuildServer = field(init=False)
    channel: ChannelId = field(init=False)

    async def connect(self) -> None:
        """Connected by signing in, a moment ago."""
        self.guild = GuildServer(clock=self.clock.now, tokens=["token-1"])
        self.guild.expect_refresh("refresh-1")
        new = channels.NewChannel(
            platform="guild",
            name="Guild",
            credentials={"token": "token-1", "refresh_token": "refresh-1"},
            config={"server": "https://guild.example"},
        )
        async with self.app.transaction(self.workspace) as connection:
            made = await channels.connect_channel(connection, self.workspace, new, vault=self.vault, now=self.clock.now())
            self.channel = ChannelId(made.row["id"])
            end = self.clock.now() + timedelta(hours=1)
            await statements.note_end(connection, self.workspace, self.channel, expires_at=end, due_at=end - timedelta(minutes=6))

    @asynccontextmanager
    async def refreshing(self, *, processes: int = 1, database: Any = None) -> AsyncIterator[list["asyncio.Task[None]"]]:
        """So many processes with a refresher."""
        tasks = [asyncio.create_task(self.refresher(database or self.app).run()) for _ in range(processes)]
        try:
            yield tasks
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=PATIENCE)

    def refresher(self, database: Any) -> Refresher:
        """One."""
        return Refresher(
            database,
            worker=self.worker,
            net=self.guild,
            vault=self.vault,
            registrations=Registrations(REGISTERED, vault=self.vault, client=Client("https://rapport.example", b"k" * 32)),
            changed=self.looked,
            published=lambda: None,
            clock=self.clock,
            look_seconds=0.01,
        )

    async def looked(self) -> None:
        """The registry looks."""

    async def row(self) -> asyncpg.Record:
        """The channel."""
        async with self.app.transaction(self.workspace) as connection:
            return await channels.get_channel(connection, self.workspace, self.channel)

    async def credentials(self) -> dict[str, str]:
        """What it has now."""
        return channels.open_credentials(await self.row(), workspace=self.workspace, vault=self.vault)

    async def noted(self) -> asyncpg.Record:
        """When its credentials end."""
        async with self.app.transaction(self.workspace) as connection:
            return await connection.fetchrow("SELECT * FROM credential_refresh WHERE workspace_id = $1", self.workspace)

    async def events(self) -> list[tuple[str, dict[str, Any]]]:
        """What was told of the credentials, oldest first."""
        async with self.app.transaction(self.workspace) as connection:
            rows = await connection.fetch("SELECT type, data::text FROM outbox WHERE type LIKE '%credentials%' ORDER BY id")
        told = [(row["type"].rpartition("_")[2], json.loads(row["data"])) for row in rows]
        assert all(data.pop("channel_id") == str(self.channel) for _, data in told)
        return told

    async def due(self) -> list[WorkspaceId]:
        """Where a refresher would go."""
        async with self.worker.transaction() as connection:
            turn = await due.workspaces_with_due_refreshes(
                connection, after=NOBODY, now=self.clock.now(), ended_before=self.clock.now() - timedelta(days=1)
            )
        return list(turn.due)

    async def renewed(self, times: int) -> dict[str, str]:
        """The credentials once they were renewed so often."""

        async def ask() -> dict[str, str] | None:
            found = await self.credentials()
            return found if found["token"] == f"token-{times + 1}" else None

        found: dict[str, str] = await until(ask, within_seconds=PATIENCE)
        return found

    async def told(self) -> str:
        """The trouble, once there is one."""

        async def ask() -> str:
            return str((await self.row())["trouble"])

        found: str = await until(ask, within_seconds=PATIENCE)
        return found


@pytest.fixture
async def desk(database_url: str, nats_url: str, secret_key: str) -> AsyncIterator[Desk]:
    settings = EngagementSettings(database_url=database_url, nats_url=nats_url, secret_key=secret_key)
    app = Database(settings.role_url("engagement", role="app"), name="app", size=4)
    worker = Database(settings.role_url("engagement", role="worker"), name="worker", size=2)
    await app.open()
    await worker.open()
    made = Desk(app, worker)
    await made.connect()
    yield made
    await app.close()
    await worker.close()


@pytest.fixture
async def asked(desk: Desk) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """The credentials are due, and the server keeps its answer back; says whether it was asked."""
    desk.guild.held = asyncio.Event()
    desk.clock.at += timedelta(minutes=55)
    yield _asked(desk)
    desk.guild.held.set()


async def test_credentials_are_renewed_early_once_and_again(desk: Desk) -> None:
    desk.clock.at += timedelta(minutes=53)
    assert await desk.due() == []
    desk.clock.at += timedelta(minutes=1)
    assert await desk.due() == [desk.workspace]
    async with desk.refreshing(processes=3):
        assert (await desk.renewed(1))["refresh_token"] == "refresh-2"
        noted = await desk.noted()
        assert noted["expires_at"] == desk.clock.now() + timedelta(hours=1)
        assert noted["due_at"] == desk.clock.now() + timedelta(minutes=54)
        desk.clock.at += timedelta(minutes=54)
        await desk.renewed(2)
    assert (desk.guild.refreshes, desk.guild.revoked) == (2, False)
    ends = desk.clock.now() + timedelta(hours=1)
    assert [(word, datetime.fromisoformat(data["expires_at"])) for word, data in await desk.events()] == [
        ("renewed", ends - timedelta(minutes=54)),
        ("renewed", ends),
    ]


async def test_what_was_given_by_hand_is_asked_for_its_end(desk: Desk) -> None:
    async with desk.app.transaction(desk.workspace) as connection:
        await channels.change_channel(
            connection,
            desk.workspace,
            desk.channel,
            name=None,
            active=False,
            credentials={"token": "by hand", "refresh_token": ""},
            config=None,
            vault=desk.vault,
            now=desk.clock.now(),
        )

    async def settled() -> bool:
        noted = await desk.noted()
        return noted["due_at"] is None and noted["refreshed_at"] is not None

    async with desk.refreshing():
        await until(settled, within_seconds=PATIENCE)
    assert (desk.guild.asked, (await desk.credentials())["token"], (await desk.row())["trouble"]) == ([], "by hand", "")


async def test_revoked_credentials_are_told_to_the_owner_and_left_alone_until_there_are_others(desk: Desk) -> None:
    desk.guild.revoked = True
    desk.clock.at += timedelta(minutes=55)
    async with desk.refreshing():
        assert await desk.told() == f"{TROUBLE}invalid_grant"
        assert (await desk.noted())["due_at"] is None
        asked = len(desk.guild.asked)
        desk.clock.at += timedelta(days=2)
        desk.guild.revoked = False
        desk.guild.expect_refresh("refresh-new")
        async with desk.app.transaction(desk.workspace) as connection:
            await channels.change_channel(
                connection,
                desk.workspace,
                desk.channel,
                name=None,
                active=None,
                credentials={"token": "token-new", "refresh_token": "refresh-new"},
                config=None,
                vault=desk.vault,
                now=desk.clock.now(),
            )
        await desk.renewed(1)
    assert (asked, (await desk.row())["trouble"]) == (1, "")
    (lost, told), (renewed, _) = await desk.events()
    assert (lost, told, renewed) == ("lost", {"reason": "invalid_grant", "final": True}, "renewed")


async def test_a_server_that_is_away_is_asked_again_and_told_once_the_credentials_have_ended(desk: Desk) -> None:
    desk.guild.away = 3
    desk.clock.at += timedelta(minutes=55)

    async def failed(times: int) -> None:
        async def ask() -> bool:
            return bool((await desk.noted())["failures"] == times)

        await until(ask, within_seconds=PATIENCE)

    async with desk.refreshing():
        await failed(1)
        assert desk.clock.now() + timedelta(seconds=15) <= (await desk.noted())["due_at"] <= desk.clock.now() + timedelta(seconds=30)
        desk.clock.at += timedelta(seconds=30)
        await failed(2)
        assert (await desk.row())["trouble"] == ""
        desk.clock.at += timedelta(minutes=10)
        await failed(3)
        assert (await desk.row())["trouble"] == f"{TROUBLE}the server is away"
        desk.guild.away = 1
        desk.clock.at += timedelta(minutes=10)
        await failed(4)
        desk.clock.at += timedelta(minutes=30)
        await desk.renewed(1)
    assert (await desk.row())["trouble"] == ""
    (lost, told), (renewed, _) = await desk.events()
    assert (lost, told, renewed) == ("lost", {"reason": "the server is away", "final": False}, "renewed")


async def test_an_answer_is_written_although_the_process_is_to_end(desk: Desk, asked: Callable[[], Awaitable[bool]]) -> None:
    assert desk.guild.held is not None
    async with desk.refreshing() as (task,):
        await until(asked, within_seconds=PATIENCE)
        task.cancel()
        await asyncio.wait([task], timeout=0.05)
        assert not task.done()
        task.cancel()
        desk.guild.held.set()
        await asyncio.wait([task], timeout=PATIENCE)
        assert task.cancelled()
    assert (await desk.credentials())["refresh_token"] == "refresh-2"


async def test_an_answer_is_written_although_the_database_is_away_meanwhile(desk: Desk, asked: Callable[[], Awaitable[bool]]) -> None:
    assert desk.guild.held is not None
    away = Away(desk.app)
    async with desk.refreshing(database=away):
        await until(asked, within_seconds=PATIENCE)
        away.times = 2
        desk.guild.held.set()
        assert (await desk.renewed(1))["refresh_token"] == "refresh-2"
    assert (away.times, desk.guild.refreshes) == (0, 1)


async def test_what_the_owner_gave_meanwhile_is_kept(desk: Desk, asked: Callable[[], Awaitable[bool]]) -> None:
    assert desk.guild.held is not None
    async with desk.refreshing() as (task,):
        await until(asked, within_seconds=PATIENCE)
        async with desk.app.transaction(desk.workspace) as connection:
            await channels.change_channel(
                connection,
                desk.workspace,
                desk.channel,
                name=None,
                active=None,
                credentials={"token": "newer", "refresh_token": "newer"},
                config=None,
                vault=desk.vault,
                now=desk.clock.now() + timedelta(hours=1),
            )
        task.cancel()
        desk.guild.held.set()
        await asyncio.wait([task], timeout=PATIENCE)
    assert (await desk.credentials())["refresh_token"] == "newer"
    assert (await desk.noted())["due_at"] == desk.clock.now() + timedelta(hours=1)


async def test_refused_credentials_are_renewed_at_once_but_not_over_and_over(desk: Desk) -> None:
    async def demand() -> None:
        now = desk.clock.now()
        async with desk.app.transaction(desk.workspace) as connection:
            await channel_statements.mark_trouble(connection, desk.workspace, desk.channel, trouble="refused")
            await statements.demand(connection, desk.workspace, desk.channel, now=now, tried_before=now - RENEWED_LATELY)

    async with desk.refreshing():
        await demand()
        await desk.renewed(1)
        assert (await desk.row())["trouble"] == ""
        await demand()
        assert (await desk.noted())["due_at"] == desk.clock.now() + timedelta(minutes=54)


@dataclass
class Away:
    """A database that is away so many times."""

    real: Database
    times: int = 0

    @asynccontextmanager
    async def transaction(self, workspace: WorkspaceId) -> AsyncIterator[Any]:
        """As Database.transaction."""
        if self.times > 0:
            self.times -= 1
            raise DatabaseUnavailableError
        async with self.real.transaction(workspace) as connection:
            yield connection


def _asked(desk: Desk) -> Any:
    async def ask() -> bool:
        return "/token" in desk.guild.asked

    return ask
