"""A running engagement service on a real PostgreSQL and NATS, with tokens for any workspace and a client that knows its routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

import httpx
import pytest

from services.contracts.ids import WorkspaceId
from services.engagement.main import compose
from services.engagement.settings import EngagementSettings
from services.kit.clock import Clock, SystemClock
from tests.brokers import emptied
from tests.databases import Databases
from tests.serving import http_client, served
from tests.tokens import TokenIssuer

# A reply that the test before left under way would appear in the ledger of the next one.
APART = {"settings", "database_url", "nats_url", "platforms"}


@dataclass
class Service:
    """The service as its callers see it."""

    url: str
    issuer: TokenIssuer
    http: httpx.AsyncClient
    workspace: WorkspaceId = field(default_factory=lambda: WorkspaceId(uuid4()))
    # What time it is for platforms.
    clock: Clock = field(default_factory=SystemClock)

    def headers(
        self, workspace: UUID | None = None, *, member: UUID | None = None, role: str = "admin", by_key: bool = False
    ) -> dict[str, str]:
        """The authorization of a member of the workspace, or of an API key."""
        return {"authorization": f"Bearer {self.issuer.token(workspace or self.workspace, member=member, role=role, by_key=by_key)}"}

    async def post(self, path: str, body: object, **named: str) -> httpx.Response:
        """POST as an administrator, with further headers."""
        return await self.http.post(path, json=body, headers={**self.headers(), **named})

    async def get(self, path: str) -> httpx.Response:
        """GET as an administrator."""
        return await self.http.get(path, headers=self.headers())

    async def connect(self, platform: str, **parts: dict[str, str]) -> dict[str, object]:
        """Connect a channel; gives the answer of POST /v1/channels."""
        answer = await self.post("/v1/channels", {"platform": platform, "name": platform, **parts})
        assert answer.status_code == 201, answer.text
        found: dict[str, object] = answer.json()
        return found


@pytest.fixture
def settings(database_url: str, nats_url: str, secret_key: str, tmp_path: Path) -> EngagementSettings:
    return EngagementSettings(
        database_url=database_url,
        nats_url=nats_url,
        secret_key=secret_key,
        allow_private_addresses=True,
        media_folder=tmp_path / "media",
    )


@asynccontextmanager
async def running(settings: EngagementSettings) -> AsyncIterator[Service]:
    """A service with an identity of its own."""
    issuer = TokenIssuer()
    async with compose(settings, ports={"identity": issuer}) as app, served(app) as url, http_client(url) as http:
        yield Service(url, issuer, http)


@pytest.fixture
async def own_service(settings: EngagementSettings) -> AsyncIterator[Service]:
    """A service of the test's own, over the database of `database_url`."""
    async with running(settings) as started:
        yield started


@pytest.fixture(scope="module")
async def shared_service(
    databases: Databases, shared_nats_url: str, secret_key: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    """One service for the tests of a module; starting it takes longer than most of them."""
    name = await databases.take()
    settings = EngagementSettings(
        database_url=databases.url(name),
        nats_url=shared_nats_url,
        secret_key=secret_key,
        allow_private_addresses=True,
        media_folder=tmp_path_factory.mktemp("media"),
    )
    async with running(settings) as started:
        yield started
    await databases.give_back(name)
    await emptied(shared_nats_url)


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Service:
    """A service with a workspace of the test's own; who asks for its settings, its database or the platforms as well has it alone."""
    if APART & set(request.fixturenames):
        return cast("Service", request.getfixturevalue("own_service"))
    shared = cast("Service", request.getfixturevalue("shared_service"))
    shared.issuer.members = ()
    return replace(shared, workspace=WorkspaceId(uuid4()))
