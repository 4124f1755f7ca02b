"""The deployment that is measured: all processes, durable, on free ports, with workspaces, channels and a member. Made once a call."""

import secrets
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import asyncpg

import services.engagement.admin as engagement
import services.identity.admin as identity
from benchmarks import processes
from rapport.deployment import Deployment, Running, running
from services.contracts.ids import ChannelId, WorkspaceId
from services.contracts.vocabulary import Role
from services.engagement.settings import EngagementSettings
from services.identity.settings import IdentitySettings
from services.kit.settings import role_url

WORKSPACES = 20
HISTORY = "history"
EMAIL = "bench@example.com"
_CALL_SECONDS = 10.0
_QUIET_SHARE = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A connected Telegram channel. Deliveries carry `secret`."""

    workspace: WorkspaceId
    id: ChannelId
    path: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What figures are measured on. `first` is the workspace of channel 0, `history` the one that large data go to (slugs)."""

    running: Running
    channels: Sequence[Channel]
    history: WorkspaceId
    password: str = field(repr=False)

    @property
    def gateway_port(self) -> int:
        """Where the product answers."""
        return self.running.deployment.port

    @property
    def engagement_socket(self) -> str:
        """Where engagement answers: an ingress may send webhooks straight there."""
        return str(self.running.deployment.sockets() / "engagement.sock")

    @property
    def owner_url(self) -> str:
        """The database, as its owner."""
        return self.running.owner_urls["engagement"]

    def database_url(self, *, service: str, role: str) -> str:
        """The database as one of a service's roles."""
        return role_url(self.owner_url, secret_key=self.running.deployment.deployment_secret(), service=service, role=role)  # type: ignore[arg-type] # one of the three names

    def pids(self) -> dict[str, int]:
        """The processes by name, with both servers."""
        named = {name: process.pid for name, process in self.running.processes.items()}
        servers = {"postgres": self.running.postgres, "nats": self.running.nats}
        named.update({name: server.pid for name, server in servers.items() if server is not None})
        return {name: pid for name, pid in named.items() if pid is not None}

    async def settle(self, *, within_seconds: float = 30) -> None:
        """Wait until nothing works off what came before, and the disk holds it: every run begins alike."""
        connection = await asyncpg.connect(self.owner_url, timeout=_CALL_SECONDS)
        try:
            await connection.execute("CHECKPOINT", timeout=within_seconds)
        finally:
            await connection.close(timeout=_CALL_SECONDS)
        if not await processes.quiet(self.pids().values(), share=_QUIET_SHARE, within_seconds=within_seconds):
            print("  (work of the run before is still going on)", flush=True)

    async def forget_deliveries(self) -> None:
        """Drop what the journal has not worked off: the next run is not to carry the last one's work."""
        connection = await asyncpg.connect(self.owner_url, timeout=_CALL_SECONDS)
        try:
            await connection.execute("TRUNCATE engagement.journal, engagement.journal_body", timeout=_CALL_SECONDS)
        finally:
            await connection.close(timeout=_CALL_SECONDS)

    async def token(self, *, workspace: str) -> str:
        """A member's access token; good for five minutes."""
        timeout = aiohttp.ClientTimeout(total=_CALL_SECONDS)
        body = {"workspace": workspace, "email": EMAIL, "password": self.password}
        where = f"{self.running.url}/v1/auth/sign-in"
        async with aiohttp.ClientSession(timeout=timeout) as session, session.post(where, json=body) as answer:
            answer.raise_for_status()
            return str((await answer.json())["access_token"])


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """A fresh deployment with its workspaces; gone with its data after the block."""
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as folder:
        deployment = Deployment(folder=Path(folder), port=free_port(), log_level="error")
        async with running(deployment) as everything:
            yield await _furnish(everything)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def slug(number: int) -> str:
    """The name of a workspace that has a channel."""
    return f"bench-{number:02}"


async def connect_channels(everything: Running, workspace: WorkspaceId, *, count: int) -> list[ChannelId]:
    """New channels that nobody delivers to."""
    async with engagement.admin(_engagement_settings(everything)) as hands:
        return [(await _connect(hands, workspace, number=100 + number)).id for number in range(count)]


async def _furnish(everything: Running) -> Stage:
    password = secrets.token_urlsafe(16)
    people = IdentitySettings.model_validate(_common(everything, service="identity"))
    async with identity.admin(people) as hands:
        names = [*(slug(number) for number in range(WORKSPACES)), HISTORY]
        made = {name: (await hands.create_workspace(slug=name, name=name)).id for name in names}
        for name in (slug(0), HISTORY):
            await hands.create_member(workspace=name, email=EMAIL, name="Bench", password=password, role=Role.ADMIN)
    async with engagement.admin(_engagement_settings(everything)) as hands_of_channels:
        channels = [await _connect(hands_of_channels, made[slug(number)], number=number) for number in range(WORKSPACES)]
    return Stage(running=everything, channels=channels, history=made[HISTORY], password=password)


def _engagement_settings(everything: Running) -> EngagementSettings:
    return EngagementSettings.model_validate(_common(everything, service="engagement"))


def _common(everything: Running, *, service: str) -> dict[str, str]:
    env = everything.environment()
    return {"nats_url": env["NATS_URL"], "secret_key": env["RAPPORT_SECRET_KEY"], "database_url": env[f"DATABASE_URL_{service.upper()}"]}


async def _connect(hands: engagement.Admin, workspace: WorkspaceId, *, number: int) -> Channel:
    credentials = {"token": f"{7_000_000_000 + number}:{secrets.token_urlsafe(26)}"}
    made = await hands.connect_channel(workspace, platform="telegram", name=f"Bot {number}", credentials=credentials, config={})
    return Channel(workspace=workspace, id=made.channel.id, path=made.channel.webhook_path, secret=made.signing_secret or "")
