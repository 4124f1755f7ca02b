"""The running product as people, partners and platforms see it: workspaces with a member, channels, GraphQL, REST. Holds no tests."""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from rapport.deployment import Deployment, Running, running
from rapport.folders import remembered_port
from rapport.simulation import SimulatedPlatforms
from services.contracts.vocabulary import Role
from services.identity.admin import admin
from services.identity.settings import IdentitySettings
from tests.flows.waiting import until
from tests.serving import http_client

PASSWORD = "correct horse battery staple"
TOKEN_KEPT_SECONDS = 200.0
CALL_SECONDS = 20.0


@dataclass
class Seat:
    """A signed-in member; the token is renewed before it ends."""

    product: "Product"
    slug: str
    email: str
    password: str = PASSWORD
    _token: str = ""
    _since: float = 0.0

    async def headers(self, **named: str) -> dict[str, str]:
        """What every request of this member carries."""
        if time.monotonic() - self._since > TOKEN_KEPT_SECONDS:
            body = {"workspace": self.slug, "email": self.email, "password": self.password}
            answer = await self.product.http.post("/v1/auth/sign-in", json=body)
            assert answer.status_code == 200, answer.text
            self._token, self._since = answer.json()["access_token"], time.monotonic()
        return {"authorization": f"Bearer {self._token}", **named}

    async def request(self, method: str, path: str, body: object = None, **named: str) -> httpx.Response:
        """One REST call through the gateway; names of headers with underscores for hyphens."""
        headers = {name.replace("_", "-"): value for name, value in named.items()}
        return await self.product.http.request(method, path, json=body, headers=await self.headers(**headers))

    async def download(self, url: str) -> httpx.Response:
        """What lies behind an address, for whoever has it."""
        return await self.product.http.get(url)

    async def read(self, path: str) -> Any:
        """The JSON of a GET that must succeed."""
        answer = await self.request("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def graphql(self, query: str, **variables: object) -> Any:
        """The data of an operation that must succeed."""
        body = {"query": query, "variables": variables}
        answer = await self.product.http.post("/graphql", json=body, headers=await self.headers())
        told = answer.json()
        assert answer.status_code == 200, told
        assert "errors" not in told, told
        return told["data"]

    async def list_all(self, path: str) -> list[dict[str, Any]]:
        """Every item of a paged list."""
        items: list[dict[str, Any]] = []
        after = ""
        while True:
            page = await self.read(f"{path}{'&' if '?' in path else '?'}limit=100{after}")
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            after = f"&after={page['next_cursor']}"


@dataclass(frozen=True)
class Connected:
    """A channel and who stands behind it: a bot's token, or a partner's name."""

    id: str
    webhook_url: str
    secret: str
    account: str


@dataclass
class Desk(Seat):
    """The first member of a workspace of its own, and the workspace's channels."""

    workspace_id: str = ""

    async def connect_telegram(self, *, api_base: str | None = None) -> Connected:
        """A bot on the simulated Telegram, its webhook set."""
        platforms = self.product.platforms
        token = f"{secrets.randbelow(10**9) + 1}:{secrets.token_hex(8)}"
        made = await self.connect("telegram", credentials={"token": token}, config={"api_base": api_base or platforms.url})
        channel = self._connected(made, account=token)
        await platforms.add_bot(token, username="acme_bot", webhook_url=channel.webhook_url, secret_token=channel.secret)
        return channel

    async def connect_inlet(self, *, echo: bool = False, lookup: bool = True) -> Connected:
        """A partner of the inlet that takes replies."""
        platforms = self.product.platforms
        name = f"partner-{secrets.token_hex(4)}"
        config = {"reply_url": platforms.reply_url(name), "events_url": platforms.events_url(name), "lookup": str(lookup).lower()}
        made = await self.connect("inlet", credentials={}, config=config)
        channel = self._connected(made, account=name)
        await platforms.add_partner(name, webhook_url=channel.webhook_url, secret=channel.secret, echo=echo)
        return channel

    async def colleague(self) -> Seat:
        """Another member of the same workspace."""
        email = f"{secrets.token_hex(4)}@acme.example"
        body = {"email": email, "name": "Kim", "password": PASSWORD, "role": "admin"}
        answer = await self.request("POST", "/v1/members", body)
        assert answer.status_code == 201, answer.text
        return Seat(self.product, self.slug, email)

    async def messages(self) -> list[dict[str, Any]]:
        """Every entry of every conversation."""
        found = []
        for conversation in await self.list_all("/v1/conversations"):
            found += await self.list_all(f"/v1/conversations/{conversation['id']}/messages")
        return found

    async def journal_states(self) -> set[str]:
        """What became of the workspace's deliveries, taken together."""
        return {row["state"] for row in await self.list_all("/v1/journal")}

    async def conversations(self, count: int, *, seconds: float = 20.0) -> list[dict[str, Any]]:
        """The workspace's conversations, once there are `count`."""

        async def enough() -> list[dict[str, Any]] | None:
            found = await self.list_all("/v1/conversations")
            return found if len(found) == count else None

        return await until(enough, seconds=seconds) or []

    async def conversation(self) -> dict[str, Any]:
        """The workspace's only conversation."""
        (found,) = await self.conversations(1)
        return found

    async def settled(self, reply: str, *, states: tuple[str, ...] = ("sent",), seconds: float = 20.0) -> dict[str, Any]:
        """A reply once it is in one of the states."""

        async def there() -> dict[str, Any] | None:
            found: dict[str, Any] = await self.read(f"/v1/replies/{reply}")
            return found if found["state"] in states else None

        return await until(there, seconds=seconds) or {}

    async def post_reply(self, conversation: dict[str, Any], text: str) -> dict[str, Any]:
        """Queue a reply that must be taken."""
        body = {"text": text, "version": conversation["version"]}
        answer = await self.request("POST", f"/v1/conversations/{conversation['id']}/replies", body)
        assert answer.status_code == 201, answer.text
        reply: dict[str, Any] = answer.json()["reply"]
        return reply

    async def connect(self, platform: str, *, credentials: dict[str, str], config: dict[str, str]) -> dict[str, Any]:
        """A new channel, as the answer tells it. Whoever stands behind it is made afterwards: it is told the channel's secret."""
        body = {"platform": platform, "name": platform, "credentials": credentials, "config": config}
        answer = await self.request("POST", "/v1/channels", body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def _connected(self, made: dict[str, Any], *, account: str) -> Connected:
        channel = made["channel"]
        return Connected(channel["id"], self.product.url + channel["webhook_path"], made["signing_secret"], account)


@dataclass
class Product:
    """A deployment, the platforms beside it, and a client of its one port."""

    url: str
    environment: dict[str, str] = field(repr=False)
    platforms: SimulatedPlatforms
    http: httpx.AsyncClient
    running: Running | None = None

    async def desk(self, role: Role = Role.ADMIN) -> Desk:
        """A new workspace with one member, signed in."""
        slug, email = f"acme-{secrets.token_hex(5)}", "sol@acme.example"
        settings = IdentitySettings.model_validate(
            {
                "database_url": self.environment["DATABASE_URL_IDENTITY"],
                "nats_url": self.environment["NATS_URL"],
                "secret_key": self.environment["RAPPORT_SECRET_KEY"],
            }
        )
        async with admin(settings) as identity:
            made = await identity.create_workspace(slug=slug, name="Acme")
            await identity.create_member(workspace=slug, email=email, name="Sol", password=PASSWORD, role=role)
        return Desk(self, slug, email, workspace_id=str(made.id))


@asynccontextmanager
async def product(folder: Path, *, single_process: bool = False) -> AsyncIterator[Product]:
    """Start everything, and drain it at the end."""
    deployment = Deployment(
        folder=folder,
        port=port_of(folder),
        single_process=single_process,
        durable=False,
        allow_private_addresses=True,
        log_level="warning",
    )
    async with AsyncExitStack() as stack:
        ledger = folder / "ledger.jsonl"
        platforms = await stack.enter_async_context(SimulatedPlatforms.running(ledger))
        everything = await stack.enter_async_context(running(deployment))
        http = await stack.enter_async_context(client(everything.url))
        yield Product(everything.url, everything.environment(), platforms, http, everything)


def client(url: str) -> httpx.AsyncClient:
    """A client of the gateway."""
    return http_client(url, timeout_seconds=CALL_SECONDS)


def port_of(folder: Path) -> int:
    """The gateway's port of a deployment in this folder, the same at every start."""
    folder.mkdir(parents=True, exist_ok=True)
    return remembered_port(folder / "port")
