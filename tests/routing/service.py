"""The routing service running in the test's process, spoken to through its port and the bus. Holds no tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from services.contracts.envelope import Event
from services.contracts.events import MemberChanged
from services.contracts.ids import WorkspaceId
from services.kit.access import scopes_of_role, workers
from services.kit.bus import Bus
from services.kit.hosting import Receive, Scope, Send
from services.kit.http import respond
from services.kit.port import DirectPort
from services.routing.main import compose
from services.routing.settings import RoutingSettings
from tests.kit.sample import Issuer
from tests.routing.desk import header, scripted

DEADLINE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Told:
    """An answer with its JSON."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Service:
    """The running service, and an issuer that it takes for identity."""

    port: DirectPort
    issuer: Issuer
    bus: Bus
    members: list[MemberChanged]
    """What identity's snapshot tells of members."""
    identity_away: asyncio.Event
    """Set: identity answers 503 to everything."""

    async def ask(self, method: str, path: str, body: object = None, *, token: str | None = None, key: str | None = None) -> Told:
        """One request, with a bearer token and an Idempotency-Key if given."""
        headers = [("authorization", f"Bearer {token}")] if token is not None else []
        if key is not None:
            headers.append(("idempotency-key", key))
        if body is not None:
            headers.append(("content-type", "application/json"))
        raw = b"" if body is None else orjson.dumps(body)
        answer = await self.port.call(method, path, body=raw, headers=headers, timeout_seconds=DEADLINE_SECONDS)
        return Told(answer.status, orjson.loads(answer.body) if answer.body else None)

    def token(self, workspace: WorkspaceId, *, role: str = "admin", **claims: object) -> str:
        """A token of a member with everything that the role may."""
        return self.issuer.token(ws=str(workspace), role=role, scp=sorted(scopes_of_role(role)), **claims)

    async def publish(self, workspace: WorkspaceId, *events: Event) -> None:
        """Say these in the name of the services that own them."""
        for event in events:
            await self.bus.ensure_stream(event.type.partition(".")[0])
            await self.bus.publish(header(event, workspace), orjson.dumps(event, default=str))

    async def until(self, found: Callable[[], Awaitable[Any]]) -> Any:
        """Ask until the answer is true; fails after the deadline."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not (answer := await found()):  # noqa: ASYNC110 - the condition lies on the far side of a broker
                await asyncio.sleep(0.02)
        return answer


@asynccontextmanager
async def running(settings: RoutingSettings) -> AsyncIterator[Service]:
    """Start the service, and stop it whole."""
    issuer = Issuer()
    members: list[MemberChanged] = []
    away = asyncio.Event()

    async def identity(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        if away.is_set():
            await respond(send, status=503, body=b"{}")
            return
        match scope["path"]:
            case workers.PATH:
                answer = orjson.dumps({"access_token": "a-workers", "expires_in": 300})
            case "/internal/snapshot/members":
                answer = msgspec.json.encode({"items": members, "cursors": ["next"] * len(members), "has_next": False})
            case _:
                answer = await issuer.jwks()
        await respond(send, status=200, body=answer)

    bus = Bus(settings.nats_url.get_secret_value(), name="test")
    ports = {"identity": DirectPort(identity)}
    async with compose(settings, ports=ports, clock=issuer.clock, analyse=scripted) as app:
        await bus.open()
        try:
            yield Service(DirectPort(app), issuer, bus, members, away)
        finally:
            await bus.close()
