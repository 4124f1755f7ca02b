"""A visitor's browser without the browser: opens sessions, writes, fetches, acknowledges through the public routes. Used by tests."""

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.engagement.conftest import Service

ORIGIN = "https://shop.example"


@dataclass
class Site:
    """One channel of web chat, and the site whose server knows its secret."""

    http: httpx.AsyncClient
    path: str
    secret: str
    channel_id: str

    @classmethod
    async def connected(cls, service: Service, **config: str) -> "Site":
        """A channel just connected."""
        made: Any = await service.connect("webchat", config={"origins": f"{ORIGIN} https://other.example", **config})
        channel = made["channel"]
        return cls(service.http, channel["webhook_path"].replace("/webhooks/", "/webchat/"), made["signing_secret"], channel["id"])

    def identity(self, subject: str = "customer-77", *, secret: str | None = None, algorithm: str = "HS256", **claims: Any) -> str:
        """What the site's server signs for a page; claims replace or add, None takes one away."""
        given = {"sub": subject, "exp": int(time.time()) + 300, "email": f"{subject}@feld.example", "jti": uuid4().hex, **claims}
        key = OctKey.import_key(secret or self.secret)
        kept = {name: value for name, value in given.items() if value is not None}
        return jwt.encode({"alg": algorithm}, kept, key, algorithms=[algorithm])

    def browser(self) -> "Browser":
        """A browser that was never here."""
        return Browser(self)


@dataclass
class Browser:
    """What one browser keeps: its secret, its token, what it has fetched and up to where."""

    site: Site
    secret: str = field(default_factory=lambda: uuid4().hex)
    token: str = ""
    cursor: str = ""
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def open(self, *, identity: str | None = None) -> dict[str, Any]:
        """Begin or take up a session that must be granted."""
        answer = await self.post("session", {"identity": identity, "browser": self.secret} if identity else {})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        self.token = told["token"]
        return told

    async def write(self, text: str, *, number: str | None = None) -> httpx.Response:
        """Send a message."""
        return await self.post("messages", {"id": number or uuid4().hex, "text": text})

    async def fetch(self, *, wait: int = 0, recorded: int = 0) -> dict[str, Any]:
        """One page of the mailbox, kept as the widget keeps it: by id, with the newest version."""
        query = f"messages?after={self.cursor}&wait={wait}&recorded={recorded}"
        answer = await self.request("GET", query)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        self.cursor = page["cursor"]
        self.entries |= {entry["id"]: entry for entry in page["entries"]}
        return page

    async def post(self, name: str, body: object, **named: str) -> httpx.Response:
        """POST from the site's page."""
        return await self.request("POST", name, body, **named)

    async def request(self, method: str, name: str, body: object = None, **named: str) -> httpx.Response:
        """Any request from the site's page; named headers replace or add."""
        signed = {"authorization": f"Bearer {self.token}"} if self.token else {}
        headers = {"origin": ORIGIN, **signed, **{key.replace("_", "-"): value for key, value in named.items()}}
        kept = {key: value for key, value in headers.items() if value}
        return await self.site.http.request(method, f"{self.site.path}/{name}", json=body, headers=kept)

    def texts(self) -> list[str]:
        """What the visitor sees, in order."""
        return [entry["text"] for entry in sorted(self.entries.values(), key=lambda entry: entry["position"])]
