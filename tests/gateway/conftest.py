"""The gateway composed over simulated services, and clients to it. Called by pytest."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.main import compose
from gateway.settings import GatewaySettings
from services.kit.hosting import ASGIApp
from tests.gateway.serving import serving
from tests.gateway.simulated import World
from tests.gateway.subscribing import Socket, opened

SECRET_KEY = "dGVzdHMtdXNlLXRoaXMta2V5LWFuZC1ub2JvZHktZWxzZSE"


class GraphqlClient:
    """Asks the gateway as a signed-in member."""

    def __init__(self, http: httpx.AsyncClient, world: World) -> None:
        self.http = http
        self.world = world
        self.token: str | None = world.token()

    async def post(self, query: str, *, headers: dict[str, str] | None = None, **variables: Any) -> httpx.Response:
        """Send one operation."""
        signed = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return await self.http.post("/graphql", json={"query": query, "variables": variables}, headers={**signed, **(headers or {})})

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation that has no errors."""
        response = await self.post(query, **variables)
        document = response.json()
        assert "errors" not in document, document["errors"]
        data: dict[str, Any] = document["data"]
        return data

    async def errors(self, query: str, **variables: Any) -> list[dict[str, Any]]:
        """The errors of an operation that has some."""
        response = await self.post(query, **variables)
        errors: list[dict[str, Any]] = response.json()["errors"]
        return errors

    async def codes(self, query: str, **variables: Any) -> list[str]:
        """The codes of an operation's errors."""
        return [error["extensions"]["code"] for error in await self.errors(query, **variables)]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def settings() -> GatewaySettings:
    return GatewaySettings(secret_key=SECRET_KEY, public_url="http://gateway")


@pytest.fixture
async def app(world: World, settings: GatewaySettings) -> AsyncIterator[ASGIApp]:
    async with compose(settings, ports=world.ports, events=world.bus) as composed:
        yield composed


@pytest.fixture
async def http(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


@pytest.fixture
def graphql(http: httpx.AsyncClient, world: World) -> GraphqlClient:
    return GraphqlClient(http, world)


@pytest.fixture
async def address(app: ASGIApp) -> AsyncIterator[str]:
    async with serving(app) as served:
        yield served


@pytest.fixture
async def member(address: str, world: World) -> AsyncIterator[Socket]:
    async with opened(address) as socket:
        await socket.start(world.token())
        yield socket
