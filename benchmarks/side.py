"""Databases of their own on the stage's server, migrated and empty: for figures that need much data and no running product."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg

import services.engagement.admin as engagement
from benchmarks.stage import Stage
from migrations.apply import migrate
from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.settings import EngagementSettings
from services.kit.settings import role_url

_CALL_SECONDS = 60.0
FILL_SECONDS = 900.0


class SideDatabase:
    """A database that only one figure uses."""

    def __init__(self, url: str, *, secret_key: str, service: str) -> None:
        self.owner_url = url
        self.secret_key = secret_key
        self._service = service

    def url(self, *, role: str) -> str:
        """Its address as one of the service's roles."""
        return role_url(self.owner_url, secret_key=self.secret_key, service=self._service, role=role)  # type: ignore[arg-type] # one of the three names

    async def connect_channels(self, workspaces: Sequence[WorkspaceId]) -> list[ChannelId]:
        """A Telegram channel in each of these workspaces, as an operator connects them."""
        settings = EngagementSettings(database_url=self.owner_url, secret_key=self.secret_key)
        async with engagement.admin(settings) as hands:
            credentials = {"token": "7000000000:of-nobody-in-particular-and-long-enough"}
            made = [
                await hands.connect_channel(each, platform="telegram", name="Bench", credentials=credentials, config={})
                for each in workspaces
            ]
        return [each.channel.id for each in made]

    async def rows(self, query: str) -> list[asyncpg.Record]:
        """What the owner is answered."""
        connection = await asyncpg.connect(self.owner_url, timeout=_CALL_SECONDS)
        try:
            return list(await connection.fetch(query, timeout=_CALL_SECONDS))
        finally:
            await connection.close(timeout=_CALL_SECONDS)

    async def fill(self, *statements: str, analysed: tuple[str, ...]) -> None:
        """Run statements as the owner, then bring the statistics of these tables up to date."""
        # Without triggers and foreign keys: what is made here belongs together, and nobody works on it afterwards.
        settings = {"maintenance_work_mem": "512MB", "session_replication_role": "replica", "synchronous_commit": "off"}
        connection = await asyncpg.connect(self.owner_url, timeout=_CALL_SECONDS, server_settings=settings)
        try:
            for statement in statements:
                await connection.execute(statement, timeout=FILL_SECONDS)
            for table in analysed:
                await connection.execute(f"VACUUM (ANALYZE) {table}", timeout=FILL_SECONDS)
        finally:
            await connection.close(timeout=_CALL_SECONDS)


@asynccontextmanager
async def side_database(stage: Stage, *, service: str = "engagement") -> AsyncIterator[SideDatabase]:
    """A fresh one with a service's schema; gone after the block."""
    name = f"bench_{secrets.token_hex(4)}"
    admin = await asyncpg.connect(stage.owner_url, timeout=_CALL_SECONDS)
    try:
        await admin.execute(f"CREATE DATABASE {name}", timeout=_CALL_SECONDS)
        parts = urlsplit(stage.owner_url)
        url = urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))
        secret_key = stage.running.deployment.deployment_secret()
        await migrate(service, owner_url=url, secret_key=secret_key)
        yield SideDatabase(url, secret_key=secret_key, service=service)
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", timeout=_CALL_SECONDS)
        await admin.close(timeout=_CALL_SECONDS)
