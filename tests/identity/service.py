"""The identity service running in the test's process, spoken to through its port; and its operator. Holds no tests."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import SecretStr

from services.contracts.vocabulary import Role
from services.identity.access.passwords import Effort
from services.identity.admin import Admin, admin
from services.identity.main import compose
from services.identity.settings import IdentitySettings
from services.kit.clock import FixedClock
from services.kit.port import Answer, DirectPort

PASSWORD = "correct horse battery"
# The least that argon2 does. What a password costs in the product is told where signing in is tested.
LITTLE = Effort(memory_kib=8, passes=1)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer with its JSON."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Service:
    """The running service."""

    port: DirectPort
    admin: Admin
    clock: FixedClock

    async def ask(
        self, method: str, path: str, body: object = None, *, token: str | None = None, headers: Sequence[tuple[str, str]] = ()
    ) -> Told:
        """One request, with a bearer token if given."""
        sent = list(headers)
        if body is not None:
            sent.append(("content-type", "application/json"))
        if token is not None:
            sent.append(("authorization", f"Bearer {token}"))
        raw = b"" if body is None else orjson.dumps(body)
        answer = await self.port.call(method, path, body=raw, headers=sent, timeout_seconds=20)
        return Told(answer.status, _json(answer), dict(answer.headers))

    async def sign_in(self, *, workspace: str, email: str, password: str = PASSWORD) -> Told:
        """Sign in, however that ends."""
        return await self.ask("POST", "/v1/auth/sign-in", {"workspace": workspace, "email": email, "password": password})

    async def begin(self, slug: str, role: Role = Role.ADMIN) -> str:
        """A new workspace with one member, sol@<slug>.example; gives that member's access token."""
        await self.admin.create_workspace(slug=slug, name=slug.title())
        await self.add_member(slug, "sol", role)
        return await self.token(slug, "sol")

    async def add_member(self, slug: str, name: str, role: Role) -> None:
        """`name`@<slug>.example, with PASSWORD."""
        email = f"{name}@{slug}.example"
        await self.admin.create_member(workspace=slug, email=email, name=name.title(), password=PASSWORD, role=role)

    async def token(self, slug: str, name: str) -> str:
        """A fresh access token of a member."""
        told = await self.sign_in(workspace=slug, email=f"{name}@{slug}.example")
        assert told.status == 200, told
        return str(told.body["access_token"])


def with_broker(settings: IdentitySettings, nats_url: str) -> IdentitySettings:
    """The same settings, with a broker that is there."""
    return settings.model_copy(update={"nats_url": SecretStr(nats_url)})


@asynccontextmanager
async def running(settings: IdentitySettings, *, effort: Effort | None = LITTLE) -> AsyncIterator[Service]:
    """Start the service, and stop it whole. Without an `effort`, passwords cost what they do in the product."""
    clock = FixedClock(NOW)
    async with admin(settings, clock=clock, effort=effort) as hands, compose(settings, clock=clock, effort=effort) as app:
        yield Service(DirectPort(app), hands, clock)


def _json(answer: Answer) -> Any:
    return orjson.loads(answer.body) if answer.body else None
